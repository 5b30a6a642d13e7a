import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { loadAll } from "js-yaml";
import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { cacheFolder, withCacheLock, withTemporaryFolder, writeText } from "./cache.ts";
import { corpusFolder } from "./corpus.ts";
import { corpusGroups, crdModules, type CrdModule } from "./crd-sources.ts";
import { RealPlaneError } from "./errors.ts";
import { downloadModule, findGo } from "./go.ts";
import { report, withProgress } from "./progress.ts";

export interface CrdCollection {
  readonly crds: readonly JsonObject[];
  /** API groups whose CRDs are not at hand: their objects cannot be judged. */
  readonly absentGroups: readonly string[];
}

/** Every third-party CRD: from its Go module by way of the cache, or from the corpus folder where there is one. */
export async function collectCrds(): Promise<CrdCollection> {
  const crds: JsonObject[] = [];
  for (const source of crdModules) crds.push(...(await moduleCrds(source)));
  const absentGroups: string[] = [];
  for (const group of corpusGroups) {
    const found = corpusCrds(group);
    if (found.length === 0) absentGroups.push(group);
    crds.push(...found);
  }
  if (absentGroups.length > 0) {
    report(`objects of ${absentGroups.join(", ")} are not checked: their CRDs are in no package registry`);
  }
  return { crds, absentGroups };
}

async function moduleCrds(source: CrdModule): Promise<JsonObject[]> {
  const name = `${source.module}@v${source.version}`;
  const cached = path.join(cacheFolder(), "crds", `${name.replaceAll("/", "_")}.jsonl`);
  if (!existsSync(cached)) {
    await withCacheLock(() =>
      withTemporaryFolder(async (folder) => {
        if (existsSync(cached)) return;
        await withProgress(`fetching CRDs of ${name}`, async () => {
          const { folder: moduleFolder } = await downloadModule(await findGo(), name);
          const found = readCrds(path.join(moduleFolder, source.path), source.suffix);
          if (found.length === 0) {
            throw new RealPlaneError("tool-unavailable", `${name} has no CRDs in ${source.path}`);
          }
          const extracted = path.join(folder, "crds.jsonl");
          writeText(extracted, found.map((crd) => `${JSON.stringify(crd)}\n`).join(""));
          mkdirSync(path.dirname(cached), { recursive: true });
          renameSync(extracted, cached);
        });
      }),
    );
  }
  return readFileSync(cached, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JsonObject);
}

function corpusCrds(group: string): JsonObject[] {
  const corpus = corpusFolder();
  const folder = corpus === undefined ? undefined : path.join(corpus, "crds");
  if (folder === undefined || !existsSync(folder)) return [];
  return readCrds(folder).filter((crd) => isObject(crd["spec"]) && crd["spec"]["group"] === group);
}

/** The CustomResourceDefinitions of a YAML file or of a folder's YAML files. */
export function readCrds(file: string, suffix = ""): JsonObject[] {
  const files = statSync(file).isDirectory()
    ? readdirSync(file)
        .filter((name) => /\.ya?ml$/.test(name) && name.endsWith(suffix))
        .sort()
        .map((name) => path.join(file, name))
    : [file];
  return files
    .flatMap((name) => loadAll(readFileSync(name, "utf8")))
    .filter(isObject)
    .filter((document) => document["kind"] === "CustomResourceDefinition");
}
