import { compareObjects } from "../diff/compare.ts";
import { diffsToJson, formatDiffs } from "../diff/format.ts";
import type { CliContext } from "./context.ts";
import type { DiffFlags } from "./diff.command.ts";
import { load } from "./load.ts";
import { paint } from "./paint.ts";
import { objectsOf } from "./render.ts";
import { report } from "./report.ts";

/** `diff` alone tells "differs" from "has errors", as diff(1) does. */
export const diffExitCode = { same: 0, different: 1, findings: 2, misuse: 3 } as const;

export async function diff(this: CliContext, flags: DiffFlags, before: string, after: string): Promise<void> {
  const sides = [];
  let failed = false;
  for (const [file, environment] of [
    [before, flags.against === "" ? undefined : (flags.against ?? flags.environment)],
    [after, flags.environment],
  ] as const) {
    const { environment: _environment, ...others } = flags;
    const chosen = environment === undefined ? {} : { environment };
    const { files, compiled } = await load(this, { ...others, ...chosen, file: [file!] });
    failed = report(this, compiled.findings, files, flags.quiet === true) || failed;
    sides.push(objectsOf(compiled));
  }
  if (failed) {
    this.process.exitCode = diffExitCode.findings;
    return;
  }
  const diffs = compareObjects(sides[0]!, sides[1]!, { ownership: flags.ownership === true });
  if (flags.output === "json") this.process.stdout.write(`${JSON.stringify(diffsToJson(diffs), null, 2)}\n`);
  else this.process.stdout.write(formatDiffs(diffs, paint(this.color.stdout)));
  this.process.exitCode = diffs.length === 0 ? diffExitCode.same : diffExitCode.different;
}
