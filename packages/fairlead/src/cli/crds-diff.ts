import { findingsToJson, hasErrors, type Finding } from "@fairlead/krm";
import { diffsToJson, formatDiffs } from "../diff/format.ts";
import { fieldManager } from "../plan/names.ts";
import { definitions } from "./cluster/definitions.ts";
import { dryApply } from "./cluster/dry-apply.ts";
import { crdResource } from "./cluster/resources.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import type { CliContext } from "./context.ts";
import type { CrdsDiffFlags } from "./crds.command.ts";
import { diffExitCode } from "./diff.ts";
import { paint } from "./paint.ts";
import { report } from "./report.ts";

export async function diffCrds(this: CliContext, flags: CrdsDiffFlags): Promise<void> {
  let code: number = diffExitCode.findings;
  const work = async (targets: readonly Target[]): Promise<void> => {
    const crds = await definitions(flags.group);
    const signal = this.interrupted?.();
    const call = { fieldManager, force: true, ...(signal === undefined ? {} : { signal }) };
    const findings: Finding[] = [];
    const clusters = await Promise.all(
      targets.map(async ({ name, client }) => {
        const results = await Promise.all(crds.map((object) => dryApply(client, crdResource, object, call)));
        for (const result of results) if (result.kind === "refused") findings.push(result.finding);
        return {
          cluster: name,
          diffs: results.flatMap((result) => (result.kind === "different" ? [result.diff] : [])),
        };
      }),
    );
    if (flags.output === "json") {
      const document = clusters.map(({ cluster, diffs }) => ({ cluster, objects: diffsToJson(diffs).objects }));
      const text = { schemaVersion: 1, clusters: document, findings: findingsToJson(findings).findings };
      this.process.stdout.write(`${JSON.stringify(text, null, 2)}\n`);
    } else {
      const styles = paint(this.color.stdout);
      for (const { cluster, diffs } of clusters) {
        if (targets.length > 1 && diffs.length > 0) this.process.stdout.write(`${styles.bold(cluster)}\n`);
        this.process.stdout.write(formatDiffs(diffs, styles));
      }
    }
    const failed = flags.output === "json" ? hasErrors(findings) : report(this, findings, [], false);
    const different = clusters.some(({ diffs }) => diffs.length > 0);
    code = failed ? diffExitCode.findings : different ? diffExitCode.different : diffExitCode.same;
  };
  await withTargets(this, flags, work, diffExitCode.misuse);
  // "Has errors" is another code here than what reporting them sets.
  if (this.process.exitCode !== diffExitCode.misuse) this.process.exitCode = code;
}
