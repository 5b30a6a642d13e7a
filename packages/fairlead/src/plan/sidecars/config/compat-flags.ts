import { equal, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { SidecarPolicySpec } from "../../../kinds/sidecar-policy.ts";
import type { FlagValue } from "../../shared/pflag/flag.ts";
import { parseFlags } from "../../shared/pflag/parse-flags.ts";
import { parseValue } from "../../shared/pflag/parse-value.ts";
import type { SidecarSettings } from "../model/settings.ts";
import { sidecarConfigFinding } from "./findings.ts";
import { fortsaFlags, fortsaTable, variableOf } from "./flag-table.ts";
import { settingsOf } from "./settings-of.ts";

export interface CompatReading {
  readonly settings: SidecarSettings;
  /** The same as a SidecarPolicy that says no more than it must. */
  readonly spec: SidecarPolicySpec;
  /** Of flags that are a matter of the command line: what they say. */
  readonly command: CompatCommand;
  readonly findings: readonly Finding[];
}

export interface CompatCommand {
  readonly kubeconfig: string | undefined;
  readonly leaderElection: boolean | undefined;
  readonly logLevel: "debug" | "info" | "error" | undefined;
  /** Where metrics and probes are served, `HOST:PORT`: the predecessor has two servers, and probes of old manifests ask both. */
  readonly addresses: readonly string[];
}

/**
 * The configuration that the predecessor's arguments and environment ask for. An argument counts before a variable, which
 * counts before the default, as its own command line has it. Total: what it would refuse is a finding (FL877, FL878).
 */
export function readFortsa(
  args: readonly string[],
  env: { readonly [name: string]: string | undefined },
): CompatReading {
  const { given, findings } = parseFlags(args, fortsaTable);
  const all = [...findings];
  const values = new Map<string, FlagValue>(given);
  for (const flag of fortsaFlags) {
    const text = env[variableOf(flag)];
    if (text === undefined || text === "" || values.has(flag.name)) continue;
    // A list in the environment has spaces or commas between its items, for that is how viper splits texts.
    const parsed = parseValue(
      flag.type,
      flag.type === "strings"
        ? text
            .trim()
            .split(/[\s,]+/)
            .join(",")
        : text,
      undefined,
    );
    if (parsed.kind === "value") values.set(flag.name, parsed.value);
    else all.push(sidecarConfigFinding("FL878", { message: `${variableOf(flag)}: expected ${parsed.expected}` }));
  }
  for (const flag of fortsaFlags) {
    const value = values.get(flag.name);
    if (flag.effect !== "pointless" || value === undefined || equal(value as JsonValue, flag.default as JsonValue))
      continue;
    const message = `--${flag.name} has no effect`;
    all.push(sidecarConfigFinding("FL879", { message, hint: flag.note }));
  }
  for (const [name, value] of values) {
    if (typeof value !== "number" || value >= 0) continue;
    values.delete(name);
    all.push(sidecarConfigFinding("FL878", { message: `--${name}: a duration cannot be below zero` }));
  }
  const spec = specOf(values);
  const address = (name: string): string =>
    (values.get(name) ?? fortsaFlags.find((flag) => flag.name === name)!.default) as string;
  const kubeconfig = values.get("kubeconfig");
  return {
    settings: settingsOf(spec),
    spec,
    command: {
      kubeconfig: typeof kubeconfig === "string" && kubeconfig !== "" ? kubeconfig : undefined,
      leaderElection: values.get("leader-elect") as boolean | undefined,
      logLevel: logLevelOf(values.get("zap-log-level") as string | undefined),
      addresses: [...new Set([address("metrics-bind-address"), address("health-probe-bind-address")])].filter(
        (one) => one !== "0" && one !== "",
      ),
    },
    findings: all,
  };
}

/** zap's names; numbers are debug levels, each more talkative than the one before. */
function logLevelOf(text: string | undefined): CompatCommand["logLevel"] {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) || text === "debug") return "debug";
  return text === "error" || text === "panic" ? "error" : "info";
}

function specOf(values: ReadonlyMap<string, FlagValue>): SidecarPolicySpec {
  const isOn = (name: string): boolean => values.get(name) === true;
  const time = (name: string): string | undefined => {
    const value = values.get(name);
    return typeof value === "number" ? `${Math.round(value * 1000)}ms` : undefined;
  };
  const delay = time("restart-delay");
  const period = time("reconcile-period");
  const cooldown = time("annotation-cooldown");
  const settle = time("istiod-config-read-delay");
  const skip = values.get("skip-namespaces") as string[] | undefined;
  const restart = {
    ...(isOn("dry-run") && { dryRun: true }),
    ...(delay !== undefined && { delay }),
    ...(period !== undefined && { period }),
    ...(cooldown !== undefined && { cooldown }),
  };
  return {
    compat: "fortsa",
    ...(skip !== undefined && { select: { skipNamespaces: skip } }),
    ...(isOn("compare-hub") && { compare: { registry: true } }),
    ...(settle !== undefined && { oracle: { settle } }),
    ...(Object.keys(restart).length > 0 && { restart }),
  };
}
