import { flattenLists, locator, parseStream, type DocumentItem, type Finding } from "@fairlead/krm";
import { compile, compileTo, type Compiled, type CompiledTo } from "./compile.ts";
import type { Generated } from "./finish.ts";
import type { CompileOptions } from "./options.ts";
import type { Resource, Source } from "./resource.ts";

/** A text under the name that findings give it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export interface ParsedResources {
  readonly resources: readonly Resource[];
  readonly findings: readonly Finding[];
}

/** Reads YAML or JSON texts; every `List` is taken apart, and every object remembers where it stood. */
export function parseResources(files: readonly NamedText[]): ParsedResources {
  const resources: Resource[] = [];
  const findings: Finding[] = [];
  for (const { name, text } of files) {
    const parsed = parseStream(text, { file: name });
    findings.push(...parsed.findings);
    for (const item of flattenLists(parsed.documents))
      resources.push({ value: item.value, source: sourceOf(item, name) });
  }
  return { resources, findings };
}

function sourceOf(item: DocumentItem, file: string): Source {
  return {
    file,
    locator() {
      const place = locator(item.document);
      return (path, at) => ({ file, ...place([...item.path, ...path], at) });
    },
  };
}

/** Compiles texts; a text with a mistake contributes its findings and the documents that could be read. */
export async function compileText(files: readonly NamedText[], options: CompileOptions = {}): Promise<Compiled> {
  const { resources, findings } = parseResources(files);
  const compiled = await compile(resources, options);
  return { ...compiled, findings: [...findings, ...compiled.findings] };
}

/** As `compileText`, keeping only what `keep` makes of each object. */
export async function compileTextTo<Kept>(
  files: readonly NamedText[],
  options: CompileOptions,
  keep: (generated: Generated) => Kept,
): Promise<CompiledTo<Kept>> {
  const { resources, findings } = parseResources(files);
  const compiled = await compileTo(resources, options, keep);
  return { ...compiled, findings: [...findings, ...compiled.findings] };
}
