import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { flattenLists, parseStream } from "@fairlead/krm";
import { corpusFolder } from "../../scripts/real/corpus.ts";

export interface Manifest {
  /** For messages: file and object. */
  readonly name: string;
  readonly object: JsonObject;
}

/** The objects of a YAML file, `List`s taken apart; throws when the file has a mistake. */
export function readManifests(file: string): Manifest[] {
  const { documents, findings } = parseStream(readFileSync(file, "utf8"), { file });
  const finding = findings.find((one) => one.severity === "error");
  if (finding !== undefined) throw new Error(`${file}:${finding.line}: ${finding.message}`);
  return flattenLists(documents).flatMap(({ value }) => {
    if (!isObject(value)) return [];
    const meta = value["metadata"];
    const name = isObject(meta) ? String(meta["name"]) : "";
    return [{ name: `${path.basename(file)}: ${String(value["kind"])} ${name}`, object: value }];
  });
}

/** Our own manifests, which touch every defaulted field of the built-in kinds. */
export function ownManifests(pattern = "*.yaml"): Manifest[] {
  const folder = path.join(import.meta.dirname, "manifests");
  return globSync(pattern, { cwd: folder })
    .sort()
    .flatMap((file) => readManifests(path.join(folder, file)));
}

/** Other people's manifests, or undefined where the corpus is absent. */
export function corpusManifests(): Manifest[] | undefined {
  const corpus = corpusFolder();
  if (corpus === undefined) return undefined;
  return globSync("{faf,bookinfo}/*.yaml", { cwd: corpus })
    .sort()
    .flatMap((file) => readManifests(path.join(corpus, file)));
}
