import { readdir } from "node:fs/promises";
import path from "node:path";
import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { parseResources } from "../../compile/text.ts";
import type { TextFile } from "../../input/read.ts";
import { fleetKind } from "../../kinds/group.ts";
import type { CliContext } from "../context.ts";
import { readFiles } from "../load.ts";
import { isConfig, readClusterFolder, type ReadObjects } from "./cluster-folder.ts";
import { readFleetFile, type DeclaredCluster, type DeclaredFleet } from "./fleet-file.ts";
import { meshCliFinding } from "./findings.ts";
import { placed, sourcesOf, type Sources } from "./place.ts";

/** A fleet on files: what `fairlead mesh … -f FLEET` reads. */
export interface FleetFolder {
  readonly clusters: readonly FolderCluster[];
  /** Whose Dependencies count; undefined: all clusters'. */
  readonly home: string | undefined;
  /** The MeshConfig, wherever in the fleet it stands. */
  readonly config: KrmObject | undefined;
  /** What stands beside the clusters' folders: the same for the whole fleet. */
  readonly shared: readonly KrmObject[];
  /** Where it was read; of two of one name in two clusters, one. */
  readonly sources: Sources;
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
}

export interface FolderCluster {
  readonly name: string;
  readonly facts: DeclaredCluster;
  readonly objects: readonly KrmObject[];
  /** Those of `mesh.generated.yaml`. */
  readonly generated: readonly KrmObject[];
  /** Sidecars that stand there alone. */
  readonly alone: readonly KrmObject[];
  readonly sources: Sources;
}

const fleetFile = "fleet.yaml";
const sharedKinds = new Set(["Dependency", "DependencyProxy", "TrafficConfig"]);

/** Reads a folder: `fleet.yaml`, `CLUSTER/*.yaml`, and files for the whole fleet beside them. */
export async function readFleetFolder(context: CliContext, folder: string): Promise<FleetFolder> {
  const failed = (finding: Finding): FleetFolder => ({ ...nothing, findings: [finding] });
  const entries = await list(path.resolve(context.cwd, folder));
  if (entries === undefined) {
    const { finding } = await readFiles(context, [folder], {});
    return failed(
      finding ??
        meshCliFinding("FL831", { message: `${folder} is no folder`, hint: "give -f the folder of the fleet" }),
    );
  }
  const declared = await readDeclared(context, folder, entries.files);
  if ("code" in declared.fleet) return { ...failed(declared.fleet), files: declared.files };
  const findings: Finding[] = [...declared.findings];
  const texts: TextFile[] = [...declared.files];
  const names = [...new Set([...declared.fleet.clusters.map(({ name }) => name), ...entries.folders])].sort();
  const clusters: FolderCluster[] = [];
  for (const name of names) {
    const facts = declared.fleet.clusters.find((one) => one.name === name);
    const has = entries.folders.includes(name);
    if (!has || (facts === undefined && declared.fleet.clusters.length > 0)) {
      const message = has ? `${fleetFile} does not name the folder ${name}` : `there is no folder ${folder}/${name}`;
      findings.push(meshCliFinding("FL832", { message }));
    }
    const read = has ? await readClusterFolder(context, path.join(folder, name)) : empty;
    findings.push(...read.findings);
    texts.push(...read.files);
    const { objects, generated, alone, sources: own } = read;
    clusters.push({ name, facts: facts ?? { name }, objects, generated, alone, sources: own });
  }
  if (clusters.length === 0) {
    findings.push(meshCliFinding("FL831", { message: `${folder} holds no folder of a cluster` }));
  }
  const beside = await readShared(context, folder, entries.files);
  findings.push(...beside.findings);
  texts.push(...beside.files);
  const configs = [...beside.objects, ...clusters.flatMap(({ objects }) => objects)].filter(isConfig);
  const sources = new Map([...clusters.flatMap((one) => [...one.sources]), ...beside.sources]);
  if (configs.length > 1) {
    const message = `${configs.length} MeshConfigs: ${configs.map(({ metadata }) => textOf(metadata["name"])).join(", ")}`;
    findings.push(...placed([meshCliFinding("FL834", { message, object: refOf(configs.at(-1)!) })], sources));
  }
  for (const object of beside.objects) {
    if (isConfig(object) || sharedKinds.has(object.kind)) continue;
    const message = `${object.kind} ${textOf(object.metadata["name"])} stands beside the folders of clusters`;
    findings.push(...placed([meshCliFinding("FL833", { message, object: refOf(object) })], sources));
  }
  return {
    clusters,
    home: declared.fleet.home,
    config: configs[0],
    shared: beside.objects.filter(({ kind }) => sharedKinds.has(kind)),
    sources,
    files: texts,
    findings,
  };
}

const empty: ReadObjects = { objects: [], generated: [], alone: [], sources: new Map(), files: [], findings: [] };

const nothing: FleetFolder = {
  clusters: [],
  home: undefined,
  config: undefined,
  shared: [],
  sources: new Map(),
  files: [],
  findings: [],
};

async function list(full: string): Promise<{ readonly files: string[]; readonly folders: string[] } | undefined> {
  try {
    const entries = await readdir(full, { withFileTypes: true });
    const visible = entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules");
    return {
      files: visible.flatMap((one) => (one.isFile() && /\.(ya?ml|json)$/.test(one.name) ? [one.name] : [])).sort(),
      folders: visible.flatMap((one) => (one.isDirectory() ? [one.name] : [])).sort(),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

interface ReadDeclared {
  readonly fleet: DeclaredFleet | Finding;
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
}

async function readDeclared(context: CliContext, folder: string, files: readonly string[]): Promise<ReadDeclared> {
  const none: DeclaredFleet = { clusters: [], home: undefined };
  if (!files.includes(fleetFile)) return { fleet: none, files: [], findings: [] };
  const name = path.join(folder, fleetFile);
  const read = await readFiles(context, [name], {});
  if (read.finding !== undefined) return { fleet: read.finding, files: [], findings: [] };
  const { resources, findings } = parseResources(read.files);
  const error = findings.find(({ severity }) => severity === "error");
  if (error !== undefined) return { fleet: error, files: read.files, findings };
  const chosen = resources.find((one) => get(one.value, "kind") === fleetKind) ?? resources[0];
  const fleet = readFleetFile(chosen?.value ?? null, name, chosen?.source.locator());
  return { fleet, files: read.files, findings };
}

async function readShared(context: CliContext, folder: string, names: readonly string[]): Promise<ReadObjects> {
  const wanted = names.filter((name) => name !== fleetFile).map((name) => path.join(folder, name));
  if (wanted.length === 0) return empty;
  const { files, finding } = await readFiles(context, wanted, {});
  if (finding !== undefined) return { ...empty, findings: [finding] };
  const { resources, findings } = parseResources(files);
  const objects = resources.flatMap(({ value }) => (isKrm(value) ? [value] : []));
  return { ...empty, objects, sources: sourcesOf(resources), files, findings };
}

function isKrm(value: unknown): value is JsonObject & KrmObject {
  return isObject(value) && typeof value["kind"] === "string" && isObject(value["metadata"]);
}
