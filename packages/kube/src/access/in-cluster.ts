import { isIP } from "node:net";
import path from "node:path";
import { systemClock } from "../clock.ts";
import type { TextOrigin } from "./credentials/files.ts";
import { combine } from "./credentials/combine.ts";
import { firstValue } from "./kubeconfig/origin.ts";
import { caSource } from "./kubeconfig/resolve-cluster.ts";
import { type AccessOptions, type AccessResult, newReport } from "./kubeconfig/resolve-options.ts";
import { tokenFileSource } from "./kubeconfig/resolve-user.ts";
import { readBounded } from "./read-bounded.ts";

export interface InClusterOptions extends AccessOptions {
  /** Where the service account's files are; `/var/run/secrets/kubernetes.io/serviceaccount` unless told. */
  readonly folder?: string;
  readonly namespace?: string;
}

export const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Whether the process seems to run in a Pod with a service account: client-go asks for the same three things. */
export async function isInCluster({
  env = process.env,
  folder = serviceAccountFolder,
}: InClusterOptions = {}): Promise<boolean> {
  if (!env["KUBERNETES_SERVICE_HOST"] || !env["KUBERNETES_SERVICE_PORT"]) return false;
  return readBounded(path.join(folder, "token"), 4 * 1024 * 1024).then(
    () => true,
    () => false,
  );
}

/**
 * Access to the cluster in whose Pod the process runs, as its service account. Token and certificates are read again
 * when the kubelet replaces them.
 */
export async function inClusterAccess(options: InClusterOptions = {}): Promise<AccessResult> {
  const { env = process.env, folder = serviceAccountFolder, clock = systemClock } = options;
  const report = newReport();
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "";
  const server = serverOf(host, port);
  if (server === undefined) {
    const message =
      host === "" || port === ""
        ? "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this is no Pod of a cluster"
        : "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are no host and port";
    report.error("FL739", {}, message, "use a kubeconfig outside of a cluster");
    return { findings: report.findings };
  }
  const file = (name: string): TextOrigin => ({ kind: "file", path: path.join(folder, name) });
  const token = tokenFileSource(file("token"), { clock });
  const ca = caSource(file("ca.crt"), { clock });
  await firstValue(token, {}, report, "FL739");
  await firstValue(ca, {}, report, "FL739");
  if (report.findings.length > 0) return { findings: report.findings };
  const namespace = options.namespace ?? (env["POD_NAMESPACE"] || (await namespaceIn(folder)));
  const access = { name: "in-cluster", server, namespace, credentials: combine([ca, token]) };
  return { access, findings: [] };
}

function serverOf(host: string, port: string): URL | undefined {
  if (host === "" || !/^\d{1,5}$/.test(port)) return undefined;
  const text = `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.pathname === "/" && url.username === "" ? url : undefined;
}

async function namespaceIn(folder: string): Promise<string> {
  const bytes = await readBounded(path.join(folder, "namespace"), 1024).catch(() => undefined);
  const text = bytes?.toString("utf8").trim() ?? "";
  return text === "" ? "default" : text;
}
