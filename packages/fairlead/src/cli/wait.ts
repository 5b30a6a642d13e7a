import { findingsToJson, formatRef, hasErrors, refOf, type Finding, type ObjectRef } from "@fairlead/krm";
import { holdProcess, systemClock, waitFor, type WaitState } from "@fairlead/kube";
import { durationOf } from "./cluster/duration.ts";
import { errorFinding } from "./cluster/error-finding.ts";
import { clusterFinding } from "./cluster/findings.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import { exitCode, type CliContext } from "./context.ts";
import { load } from "./load.ts";
import { startProgress, type Progress } from "./progress/progress.ts";
import { objectsOf } from "./render.ts";
import { refuse, report } from "./report.ts";
import { readScopes } from "./status/read.ts";
import { namedScope } from "./status/scope.ts";
import type { WaitFlags } from "./wait.command.ts";

interface Waited {
  readonly cluster: string;
  readonly objects: readonly WaitState[];
  readonly findings: readonly Finding[];
}

const timeoutUnlessTold = "5m";

export async function wait(this: CliContext, flags: WaitFlags, ...names: readonly string[]): Promise<void> {
  const deadlineMs = durationOf("timeout", flags.timeout ?? timeoutUnlessTold);
  const nothing = names.length === 0 && flags.file === undefined;
  if (typeof deadlineMs === "object" || nothing) {
    const message = "there is nothing to wait for";
    refuse(this, typeof deadlineMs === "object" ? deadlineMs : clusterFinding("FL770", { message }));
    this.process.exitCode = exitCode.misuse;
    return;
  }
  const refs: ObjectRef[] = [];
  if (flags.file !== undefined) {
    const { files, compiled } = await load(this, { ...flags, file: flags.file });
    if (report(this, compiled.findings, files, flags.quiet === true)) return;
    refs.push(...objectsOf(compiled).map(refOf));
  }
  const release = holdProcess();
  const progress = startProgress(this, this.clock ?? systemClock);
  let results: readonly Waited[] = [];
  try {
    await withTargets(this, flags, async (targets) => {
      const options = { flags, names, refs, deadlineMs, progress, several: targets.length > 1 };
      results = await Promise.all(targets.map((target) => waitIn(this, target, options)));
    });
  } finally {
    progress.end();
    release();
  }
  if (results.length > 0) show(this, flags, results);
}

interface WaitIn {
  readonly flags: WaitFlags;
  readonly names: readonly string[];
  readonly refs: readonly ObjectRef[];
  readonly deadlineMs: number;
  readonly progress: Progress;
  readonly several: boolean;
}

async function waitIn(context: CliContext, target: Target, options: WaitIn): Promise<Waited> {
  const { flags, names, refs, deadlineMs, progress, several } = options;
  const signal = context.interrupted?.();
  const prefix = several ? `${target.name}: ` : "";
  try {
    const named = await refsOf(target, names, flags.for, context);
    if (hasErrors(named.findings)) return { cluster: target.name, objects: [], findings: named.findings };
    const targets = [...refs, ...named.refs];
    for (const ref of targets) progress.update(`${prefix}${formatRef(ref)}`, "waiting");
    const { objects, findings } = await waitFor(target.client, targets, {
      condition: flags.for,
      deadlineMs,
      ...(signal === undefined ? {} : { signal }),
      ...(context.clock === undefined ? {} : { clock: context.clock }),
      onChange({ object, kind, reason }) {
        const state = kind === "waiting" ? "working" : kind;
        progress.update(`${prefix}${formatRef(object)}`, state, kind === "done" ? undefined : reason);
      },
    });
    return { cluster: target.name, objects, findings };
  } catch (error) {
    if (signal?.aborted === true) return { cluster: target.name, objects: [], findings: [] };
    return { cluster: target.name, objects: [], findings: [errorFinding(error)] };
  }
}

/** A declaration stands for what came from it, too: no controller may look after it. */
async function refsOf(
  { client, name: cluster }: Target,
  names: readonly string[],
  condition: WaitFlags["for"],
  context: CliContext,
): Promise<{ readonly refs: readonly ObjectRef[]; readonly findings: readonly Finding[] }> {
  if (names.length === 0) return { refs: [], findings: [] };
  const scope = await namedScope(client, names);
  const { objects, findings } = await readScopes(client, scope.scopes, context.interrupted?.());
  const refs: ObjectRef[] = [];
  const missing: Finding[] = [];
  const there = new Set(objects.map((object) => formatRef(refOf(object))));
  for (const node of scope.forest(objects, 0)) {
    const isThere = there.has(formatRef(node.ref));
    if (isThere || (node.state === "missing" && !node.declared)) refs.push(node.ref);
    if (node.declared) refs.push(...node.children.map(({ ref }) => ref));
    if (node.state === "missing" && node.declared && condition === "ready") {
      const message = `${cluster}: there is no ${formatRef(node.ref)}, nor anything that came from it`;
      missing.push(clusterFinding("FL763", { message, object: node.ref }));
    }
  }
  return { refs, findings: [...scope.findings, ...findings, ...missing] };
}

function show(context: CliContext, { output, quiet }: WaitFlags, results: readonly Waited[]): void {
  const findings = results.flatMap((one) => one.findings);
  if (output === "json") {
    const clusters = results.map(({ cluster, objects }) => ({
      cluster,
      objects: objects.map(({ object, kind, reason }) => ({ object, state: kind, reason })),
    }));
    const document = { schemaVersion: 1, clusters, findings: findingsToJson(findings).findings };
    context.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    for (const { cluster, objects } of results) {
      const done = objects.filter(({ kind }) => kind === "done").length;
      const where = results.length > 1 ? `${cluster}: ` : "";
      context.process.stdout.write(`${where}${done} of ${objects.length} done\n`);
    }
    report(context, findings, [], quiet === true);
  }
  const all = results.every(({ objects }) => objects.every(({ kind }) => kind === "done"));
  if (!all || hasErrors(findings)) context.process.exitCode = exitCode.findings;
  if (context.interrupted?.().aborted === true) context.process.exitCode = exitCode.interrupted;
}
