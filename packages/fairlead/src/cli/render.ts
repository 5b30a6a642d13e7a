import { findingsToJson, hasErrors, print, type Finding, type KrmObject } from "@fairlead/krm";
import type { Compiled } from "../compile/compile.ts";
import type { CliContext } from "./context.ts";
import { nothingFound } from "./findings.ts";
import { load, loadTo } from "./load.ts";
import type { RenderFlags } from "./render.command.ts";
import { report } from "./report.ts";
import { renderTree } from "./tree.ts";

export async function render(this: CliContext, flags: RenderFlags): Promise<void> {
  if (flags.output === "yaml") return renderYaml(this, flags);
  const { files, compiled } = await load(this, flags);
  const findings = [...compiled.findings, ...nothingFound(compiled, files)];
  const failed = report(this, findings, files, flags.quiet === true);
  if (failed && flags.output === "tree") return;
  const text =
    flags.output === "json"
      ? `${JSON.stringify(asJson(objectsOf(compiled), findings), null, 2)}\n`
      : renderTree(compiled, this.color.stdout);
  this.process.stdout.write(text);
}

/**
 * Thousands of objects go out a piece at a time, and wait as bytes: a string that was put together from parts holds on
 * to all of them, and takes several times the room.
 */
async function renderYaml(context: CliContext, flags: RenderFlags): Promise<void> {
  const { files, compiled } = await loadTo(context, flags, ({ object }) => Buffer.from(print(object)));
  const findings = [...compiled.findings, ...nothingFound(compiled, files)];
  if (report(context, findings, files, flags.quiet === true)) return;
  let piece = "";
  let first = true;
  const put = (text: string) => {
    piece += first ? text : `---\n${text}`;
    first = false;
    if (piece.length < pieceSize) return;
    context.process.stdout.write(piece);
    piece = "";
  };
  for (const object of compiled.passed) put(print(object));
  for (const text of compiled.kept) put(text.toString());
  if (piece !== "") context.process.stdout.write(piece);
}

const pieceSize = 1 << 16;

/** Objects of the input, then the generated ones; each part in the order in which it can be applied. */
export function objectsOf(compiled: Compiled) {
  return [...compiled.passed, ...compiled.generated.map(({ object }) => object)];
}

function asJson(objects: readonly KrmObject[], findings: readonly Finding[]) {
  return {
    schemaVersion: 1,
    objects: hasErrors(findings) ? [] : objects,
    findings: findingsToJson(findings).findings,
  };
}
