import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { readFleetFile, type DeclaredCluster } from "../../packages/fairlead/src/cli/mesh/fleet-file.ts";
import { readScenario, type Scenario } from "./scenario.ts";

/** A folder of examples/mesh: a fleet as `fairlead mesh … -f` reads it, and what happens to it. */
export interface Example {
  readonly clusters: readonly ExampleCluster[];
  readonly home: string;
  /** What stands beside the clusters' folders: Dependencies, a MeshConfig. */
  readonly shared: readonly JsonObject[];
  readonly scenario: Scenario;
}

export interface ExampleCluster extends DeclaredCluster {
  readonly objects: readonly JsonObject[];
}

const scenarioFile = "scenario.yaml";

/** Reads the folder; throws an Error that says which file cannot be read. */
export function readExample(folder: string): Example {
  const fleet = readFleetFile(documentsOf(path.join(folder, "fleet.yaml"))[0] ?? null, "fleet.yaml");
  if ("code" in fleet) throw new Error(`fleet.yaml: ${fleet.message}`);
  const { clusters, home = clusters[0]?.name ?? "" } = fleet;
  const beside = yamlFiles(folder).filter((file) => !["fleet.yaml", scenarioFile].includes(path.basename(file)));
  const [scenario = null] = documentsOf(path.join(folder, scenarioFile));
  return {
    clusters: clusters.map((one) => ({ ...one, objects: objectsIn(yamlFiles(path.join(folder, one.name))) })),
    home,
    shared: objectsIn(beside),
    scenario: readScenario(scenario, (name) => objectsIn([path.join(folder, ".later", name)])),
  };
}

/** The examples of a folder, sorted: those with a scenario. */
export function exampleNames(examples: string): readonly string[] {
  return readdirSync(examples, { withFileTypes: true })
    .filter((one) => one.isDirectory() && existsSync(path.join(examples, one.name, scenarioFile)))
    .map(({ name }) => name)
    .sort();
}

function yamlFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return names.sort().map((name) => path.join(folder, name));
}

function objectsIn(files: readonly string[]): readonly JsonObject[] {
  return files.flatMap(documentsOf).filter(isObject);
}

function documentsOf(file: string): readonly JsonValue[] {
  const { documents, findings } = parseStream(readFileSync(file, "utf8"), { file });
  if (findings.length > 0) throw new Error(`${file}: ${findings[0]!.message}`);
  return documents.map(({ value }) => value);
}
