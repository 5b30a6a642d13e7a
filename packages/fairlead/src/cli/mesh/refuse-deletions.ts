import type { CliContext } from "../context.ts";
import { refuse } from "../report.ts";
import type { ClusterChanges } from "./changes.ts";
import { shown } from "./diff.ts";
import { meshCliFinding } from "./findings.ts";

/** What would be deleted is shown first: it takes `--yes`. */
export function refuseDeletions(context: CliContext, changes: readonly ClusterChanges[]): void {
  context.process.stderr.write(changes.map((one) => shown(one, context.color.stderr)).join(""));
  const count = changes.reduce((sum, { diffs }) => sum + diffs.filter(({ kind }) => kind === "removed").length, 0);
  const message = `${count} object${count === 1 ? "" : "s"} would be deleted`;
  refuse(context, meshCliFinding("FL838", { message, hint: "look at `fairlead mesh diff`, then run it with --yes" }));
}
