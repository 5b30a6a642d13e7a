import { readFileSync } from "node:fs";
import path from "node:path";
import { RealPlaneError } from "./errors.ts";
import type { ToolName } from "./tools.ts";

/** What a client needs to talk to a running plane as its administrator. */
export interface PlaneAccess {
  /** What its context is called in `kubeconfig`. */
  readonly name: string;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly token: string;
  /** PEM of the certificate that the API server made for itself. */
  readonly certificate: string;
  /** A file for kubectl and others. */
  readonly kubeconfig: string;
  /** The release, such as `1.36.3`. */
  readonly kubernetes: string;
  /** Where the programs of the plane keep their keys and logs: `sa.key`, `audit.log`, `kwok.log`, … */
  readonly folder: string;
}

/** One context of a kubeconfig: who reaches which server, and how the three are called. */
export interface KubeconfigEntry {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly certificate: string;
}

/** A kubeconfig whose current context is the first one. */
export function kubeconfigText(...entries: readonly KubeconfigEntry[]): string {
  // kubectl reads YAML, of which JSON is a part.
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: entries.map(({ name, url, certificate }) => ({
      name,
      cluster: { server: url, "certificate-authority-data": base64(certificate) },
    })),
    users: entries.map(({ name, token }) => ({ name, user: { token } })),
    contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name, namespace: "default" } })),
    "current-context": entries[0]?.name ?? "",
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The environment variable by which the runner hands the plane to the suites: a file written by `writeAccess`. */
export const accessVariable = "FAIRLEAD_REAL_PLANE";

/** What suites run themselves. */
export const suitePrograms = ["kubectl", "kustomize", "yaml-oracle"] as const satisfies readonly ToolName[];

/** What the runner gives to the suites. */
export interface SuiteAccess {
  readonly plane: PlaneAccess;
  /** Paths of the programs that the run has built. */
  readonly programs: { readonly [name in (typeof suitePrograms)[number]]: string };
  /** API groups whose CRDs were not at hand: their objects are reported as not checked. */
  readonly absentGroups: readonly string[];
}

export function accessFile(folder: string): string {
  return path.join(folder, "access.json");
}

/** Called by suites: the plane that the runner started. */
export function readAccess(environment: NodeJS.ProcessEnv = process.env): SuiteAccess {
  const file = environment[accessVariable];
  if (file === undefined) {
    throw new RealPlaneError("bad-input", `${accessVariable} is not set: run these suites through npm run test:real`);
  }
  return JSON.parse(readFileSync(file, "utf8")) as SuiteAccess;
}
