import { findingsToJson, printStream } from "@fairlead/krm";
import type { Compiled } from "../compile/compile.ts";
import type { CliContext } from "./context.ts";
import { load } from "./load.ts";
import type { RenderFlags } from "./render.command.ts";
import { hasErrors, report } from "./report.ts";
import { renderTree } from "./tree.ts";

export async function render(this: CliContext, flags: RenderFlags): Promise<void> {
  const { files, compiled } = await load(this, flags);
  const failed = report(this, compiled.findings, files, flags.quiet === true);
  if (flags.output === "json") {
    this.process.stdout.write(`${JSON.stringify(asJson(compiled), null, 2)}\n`);
  } else if (flags.output === "tree") {
    this.process.stdout.write(renderTree(compiled, this.color.stdout));
  } else if (!failed) {
    this.process.stdout.write(printStream(objectsOf(compiled)));
  }
}

/** Objects of the input, then the generated ones; each part in the order in which it can be applied. */
export function objectsOf(compiled: Compiled) {
  return [...compiled.passed, ...compiled.generated.map(({ object }) => object)];
}

function asJson(compiled: Compiled) {
  const objects = hasErrors(compiled.findings) ? [] : objectsOf(compiled);
  return { schemaVersion: 1, objects, findings: findingsToJson(compiled.findings).findings };
}
