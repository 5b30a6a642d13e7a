import { findingsToJson, hasErrors, type Finding, type KrmObject } from "@fairlead/krm";
import { diffApplySet, type ObjectDiff as LiveDiff } from "@fairlead/kube";
import type { ObjectDiff } from "../../diff/compare.ts";
import { diffsToJson, formatDiffs } from "../../diff/format.ts";
import type { CliContext } from "../context.ts";
import type { DiffFlags } from "../diff.command.ts";
import { diffExitCode } from "../diff.ts";
import { load } from "../load.ts";
import { paint } from "../paint.ts";
import { objectsOf } from "../render.ts";
import { refuse, report } from "../report.ts";
import { checkSet, emptyFindings, setOptions } from "./apply-set.ts";
import { errorFinding } from "./error-finding.ts";
import { findingsOf } from "./outcome.ts";
import { chooseTargets, type Target } from "./targets.ts";

interface ClusterDiff {
  readonly cluster: string;
  readonly diffs: readonly ObjectDiff[];
  readonly findings: readonly Finding[];
}

/** `diff -f`: what `apply` with the same flags would change, by dry runs of the server. */
export async function diffLive(
  context: CliContext,
  flags: DiffFlags & { readonly file: readonly string[] },
): Promise<void> {
  const misuse = checkSet(flags);
  if (misuse !== undefined) {
    refuse(context, misuse);
    context.process.exitCode = diffExitCode.misuse;
    return;
  }
  const quiet = flags.quiet === true;
  const fail = (): void => void (context.process.exitCode = diffExitCode.findings);
  const refused = (code: number, found: readonly Finding[]): void => {
    if (flags.output === "json") writeJson(context, { clusters: [], findings: findingsToJson(found).findings });
    context.process.exitCode = code;
  };
  const { files, compiled } = await load(context, flags);
  const input = [...compiled.findings, ...emptyFindings(flags, { files, compiled })];
  if (report(context, input, files, quiet)) return refused(diffExitCode.findings, input);
  const { targets, findings, misuse: wrong } = await chooseTargets(context, flags);
  if (report(context, findings, [], quiet))
    return refused(wrong ? diffExitCode.misuse : diffExitCode.findings, findings);
  try {
    const objects = objectsOf(compiled);
    const results = await Promise.all(targets.map((target) => diffTarget(target, objects, flags)));
    print(context, results, flags);
    const all = findingsOf(results);
    report(context, all, [], quiet);
    const isSame = results.every(({ diffs }) => diffs.length === 0);
    if (hasErrors(all)) fail();
    else context.process.exitCode = isSame ? diffExitCode.same : diffExitCode.different;
  } finally {
    await Promise.all(targets.map(({ client }) => client.close()));
  }
}

async function diffTarget(
  { name, client, access }: Target,
  objects: readonly KrmObject[],
  flags: DiffFlags,
): Promise<ClusterDiff> {
  try {
    const live = await diffApplySet(client, objects, setOptions(flags, access.namespace));
    return { cluster: name, diffs: live.objects.map(toDiff), findings: live.findings };
  } catch (error) {
    return { cluster: name, diffs: [], findings: [errorFinding(error)] };
  }
}

function toDiff({ step, before, after, changes }: LiveDiff): ObjectDiff {
  const ref = step.object;
  if (before === undefined) return { kind: "added", ref, object: after! };
  if (after === undefined) return { kind: "removed", ref, object: before };
  return { kind: "changed", ref, changes };
}

function writeJson(context: CliContext, document: object): void {
  context.process.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...document }, null, 2)}\n`);
}

function print(context: CliContext, results: readonly ClusterDiff[], { output }: DiffFlags): void {
  const { stdout } = context.process;
  if (output === "json") {
    const clusters = results.map(({ cluster, diffs, findings }) => {
      const { schemaVersion: _, ...rest } = diffsToJson(diffs);
      return { cluster, ...rest, findings };
    });
    return writeJson(context, { clusters });
  }
  for (const { cluster, diffs } of results) {
    if (results.length > 1 && diffs.length > 0) stdout.write(`# ${cluster}\n`);
    stdout.write(formatDiffs(diffs, paint(context.color.stdout)));
  }
}
