import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { isObject, kubernetesVersion, type JsonObject } from "@fairlead/apimachinery";
import { flattenLists, parseStream } from "@fairlead/krm";
import type { PlaneAccess } from "../../scripts/real/access.ts";
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

/** Whether the plane is of the minor release whose OpenAPI is vendored: only there the two can agree in everything. */
export function isVendored(plane: PlaneAccess): boolean {
  const minor = (version: string): string => version.replace(/^v/, "").split(".").slice(0, 2).join(".");
  return minor(plane.kubernetes) === minor(kubernetesVersion);
}

/** Our own manifests of built-in kinds, which touch every field that is defaulted; those that the plane can know. */
export function builtinFiles(plane: PlaneAccess): string[] {
  const files = ["pods.yaml", "workloads.yaml", "network.yaml", "others.yaml"];
  return isVendored(plane) ? [...files, "newer.yaml"] : files;
}

/** The objects of some files in `manifests/`. */
export function ownManifests(...files: readonly string[]): Manifest[] {
  const folder = path.join(import.meta.dirname, "manifests");
  return files.flatMap((file) => readManifests(path.join(folder, file)));
}

/** Other people's manifests, or undefined where the corpus is absent. */
export function corpusManifests(): Manifest[] | undefined {
  const corpus = corpusFolder();
  if (corpus === undefined) return undefined;
  return globSync("{faf,bookinfo}/*.yaml", { cwd: corpus })
    .sort()
    .flatMap((file) => readManifests(path.join(corpus, file)));
}
