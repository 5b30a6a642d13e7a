import { readFile } from "node:fs/promises";
import path from "node:path";
import type { JsonObject } from "@fairlead/apimachinery";
import {
  decodeText,
  hasErrors,
  parseStream,
  placeOf,
  printStream,
  readResourceList,
  resourceListOf,
  resourceListOfDocuments,
  writeResourceList,
  type Finding,
  type ParsedDocument,
  type ResourceItem,
  type ResourceList,
} from "@fairlead/krm";
import { applyFairlead, type FunctionItem, type FunctionResult } from "../fn/apply.ts";
import type { CliContext } from "./context.ts";
import { cliFinding } from "./findings.ts";
import type { FnFlags } from "./fn.command.ts";
import { report } from "./report.ts";

const input = "stdin";

/** The predecessor's objects need no apiVersion; of any other, compiling says what it lacks, as `render` does. */
const isItem = (object: JsonObject): boolean => typeof object["kind"] === "string";

export async function fn(this: CliContext, flags: FnFlags, ...paths: string[]): Promise<void> {
  if (paths.length > 0) return standalone(this, flags, paths);
  const decoded = decodeText(await this.stdin(), input);
  const text = "text" in decoded ? decoded.text : "";
  const read = "text" in decoded ? readResourceList(text, { file: input, isItem }) : { findings: [decoded.finding] };
  const list = "list" in read && read.list !== undefined ? read.list : resourceListOf([]);
  const result = await run(list, read.findings, flags);
  const written = writeResourceList(list, result.items, result.findings, { unchangedObjects: true });
  this.process.stdout.write(written.text);
  report(this, written.findings, [{ name: input, text }], false);
}

/** The list is compiled unless reading it found an error; what came in goes out then. */
async function run(list: ResourceList, before: readonly Finding[], flags: FnFlags): Promise<FunctionResult> {
  if (hasErrors(before)) return { items: list.items.map(({ object }) => object), findings: before };
  const items = list.items.map(itemOf);
  const config = list.functionConfig === undefined ? undefined : itemOf(list.functionConfig);
  const result = await applyFairlead({ items, config }, flags);
  return { items: result.items, findings: [...before, ...result.findings] };
}

/** An item of a package is known by its file there; its lines are those of the ResourceList only where it has none. */
function itemOf({ object, locate }: ResourceItem): FunctionItem {
  const file = placeOf(object).path;
  return {
    object,
    file: file ?? input,
    locator: () => (field, at) => (file === undefined ? { file: input, ...locate(field, at) } : { file }),
  };
}

/** `fn CONFIG INPUT…`: the objects of files instead of a ResourceList, printed as YAML. */
async function standalone(context: CliContext, flags: FnFlags, paths: readonly string[]): Promise<void> {
  const documents: ParsedDocument[][] = [];
  const files: { name: string; text: string }[] = [];
  const findings: Finding[] = [];
  for (const name of paths) {
    const read = await readOne(context, name);
    if ("finding" in read) findings.push(read.finding);
    else {
      const parsed = parseStream(read.text, { file: name });
      files.push({ name, text: read.text });
      findings.push(...parsed.findings);
      documents.push([...parsed.documents]);
    }
  }
  const [first = [], ...rest] = documents;
  const [config, ...more] = first;
  const gathered = resourceListOfDocuments([...more, ...rest.flat()], config, { isItem });
  const result = await run(gathered.list, [...findings, ...gathered.findings], flags);
  if (!report(context, result.findings, files, false)) context.process.stdout.write(printStream(result.items));
}

async function readOne(
  context: CliContext,
  name: string,
): Promise<{ readonly text: string } | { readonly finding: Finding }> {
  try {
    return decodeText(name === "-" ? await context.stdin() : await readFile(path.resolve(context.cwd, name)), name);
  } catch (error) {
    return { finding: cliFinding("FL601", { message: `${name} cannot be read: ${(error as Error).message}` }) };
  }
}
