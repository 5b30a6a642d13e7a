import { findingsToJson, type Finding } from "@fairlead/krm";
import { compareObjects, type ObjectDiff } from "../diff/compare.ts";
import { diffsToJson, formatDiffs } from "../diff/format.ts";
import { clusterFinding } from "./cluster/findings.ts";
import type { CliContext } from "./context.ts";
import type { DiffFlags } from "./diff.command.ts";
import { load } from "./load.ts";
import { paint } from "./paint.ts";
import { objectsOf } from "./render.ts";
import { refuse, report } from "./report.ts";

/** `diff` alone tells "differs" from "has errors", as diff(1) does. */
export const diffExitCode = { same: 0, different: 1, findings: 2, misuse: 3 } as const;

export async function diff(this: CliContext, flags: DiffFlags, ...paths: readonly string[]): Promise<void> {
  const { file } = flags;
  if (file !== undefined && paths.length === 0) {
    const { diffLive } = await import("./cluster/diff-live.ts");
    return diffLive(this, { ...flags, file });
  }
  const [before, after] = paths;
  if (file === undefined && before !== undefined && after !== undefined) return diffFiles(this, flags, before, after);
  const message =
    file !== undefined
      ? `-f compares with a cluster, and ${paths.join(" ")} with files: both at once mean nothing`
      : `${paths.length === 0 ? "nothing is" : "one path is"} named`;
  const hint =
    "`fairlead diff BEFORE AFTER` compares two sets of files, `fairlead diff -f PATH` compares with a cluster";
  refuse(this, clusterFinding("FL770", { message, hint }));
  this.process.exitCode = diffExitCode.misuse;
}

async function diffFiles(context: CliContext, flags: DiffFlags, before: string, after: string): Promise<void> {
  const sides = [];
  let failed = false;
  const findings: Finding[] = [];
  for (const [file, environment] of [
    [before, flags.against === "" ? undefined : (flags.against ?? flags.environment)],
    [after, flags.environment],
  ] as const) {
    const { environment: _environment, ...others } = flags;
    const chosen = environment === undefined ? {} : { environment };
    const { files, compiled } = await load(context, { ...others, ...chosen, file: [file] });
    failed = report(context, compiled.findings, files, flags.quiet === true) || failed;
    findings.push(...compiled.findings);
    sides.push(objectsOf(compiled));
  }
  const json = (diffs: readonly ObjectDiff[]): void => {
    const document = { ...diffsToJson(diffs), findings: findingsToJson(findings).findings };
    context.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  };
  if (failed) {
    if (flags.output === "json") json([]);
    context.process.exitCode = diffExitCode.findings;
    return;
  }
  const diffs = compareObjects(sides[0]!, sides[1]!, { ownership: flags.ownership === true });
  if (flags.output === "json") json(diffs);
  else context.process.stdout.write(formatDiffs(diffs, paint(context.color.stdout)));
  context.process.exitCode = diffs.length === 0 ? diffExitCode.same : diffExitCode.different;
}
