import { hasErrors, type Finding } from "@fairlead/krm";
import {
  createClient,
  defaultAccess,
  type Client,
  type ClusterAccess,
  type DefaultAccessOptions,
} from "@fairlead/kube";
import { exitCode, type CliContext } from "../context.ts";
import { report } from "../report.ts";
import { version } from "../../version.ts";
import { durationOf } from "./duration.ts";
import type { ClusterFlags } from "./flags.ts";

/** One cluster that a command works on. */
export interface Target {
  /** The context's name. */
  readonly name: string;
  readonly access: ClusterAccess;
  readonly client: Client;
}

export interface ChosenTargets {
  /** Empty if a finding is an error. */
  readonly targets: readonly Target[];
  readonly findings: readonly Finding[];
  /** The flags are written wrong: the exit code is that of misuse. */
  readonly misuse: boolean;
}

/** The clusters that the flags choose, in their order, each once. Nothing is sent yet. */
export async function chooseTargets(context: CliContext, flags: ClusterFlags): Promise<ChosenTargets> {
  const timeout = flags.requestTimeout === undefined ? undefined : durationOf("request-timeout", flags.requestTimeout);
  if (typeof timeout === "object") return { targets: [], findings: [timeout], misuse: true };
  const names = new Set([...(flags.context === undefined ? [] : [flags.context]), ...(flags.cluster ?? [])]);
  const findings: Finding[] = [];
  const chosen: ClusterAccess[] = [];
  for (const name of names.size === 0 ? [undefined] : names) {
    const result = await defaultAccess(accessOptions(context, flags, name));
    findings.push(...result.findings);
    if (result.access !== undefined) chosen.push(result.access);
  }
  if (hasErrors(findings)) return { targets: [], findings, misuse: false };
  const options = {
    userAgent: `fairlead/${version}`,
    ...(timeout === undefined ? {} : { deadlineMs: timeout }),
    ...(context.clock === undefined ? {} : { clock: context.clock }),
  };
  const connect = context.connect ?? createClient;
  const targets = chosen.map((access) => ({ name: access.name, access, client: connect(access, options) }));
  return { targets, findings, misuse: false };
}

function accessOptions(context: CliContext, flags: ClusterFlags, name: string | undefined): DefaultAccessOptions {
  const { env } = context;
  return {
    env,
    ...(env["HOME"] === undefined ? {} : { home: env["HOME"] }),
    terminal: context.interactive,
    ...(flags.kubeconfig === undefined ? {} : { paths: [flags.kubeconfig] }),
    ...(name === undefined ? {} : { context: name }),
    ...(flags.namespace === undefined ? {} : { namespace: flags.namespace }),
    ...(flags.as === undefined ? {} : { as: flags.as }),
    ...(flags.asGroup === undefined ? {} : { asGroups: flags.asGroup }),
    ...(context.clock === undefined ? {} : { clock: context.clock }),
  };
}

/**
 * Does a command's work on the clusters that the flags choose, and closes the connections. Findings about access are
 * reported as all findings are (without the text of the kubeconfig, which may hold credentials) and returned; after an
 * error nothing is done. Flags that are written wrong end with `misuseCode`.
 */
export async function withTargets(
  context: CliContext,
  flags: ClusterFlags,
  work: (targets: readonly Target[]) => Promise<void>,
  misuseCode: number = exitCode.misuse,
): Promise<readonly Finding[]> {
  const { targets, findings, misuse } = await chooseTargets(context, flags);
  if (report(context, findings, [], false)) {
    if (misuse) context.process.exitCode = misuseCode;
    return findings;
  }
  try {
    await work(targets);
  } finally {
    await Promise.all(targets.map(({ client }) => client.close()));
  }
  return findings;
}
