import path from "node:path";
import { systemClock } from "../../clock.ts";
import { execSource, type ExecPlugin, type InteractiveMode } from "../credentials/exec.ts";
import { execVersions, type ExecCluster, type ExecVersion } from "../credentials/exec-credential.ts";
import type { CredentialPart, Source } from "../credentials/source.ts";
import type { ClusterSettings, ExecSettings } from "./kubeconfig.ts";
import type { ResolvedCluster } from "./resolve-cluster.ts";
import type { UserContext } from "./user-context.ts";

const modes: readonly string[] = ["Never", "IfAvailable", "Always"] satisfies readonly InteractiveMode[];

/** The exec plugin of a user, if there is one and it is configured completely. It is not run yet. */
export function resolveExec(context: UserContext): Source<CredentialPart> | undefined {
  const { entry, options, report, cluster } = context;
  const { exec } = entry.settings;
  if (exec === undefined) return;
  if (entry.folder === undefined) {
    report.error("FL735", entry.at(["exec"]), "exec names a program to run, which this kubeconfig may not do");
    return;
  }
  const apiVersion = versionOf(exec, context);
  const mode = modeOf(exec, context);
  const named = exec.env.reveal().every(({ name, value }) => /^[^=\0]+$/.test(name) && !value.includes("\0"));
  if (!named) report.error("FL731", entry.at(["exec", "env"]), "exec.env has an entry without a usable name and value");
  if (exec.command === undefined) report.error("FL731", entry.at(["exec"]), "exec has no command");
  if (apiVersion === undefined || mode === undefined || exec.command === undefined || !named) return;
  const { command } = exec;
  const plugin: ExecPlugin = {
    apiVersion,
    // Only what is no bare name is a path, as in client-go; PATH finds the others.
    command: /[/\\]/.test(command) ? path.resolve(entry.folder, command) : command,
    args: exec.args,
    env: exec.env,
    ...(exec.installHint === undefined ? {} : { installHint: exec.installHint }),
    interactiveMode: mode,
    ...(exec.provideClusterInfo === true ? { cluster: () => clusterInfo(cluster, context.clusterSettings) } : {}),
  };
  return execSource(plugin, {
    clock: options.clock ?? systemClock,
    environment: options.env ?? process.env,
    terminal: options.terminal ?? process.stdin.isTTY === true,
    ...(options.execTimeoutMs === undefined ? {} : { timeoutMs: options.execTimeoutMs }),
  });
}

function versionOf({ apiVersion }: ExecSettings, { entry, report }: UserContext): ExecVersion | undefined {
  const known = execVersions.find((version) => version === apiVersion);
  if (known !== undefined) return known;
  if (apiVersion === undefined) {
    report.error("FL731", entry.at(["exec"]), "exec has no apiVersion", `write apiVersion: ${execVersions[0]}`);
    return;
  }
  const old = apiVersion === "client.authentication.k8s.io/v1alpha1";
  const hint = old
    ? "v1alpha1 was removed in Kubernetes 1.24: update the plugin's tool and let it write the kubeconfig anew"
    : `known are ${execVersions.join(" and ")}`;
  report.error(
    "FL731",
    entry.at(["exec", "apiVersion"]),
    `exec has the apiVersion ${JSON.stringify(apiVersion.slice(0, 100))}, which is unknown`,
    hint,
  );
  return undefined;
}

function modeOf(
  { apiVersion, interactiveMode }: ExecSettings,
  { entry, report }: UserContext,
): InteractiveMode | undefined {
  if (interactiveMode === undefined) {
    // v1beta1 defaults it, v1 demands it.
    if (apiVersion !== execVersions[0]) return "IfAvailable";
    report.error(
      "FL731",
      entry.at(["exec"]),
      "exec has no interactiveMode, which v1 demands",
      "write interactiveMode: IfAvailable",
    );
    return;
  }
  if (modes.includes(interactiveMode)) return interactiveMode as InteractiveMode;
  const message = `exec has the interactiveMode ${JSON.stringify(interactiveMode.slice(0, 100))}, which is unknown`;
  report.error("FL731", entry.at(["exec", "interactiveMode"]), message, `known are ${modes.join(", ")}`);
  return undefined;
}

async function clusterInfo(cluster: ResolvedCluster, settings: ClusterSettings | undefined): Promise<ExecCluster> {
  const ca = (await cluster.ca?.current())?.ca?.join("\n");
  const config = settings?.execConfig?.reveal();
  return {
    server: cluster.server.href.replace(/\/$/, ""),
    ...(cluster.serverName === undefined ? {} : { "tls-server-name": cluster.serverName }),
    ...(cluster.insecureSkipVerify ? { "insecure-skip-tls-verify": true } : {}),
    ...(ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca, "utf8").toString("base64") }),
    ...(cluster.proxyUrl === undefined ? {} : { "proxy-url": cluster.proxyUrl }),
    ...(settings?.disableCompression === true ? { "disable-compression": true } : {}),
    ...(config === undefined ? {} : { config }),
  };
}
