import { readFileSync } from "node:fs";
import path from "node:path";
import { RealPlaneError } from "./errors.ts";
import type { ToolName } from "./tools.ts";

/** What a client needs to talk to a running plane as its administrator. */
export interface PlaneAccess {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly token: string;
  /** PEM of the certificate that the API server made for itself. */
  readonly certificate: string;
  /** A file for kubectl and others. */
  readonly kubeconfig: string;
  /** The release, such as `1.36.3`. */
  readonly kubernetes: string;
}

export function kubeconfigText(url: string, token: string, certificate: string): string {
  const user = { name: "admin", user: { token } };
  const cluster = { name: "real", cluster: { server: url, "certificate-authority-data": base64(certificate) } };
  const context = { name: "real", context: { cluster: "real", user: "admin", namespace: "default" } };
  // kubectl reads YAML, of which JSON is a part.
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [cluster],
    users: [user],
    contexts: [context],
    "current-context": "real",
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
