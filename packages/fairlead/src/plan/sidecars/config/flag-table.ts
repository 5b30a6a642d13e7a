import type { CompatFlag, FlagEffect, FlagType, FlagValue } from "../../shared/pflag/flag.ts";
import type { FlagTable } from "../../shared/pflag/parse-flags.ts";
import { sidecarConfigFinding } from "./findings.ts";

const row =
  (effect: FlagEffect) =>
  (name: string, type: FlagType, value: FlagValue, note: string, becomes: readonly string[] = []): CompatFlag => ({
    name,
    type,
    default: value,
    effect,
    becomes,
    note,
  });
const field = row("field");
const command = row("command");
const pointless = row("pointless");

const serves =
  "Used where `--health` is not given: both addresses serve /healthz, /readyz and /metrics. `0` turns one off.";
const plain = "Health and metrics are served by plain HTTP; a NetworkPolicy, or a proxy beside it, guards them.";
const noServer = "There is no webhook server: nothing calls this controller.";

/** Every flag that the predecessor's binary takes (v1.7.7), with its default, and what becomes of it. */
export const fortsaFlags: readonly CompatFlag[] = [
  field("dry-run", "bool", false, "", ["restart.dryRun"]),
  field("compare-hub", "bool", false, "", ["compare.registry"]),
  field("restart-delay", "duration", 0, "", ["restart.delay"]),
  field(
    "istiod-config-read-delay",
    "duration",
    10,
    "Waited only where nothing shows that the injector serves the new configuration.",
    ["oracle.settle"],
  ),
  field("reconcile-period", "duration", 0, "Changes are followed at once; this is a second look.", ["restart.period"]),
  field("annotation-cooldown", "duration", 300, "Counts from the end of a rollout, not from its beginning.", [
    "restart.cooldown",
  ]),
  field("skip-namespaces", "strings", ["kube-system", "istio-system"], "", ["select.skipNamespaces"]),
  command("metrics-bind-address", "string", ":8080", serves),
  command("health-probe-bind-address", "string", ":8081", serves),
  command("leader-elect", "bool", true, "Used: `--no-leader-election` turns it off."),
  pointless("metrics-secure", "bool", true, plain),
  pointless("metrics-cert-path", "string", "", plain),
  pointless("metrics-cert-name", "string", "tls.crt", plain),
  pointless("metrics-cert-key", "string", "tls.key", plain),
  pointless("webhook-cert-path", "string", "", noServer),
  pointless("webhook-cert-name", "string", "tls.crt", noServer),
  pointless("webhook-cert-key", "string", "tls.key", noServer),
  pointless("enable-http2", "bool", false, "Nothing but health and metrics is served, by HTTP/1.1."),
  command("kubeconfig", "string", "", "Used where `--kubeconfig` is not given."),
  pointless("version", "bool", false, "`fairlead version` prints it."),
  pointless("zap-devel", "bool", false, "Logs are JSON lines."),
  pointless("zap-encoder", "string", "json", "Logs are JSON lines."),
  command("zap-log-level", "string", "info", "Used before `--log-level`; numbers are debug, panic is error."),
  pointless("zap-stacktrace-level", "string", "error", "Stacks are logged where an error is one of ours."),
  pointless("zap-time-encoding", "string", "epoch", "Times are RFC 3339."),
];

export const fortsaTable: FlagTable = {
  flags: fortsaFlags,
  unknown: (message, hint) => sidecarConfigFinding("FL877", { message, ...(hint !== undefined && { hint }) }),
  bad: (message) => sidecarConfigFinding("FL878", { message }),
};

/** The environment variable that sets a flag: `FORTSA_RESTART_DELAY`. */
export function variableOf({ name }: Pick<CompatFlag, "name">): string {
  return `FORTSA_${name.toUpperCase().replaceAll("-", "_")}`;
}
