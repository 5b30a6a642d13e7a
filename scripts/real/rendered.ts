import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { apiVersion, isKindName } from "../../packages/fairlead/src/kinds/load.ts";
import { repositoryRoot } from "./corpus.ts";
import { RealPlaneError } from "./errors.ts";
import { execute, tail } from "./execute.ts";
import { readAsKubectl } from "./read-yaml.ts";

export const renderedVariable = "FAIRLEAD_RENDERED";

/**
 * The folders of examples/ that hold declarations, as paths from the repository's root. What kustomize has to build is
 * left to the tests of the documentation; the fleets of examples/mesh are planned, or brought up.
 */
export function exampleFolders(): string[] {
  const exclude = ["**/node_modules/**", "examples/mesh/**"];
  const files = globSync("examples/**/*.{yaml,yml}", { cwd: repositoryRoot, exclude });
  const folders = new Set(files.filter(hasDeclaration).map((file) => path.dirname(file)));
  const isKustomized = (folder: string): boolean => existsSync(path.join(repositoryRoot, folder, "kustomization.yaml"));
  return [...folders].filter((folder) => !isKustomized(folder)).sort();
}

const scenarioFile = "scenario.yaml";

/** Fleets of the mesh: folders with a folder for each cluster. */
export function meshFolders(): string[] {
  return globSync(`examples/mesh/*/${scenarioFile}`, { cwd: repositoryRoot })
    .map((file) => path.dirname(file))
    .sort();
}

/** What `fairlead mesh plan` prints for a fleet, of all clusters together. */
export async function plannedObjects(folder: string): Promise<JsonObject[]> {
  const text = await fairleadPrints(["mesh", "plan", "-f", folder, "-o", "json"]);
  const { clusters } = JSON.parse(text) as { clusters: { readonly [cluster: string]: readonly JsonObject[] } };
  return Object.values(clusters).flat();
}

function hasDeclaration(file: string): boolean {
  const { documents } = parseStream(readFileSync(path.join(repositoryRoot, file), "utf8"));
  return documents.some(
    ({ value }) => get(value, "apiVersion") === apiVersion && isKindName(String(get(value, "kind"))),
  );
}

/** The expected output of unit tests: `testdata/NAME.expected.yaml` in any package. */
export function goldenFiles(): string[] {
  const pattern = "packages/**/testdata/**/*.expected.yaml";
  return globSync(pattern, { cwd: repositoryRoot, exclude: ["**/node_modules/**"] }).sort();
}

/** What `fairlead render` prints for a folder, read as kubectl reads it. */
export async function renderFolder(oracle: string, folder: string): Promise<JsonObject[]> {
  return await readObjects(oracle, folder, await fairleadPrints(["render", "-f", folder, "-o", "yaml"]));
}

async function fairleadPrints(words: readonly string[]): Promise<string> {
  const main = path.join(repositoryRoot, "packages", "fairlead", "src", "main.ts");
  const options = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  const { status, stdout, stderr } = await execute(process.execPath, [...options, main, ...words], {
    cwd: repositoryRoot,
  });
  if (status !== 0) {
    throw new RealPlaneError("bad-input", `fairlead ${words.join(" ")} ended with ${status}:\n${tail(stderr)}`);
  }
  return stdout;
}

export async function readGolden(oracle: string, file: string): Promise<JsonObject[]> {
  return await readObjects(oracle, file, readFileSync(path.join(repositoryRoot, file), "utf8"));
}

async function readObjects(oracle: string, name: string, text: string): Promise<JsonObject[]> {
  const [reading] = await readAsKubectl(oracle, [text]);
  if (reading?.error !== undefined) throw new RealPlaneError("bad-input", `${name}: kubectl says ${reading.error}`);
  return (reading?.documents ?? []).map((document) => JSON.parse(document) as unknown).filter(isObject);
}

/** What unit tests rendered while record-rendered.ts watched; undefined where nobody asked for it. */
export function recordedObjects(environment: NodeJS.ProcessEnv = process.env): JsonObject[] | undefined {
  const folder = environment[renderedVariable];
  if (folder === undefined || !existsSync(folder)) return undefined;
  const lines = new Set<string>();
  for (const file of globSync("*.jsonl", { cwd: folder }).sort()) {
    for (const line of readFileSync(path.join(folder, file), "utf8").split("\n")) if (line !== "") lines.add(line);
  }
  return [...lines].map((line) => JSON.parse(line) as JsonObject);
}
