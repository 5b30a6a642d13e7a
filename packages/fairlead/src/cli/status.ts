import { hasErrors, refOf } from "@fairlead/krm";
import { holdProcess, systemClock } from "@fairlead/kube";
import { errorFinding } from "./cluster/error-finding.ts";
import { clusterFinding } from "./cluster/findings.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import type { CliContext } from "./context.ts";
import { load } from "./load.ts";
import { report } from "./report.ts";
import type { StatusFlags } from "./status.command.ts";
import { statusText, statusToJson, type ClusterStatus } from "./status/cluster-status.ts";
import { hasFailed } from "./status/forest.ts";
import { readScopes } from "./status/read.ts";
import { fileScope, namedScope, wholeNamespace, type FileRoot, type StatusScope } from "./status/scope.ts";
import { watchStatus } from "./status/watch.ts";

export async function status(this: CliContext, flags: StatusFlags, ...names: readonly string[]): Promise<void> {
  const files = flags.file === undefined ? undefined : await fileRoots(this, flags, flags.file);
  if (files === "failed") return;
  const release = holdProcess();
  try {
    await withTargets(this, flags, async (targets) => {
      if (flags.watch === true)
        return watchStatus(this, flags.output, targets, (target) =>
          scopeOf(target, names, files, this.interrupted?.()),
        );
      const clusters = await Promise.all(targets.map((target) => statusOnce(this, target, names, files)));
      show(this, flags, clusters);
    });
  } finally {
    release();
  }
}

/** Compiles the files; reports what is wrong with them. */
async function fileRoots(
  context: CliContext,
  flags: StatusFlags,
  file: readonly string[],
): Promise<readonly FileRoot[] | "failed"> {
  const { files, compiled } = await load(context, { ...flags, file });
  if (report(context, compiled.findings, files, flags.quiet === true)) return "failed";
  const roots = compiled.declarations.map(({ ref }) => ({
    ref,
    members: compiled.generated.filter(({ owner }) => same(owner, ref)).map(({ object }) => refOf(object)),
    declared: true,
  }));
  const passed = compiled.passed.map((object) => ({ ref: refOf(object), members: [], declared: false }));
  return [...roots.filter(({ members }) => members.length > 0), ...passed];
}

function same(a: FileRoot["ref"], b: FileRoot["ref"]): boolean {
  return a.kind === b.kind && a.name === b.name && a.namespace === b.namespace;
}

async function scopeOf(
  { client }: Target,
  names: readonly string[],
  files: readonly FileRoot[] | undefined,
  signal: AbortSignal | undefined,
): Promise<StatusScope> {
  if (files === undefined)
    return names.length === 0 ? wholeNamespace(client, signal) : namedScope(client, names, { members: true, signal });
  const fromFiles = await fileScope(client, files);
  if (names.length === 0) return fromFiles;
  const named = await namedScope(client, names, { members: true, signal });
  return {
    scopes: [...fromFiles.scopes, ...named.scopes],
    findings: [...fromFiles.findings, ...named.findings],
    forest: (objects, now) => [...fromFiles.forest(objects, now), ...named.forest(objects, now)],
  };
}

async function statusOnce(
  context: CliContext,
  target: Target,
  names: readonly string[],
  files: readonly FileRoot[] | undefined,
): Promise<ClusterStatus> {
  const { now } = context.clock ?? systemClock;
  try {
    const signal = context.interrupted?.();
    const scope = await scopeOf(target, names, files, signal);
    const { objects, findings } = await readScopes(target.client, scope.scopes, signal);
    return { cluster: target.name, nodes: scope.forest(objects, now()), findings: [...scope.findings, ...findings] };
  } catch (error) {
    return { cluster: target.name, nodes: [], findings: [errorFinding(error)] };
  }
}

function show(context: CliContext, flags: StatusFlags, clusters: readonly ClusterStatus[]): void {
  const findings = clusters.flatMap((one) => one.findings);
  for (const { cluster, nodes, findings: own } of clusters) {
    if (nodes.length === 0 && !hasErrors(own))
      findings.push(clusterFinding("FL768", { message: `${cluster}: there is nothing to look at` }));
  }
  if (flags.output === "json") {
    context.process.stdout.write(`${JSON.stringify(statusToJson(clusters, findings), null, 2)}\n`);
  } else {
    context.process.stdout.write(
      statusText(clusters, context.color.stdout)
        .map((line) => `${line}\n`)
        .join(""),
    );
    report(context, findings, [], flags.quiet === true);
  }
  if (hasErrors(findings) || clusters.some(({ nodes }) => hasFailed(nodes))) context.process.exitCode = 1;
}
