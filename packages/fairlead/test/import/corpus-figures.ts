import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { flattenLists, parseStream, print, refKey, refOf, type KrmObject } from "@fairlead/krm";
import { importObjects } from "../../src/import/import.ts";

/** What import made of one file; lines are those of our printer, without comments and blank lines, on both sides. */
export interface Figures {
  readonly name: string;
  /** Objects that became declarations, and their lines. */
  readonly turned: number;
  readonly linesBefore: number;
  readonly declarations: number;
  readonly linesAfter: number;
  /** Lines of the declarations that only turn a default of Fairlead off. */
  readonly optOuts: number;
  readonly untouched: number;
}

/** The manifests of a folder of the corpus, one entry per file, by name. */
export function corpusFiles(corpus: string, folder: string): { name: string; objects: KrmObject[] }[] {
  return readdirSync(path.join(corpus, folder))
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => {
      const { documents } = parseStream(readFileSync(path.join(corpus, folder, name), "utf8"), { file: name });
      return { name: `${folder}/${name}`, objects: flattenLists(documents).map(({ value }) => value as KrmObject) };
    });
}

export async function figuresOf(name: string, objects: readonly KrmObject[]): Promise<Figures> {
  const { declarations, untouched } = await importObjects(objects.map((object) => ({ object, file: name })));
  const left = new Set(untouched.map((object) => refKey(refOf(object))));
  const turned = objects.filter((object) => !left.has(refKey(refOf(object))));
  return {
    name,
    turned: turned.length,
    linesBefore: lines(turned),
    declarations: declarations.length,
    linesAfter: lines(declarations),
    optOuts: lines(declarations) - lines(declarations.map(withoutOptOuts)),
    untouched: untouched.length,
  };
}

function withoutOptOuts(declaration: KrmObject): KrmObject {
  const { standardLabels: _labels, hardening: _hardening, serviceAccount, ...spec } = declaration["spec"] as JsonObject;
  const limited = (containers: JsonValue | undefined) =>
    Array.isArray(containers)
      ? containers.map((container) => {
          const { resources, ...rest } = container as JsonObject;
          return resources === undefined || resources === "unlimited" ? rest : { ...rest, resources };
        })
      : undefined;
  const [containers, initContainers] = [limited(spec["containers"]), limited(spec["initContainers"])];
  return {
    ...declaration,
    spec: {
      ...spec,
      ...(serviceAccount !== undefined && get(serviceAccount, "create") !== false && { serviceAccount }),
      ...(containers !== undefined && { containers }),
      ...(initContainers !== undefined && { initContainers }),
    },
  };
}

function lines(objects: readonly KrmObject[]): number {
  return objects.reduce(
    (sum, object) =>
      sum +
      print(object)
        .split("\n")
        .filter((line) => line.trim() !== "").length,
    0,
  );
}

/** The table of docs/explanation/corpus.md. Files of which nothing is turned are left out of it. */
export async function corpusTable(corpus: string): Promise<string> {
  const rows: Figures[] = [];
  for (const folder of ["faf", "bookinfo"]) {
    for (const { name, objects } of corpusFiles(corpus, folder)) rows.push(await figuresOf(name, objects));
  }
  const shown = rows.filter(({ turned }) => turned > 0);
  const sum = (field: "turned" | "linesBefore" | "declarations" | "linesAfter" | "optOuts" | "untouched") =>
    rows.reduce((so, one) => so + one[field], 0);
  const total: Figures = {
    name: "all files",
    turned: sum("turned"),
    linesBefore: sum("linesBefore"),
    declarations: sum("declarations"),
    linesAfter: sum("linesAfter"),
    optOuts: sum("optOuts"),
    untouched: sum("untouched"),
  };
  const head =
    "| file | objects that were turned | lines | App, Task, Route | lines | | of these opt-outs | left as they are |\n|---|---:|---:|---:|---:|---:|---:|---:|\n";
  return head + [...shown, total].map(row).join("\n") + "\n";
}

function row({ name, turned, linesBefore, declarations, linesAfter, optOuts, untouched }: Figures): string {
  const change = Math.round((linesAfter / linesBefore - 1) * 100);
  return `| ${name} | ${turned} | ${linesBefore} | ${declarations} | ${linesAfter} | ${change > 0 ? "+" : change < 0 ? "−" : ""}${Math.abs(change)} % | ${optOuts} | ${untouched} |`;
}
