import { readFileSync } from "node:fs";
import path from "node:path";
import { get, isObject } from "@fairlead/apimachinery";
import { parseStream, printStream, refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { findingLocator } from "../compile/locate.ts";
import type { Resource } from "../compile/resource.ts";
import { parseResources } from "../compile/text.ts";
import { importCompose } from "../import/compose/compose.ts";
import { parseEnvFile } from "../import/compose/env-file.ts";
import { importObjects } from "../import/import.ts";
import { layout } from "../import/layout.ts";
import type { TextFile } from "../input/read.ts";
import type { CliContext } from "./context.ts";
import { cliFinding } from "./findings.ts";
import type { ImportFlags } from "./import.command.ts";
import { readFiles } from "./load.ts";
import { refuse, report } from "./report.ts";
import { writeFolder } from "./write.ts";

interface Result {
  readonly declarations: readonly KrmObject[];
  readonly others: readonly KrmObject[];
  readonly findings: readonly Finding[];
}

export async function importManifests(this: CliContext, flags: ImportFlags): Promise<void> {
  const read = await readFiles(this, flags.file, flags);
  if (read.finding !== undefined) return refuse(this, read.finding);
  const compose = read.files.filter((file) => flags.compose === true || isCompose(file));
  const manifests = read.files.filter((file) => !compose.includes(file));
  const results: Result[] = [await importPlain(manifests), ...(await importComposeFiles(this, compose, flags))];
  const findings = results.flatMap((result) => result.findings);
  if (report(this, findings, read.files, flags.quiet === true)) return;
  const declarations = results.flatMap((result) => result.declarations);
  const others = results.flatMap((result) => result.others);
  if (flags.out === undefined) {
    this.process.stdout.write(printStream([...others, ...declarations]));
    return;
  }
  const files = layout(declarations, others);
  if (await writeFolder(this, flags.out, files))
    this.process.stderr.write(`Wrote ${files.length} file${files.length === 1 ? "" : "s"} to ${flags.out}\n`);
}

async function importPlain(files: readonly TextFile[]): Promise<Result> {
  const { resources, findings } = parseResources(files);
  const imported = await importObjects(
    resources.map(({ value, source }) => ({
      object: value,
      file: source.file,
      place: () => source.locator()([], "value"),
    })),
  );
  const sources = new Map<string, Resource>();
  for (const resource of resources) if (isObject(resource.value)) sources.set(refKey(refOf(resource.value)), resource);
  const locator = findingLocator();
  const placed = imported.findings.map((finding) => {
    const resource = finding.object && sources.get(refKey(finding.object));
    if (resource === undefined || finding.line !== undefined) return finding;
    const { file: _file, ...rest } = finding;
    return locator.in(rest, { source: resource.source, fields: undefined });
  });
  return { declarations: imported.declarations, others: imported.untouched, findings: [...findings, ...placed] };
}

/** A Compose file has services and no kind. */
function isCompose({ name, text }: TextFile): boolean {
  if (!/^\s*services\s*:/m.test(text) || /^\s*kind\s*:/m.test(text)) return false;
  const [document] = parseStream(text, { file: name }).documents;
  return document !== undefined && isObject(get(document.value, "services"));
}

async function importComposeFiles(
  context: CliContext,
  files: readonly TextFile[],
  flags: ImportFlags,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const file of files) {
    const folder = path.dirname(file.name);
    const envFiles = flags.envFile ?? [path.join(folder, ".env")];
    const variables: { [name: string]: string } = {};
    const findings: Finding[] = [];
    for (const name of envFiles) {
      const text = readText(context, name);
      if (text !== undefined) Object.assign(variables, parseEnvFile(text, {}).variables);
      else if (flags.envFile !== undefined)
        findings.push(
          cliFinding("FL601", { message: `${name} cannot be read`, hint: "correct the path given with --env-file" }),
        );
    }
    const {
      declarations,
      objects,
      findings: said,
    } = importCompose(file.text, { file: file.name, variables, read: (name) => readText(context, name) });
    results.push({ declarations, others: objects, findings: [...findings, ...said] });
  }
  return results;
}

function readText(context: CliContext, name: string): string | undefined {
  try {
    return readFileSync(path.resolve(context.cwd, name), "utf8");
  } catch {
    // Whoever asked says what the missing file meant to it.
    return undefined;
  }
}
