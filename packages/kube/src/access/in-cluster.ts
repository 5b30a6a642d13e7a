import { isIP } from "node:net";
import path from "node:path";
import type { Finding } from "@fairlead/krm";
import type { Choice } from "./kubeconfig/choose.ts";
import { accessFindings } from "./kubeconfig/findings.ts";
import { accessFor } from "./kubeconfig/resolve.ts";
import { type AccessResult, newReport, type ResolveOptions } from "./kubeconfig/resolve-options.ts";
import { readBounded } from "./read-bounded.ts";

/** Names of contexts, clusters and users mean nothing here. */
export interface InClusterOptions extends Omit<ResolveOptions, "context" | "cluster" | "user"> {
  /** Where the service account's files are; `/var/run/secrets/kubernetes.io/serviceaccount` unless told. */
  readonly folder?: string;
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
 * when the kubelet replaces them. The options may say something else, as over a kubeconfig.
 */
export async function inClusterAccess(options: InClusterOptions = {}): Promise<AccessResult> {
  const { env = process.env, folder = serviceAccountFolder } = options;
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "";
  const server = serverOf(host, port);
  const report = newReport();
  if (server === undefined) {
    const message =
      host === "" || port === ""
        ? "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this is no Pod of a cluster"
        : "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are no host and port";
    report.error("FL739", {}, message, "use a kubeconfig outside of a cluster");
    return { findings: report.findings };
  }
  const entry = { name: "in-cluster", folder, at: () => ({}) };
  const choice: Choice = {
    name: entry.name,
    namespace: options.namespace ?? (env["POD_NAMESPACE"] || (await namespaceIn(folder))),
    cluster: { ...entry, settings: { server: server.href, certificateAuthority: "ca.crt" } },
    user: { ...entry, settings: { tokenFile: "token" } },
  };
  const { access, findings } = await accessFor(choice, options, report);
  return { ...(access === undefined ? {} : { access }), findings: findings.map(aboutPod) };
}

/** No kubeconfig is involved, whatever it was that found out. */
function aboutPod(finding: Finding): Finding {
  if (finding.code !== "FL728" && finding.code !== "FL729") return finding;
  return accessFindings("FL739", { severity: finding.severity, message: finding.message });
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
