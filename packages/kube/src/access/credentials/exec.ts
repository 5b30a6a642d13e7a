import type { Clock } from "@fairlead/apimachinery";
import { KubeError } from "../../errors.ts";
import { quotable, type Secret } from "../hidden.ts";
import { execInfo, readExecCredential, type ExecCluster, type ExecVersion } from "./exec-credential.ts";
import { expiringSource } from "./expiring.ts";
import { runPlugin, type PluginOutcome } from "./run-plugin.ts";
import type { CredentialPart, Source } from "./source.ts";

export type InteractiveMode = "Never" | "IfAvailable" | "Always";

/** An exec plugin, ready to be run. */
export interface ExecPlugin {
  readonly apiVersion: ExecVersion;
  /** A path, or a name that PATH finds. */
  readonly command: string;
  readonly args: Secret<readonly string[]>;
  /** Added to `environment`. */
  readonly env: Secret<readonly { readonly name: string; readonly value: string }[]>;
  readonly installHint?: string;
  readonly interactiveMode: InteractiveMode;
  /** What it gets to know of the cluster, if it wants to. */
  readonly cluster?: () => Promise<ExecCluster>;
}

export interface ExecOptions {
  readonly clock: Clock;
  readonly environment: { readonly [name: string]: string | undefined };
  /** Whether standard input is a terminal. */
  readonly terminal: boolean;
  /** One minute unless told, ten minutes for a plugin that may ask somebody. */
  readonly timeoutMs?: number;
}

const minute = 60_000;

/** The credentials that a plugin prints, got anew before they end and when the server refuses them. */
export function execSource(plugin: ExecPlugin, options: ExecOptions): Source<CredentialPart> {
  const { clock, terminal } = options;
  const interactive = plugin.interactiveMode !== "Never" && terminal;
  const timeoutMs = options.timeoutMs ?? (interactive ? 10 * minute : minute);
  return expiringSource(clock, async (signal) => {
    if (plugin.interactiveMode === "Always" && !terminal) {
      throw new KubeError(
        "credentials",
        `the exec plugin ${plugin.command} has to ask at a terminal, and there is none`,
        {
          hint: "run the command at a terminal, or use credentials that need nobody, such as those of a service account",
        },
      );
    }
    const cluster = await plugin.cluster?.();
    const env: { [name: string]: string } = {};
    for (const [name, value] of Object.entries(options.environment)) if (value !== undefined) env[name] = value;
    for (const { name, value } of plugin.env.reveal()) env[name] = value;
    env["KUBERNETES_EXEC_INFO"] = execInfo(plugin.apiVersion, interactive, cluster);
    const { command } = plugin;
    const outcome = await runPlugin({
      command,
      args: plugin.args.reveal(),
      env,
      interactive,
      timeoutMs,
      clock,
      signal,
    });
    if (outcome.kind !== "ended") throw failure(plugin, outcome, timeoutMs);
    const read = readExecCredential(outcome.output, plugin.apiVersion, clock.now());
    if (!("problem" in read)) return read;
    throw new KubeError("credentials", `the exec plugin ${command} ${read.problem}`, { hint: hintFor(read.problem) });
  });
}

function hintFor(problem: string): string {
  if (problem.includes("expired"))
    return "log in again with the plugin's own tool; the machine's clock may be wrong, too";
  if (problem.includes("another version"))
    return "write the version that the plugin's documentation names into users[].user.exec";
  return "run the plugin by hand and compare what it prints with its documentation; it is not shown here, as it may hold a token";
}

const generalHint =
  "install it; https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins tells more";

function failure(plugin: ExecPlugin, outcome: Exclude<PluginOutcome, { kind: "ended" }>, timeoutMs: number): KubeError {
  const name = `the exec plugin ${plugin.command}`;
  const says = (errors: string): string => (errors.trim() === "" ? "" : `: ${quotable(errors)}`);
  const failed = (message: string, hint: string): KubeError => new KubeError("credentials", message, { hint });
  switch (outcome.kind) {
    case "aborted":
      return new KubeError("aborted", `nobody waits for ${name} any more`);
    case "not-started":
      if (outcome.code === "ENOENT")
        return failed(`${name} is not installed`, plugin.installHint?.trim() ?? generalHint);
      if (outcome.code === "EACCES") return failed(`${name} cannot be executed`, "check the permissions of the file");
      return failed(`${name} cannot be started (${outcome.code})`, "check its command, args and env in the kubeconfig");
    case "timed-out": {
      const hint = "run it by hand to see what it waits for; it may want to ask something";
      return failed(`${name} did not end within ${timeoutMs / 1000} s and was stopped${says(outcome.errors)}`, hint);
    }
    case "too-much":
      return failed(
        `${name} printed more than ${outcome.limit} bytes`,
        "run it by hand; it should print one ExecCredential",
      );
    case "failed":
      return failed(
        `${name} failed with ${outcome.exit}${says(outcome.errors)}`,
        "run it by hand; often a new login helps",
      );
  }
}
