import { findingsToJson, findingsToSarif, hasErrors } from "@fairlead/krm";
import { allFindings } from "../findings.ts";
import { version } from "../version.ts";
import type { CliContext } from "./context.ts";
import { nothingFound } from "./findings.ts";
import { load } from "./load.ts";
import { report } from "./report.ts";
import type { ValidateFlags } from "./validate.command.ts";

export async function validate(this: CliContext, flags: ValidateFlags): Promise<void> {
  const { files, compiled } = await load(this, flags);
  const findings = [...compiled.findings, ...nothingFound(compiled, files)];
  if (flags.output === "text") {
    report(this, findings, files, flags.quiet === true);
    if (findings.length === 0 && flags.quiet !== true) {
      const { declarations, generated } = compiled;
      this.process.stderr.write(
        `${count(declarations.length, "declaration")}, ${count(generated.length, "object")}, no findings\n`,
      );
    }
    return;
  }
  const document =
    flags.output === "json"
      ? findingsToJson(findings)
      : findingsToSarif(findings, { version, definitions: await allFindings() });
  this.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  if (hasErrors(findings)) this.process.exitCode = 1;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
