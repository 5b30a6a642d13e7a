import type { Finding } from "@fairlead/krm";
import { convertFile } from "../convert/convert-file.ts";
import type { CliContext } from "./context.ts";
import type { ConvertFlags } from "./convert.command.ts";
import { readFiles } from "./load.ts";
import { refuse, report } from "./report.ts";
import { writeText } from "./write.ts";

export async function convert(this: CliContext, flags: ConvertFlags, ...paths: string[]): Promise<void> {
  const read = await readFiles(this, paths, {});
  if (read.finding !== undefined) return refuse(this, read.finding);
  const findings: Finding[] = [];
  const changed: { name: string; text: string }[] = [];
  for (const file of read.files) {
    const result = convertFile(file.text, { file: file.name, compat: flags.compat === true });
    findings.push(...result.findings);
    if (flags.stdout === true) this.process.stdout.write(result.text);
    else if (result.text !== file.text) changed.push({ name: file.name, text: result.text });
  }
  const failed = report(this, findings, read.files, flags.quiet === true);
  if (failed || flags.stdout === true) return;
  for (const { name, text } of changed) {
    if (flags.check === true) this.process.stderr.write(`${name} would change\n`);
    else if (await writeText(this, name, text)) this.process.stderr.write(`converted ${name}\n`);
    else return;
  }
  if (flags.check === true && changed.length > 0) this.process.exitCode = 1;
  if (changed.length === 0 && flags.quiet !== true) this.process.stderr.write("nothing to convert\n");
}
