import path from "node:path";
import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { formatRef, hasErrors, refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { compile } from "../../compile/compile.ts";
import type { Resource, Source } from "../../compile/resource.ts";
import { parseResources } from "../../compile/text.ts";
import type { TextFile } from "../../input/read.ts";
import { apiVersion } from "../../kinds/group.ts";
import type { CliContext } from "../context.ts";
import { readFiles } from "../load.ts";
import { objectsOf } from "../render.ts";
import { meshCliFinding } from "./findings.ts";
import { sourcesOf, type Sources } from "./place.ts";

/** Where the objects of a cluster go in a folder; what else stands there is never touched. */
export const generatedFile = "mesh.generated.yaml";
/** Where `mesh import` puts what exports become. */
export const importedFile = "mesh.imported.yaml";

export interface ReadObjects {
  readonly objects: readonly KrmObject[];
  /** Those of `mesh.generated.yaml`, copies of users' Sidecars among them. */
  readonly generated: readonly KrmObject[];
  /** Sidecars that stand in `mesh.generated.yaml` alone: their owner has no other. */
  readonly alone: readonly KrmObject[];
  readonly sources: Sources;
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
}

const clusterKinds = new Set([
  "Namespace",
  "Node",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleBinding",
  "PersistentVolume",
  "StorageClass",
  "GatewayClass",
  "IngressClass",
  "PriorityClass",
]);

/** Reads the folder of a cluster. Declarations count as what they become. An empty folder is a cluster without anything. */
export async function readClusterFolder(context: CliContext, folder: string): Promise<ReadObjects> {
  const { files, finding } = await readFiles(context, [folder], {});
  if (finding !== undefined) {
    const empty = finding.message.endsWith("holds no manifests");
    return { objects: [], generated: [], alone: [], sources: new Map(), files: [], findings: empty ? [] : [finding] };
  }
  const parsed = parseResources(files);
  const { resources, generated, alone, findings } = settleTwins(parsed.resources);
  // What configures the mesh is no declaration of this cluster, and is checked by whoever uses it.
  const configs = resources.flatMap(({ value }) => (isConfig(value) ? [value as unknown as KrmObject] : []));
  const compiled = await compile(resources.filter(({ value }) => !isConfig(value)));
  const all = [...parsed.findings, ...findings, ...compiled.findings];
  const objects = hasErrors(all) ? [] : [...configs, ...objectsOf(compiled).map(inNamespace)];
  return { objects, generated, alone, sources: sourcesOf(resources), files, findings: all };
}

/** What the same object is where it stands twice. */
interface Settled {
  readonly resources: readonly Resource[];
  readonly generated: readonly KrmObject[];
  readonly alone: readonly KrmObject[];
  readonly findings: readonly Finding[];
}

/**
 * An object stands in a cluster once, with two exceptions that are ours: the labels of an imported Service go onto the
 * Service itself, as applying would put them there, and a Sidecar that was edited is planned from what its owner wrote.
 */
function settleTwins(resources: readonly Resource[]): Settled {
  const findings: Finding[] = [];
  const found = new Map<string, Resource>();
  const others: Resource[] = [];
  const generated: KrmObject[] = [];
  const alone: KrmObject[] = [];
  const later: Resource[] = [];
  for (const resource of resources) {
    const { value, source } = resource;
    const file = path.basename(source.file);
    // Declarations are compared by the compiler, as everything that is no object is refused there.
    if (!isNamed(value) || value.apiVersion === apiVersion) {
      if (isObject(value) && value["apiVersion"] !== apiVersion && textOf(value["kind"]) !== "")
        findings.push(nameless(value, source));
      others.push(resource);
      continue;
    }
    if (file === generatedFile) generated.push(value);
    if (file === importedFile || (file === generatedFile && value.kind === "Sidecar")) {
      later.push(resource);
      continue;
    }
    const key = refKey(refOf(inNamespace(value)));
    const first = found.get(key);
    if (first === undefined) found.set(key, resource);
    else findings.push(twice(value, source, first.source));
  }
  for (const resource of later) {
    const value = resource.value as JsonObject & KrmObject;
    const key = refKey(refOf(inNamespace(value)));
    const first = found.get(key);
    if (first === undefined) {
      found.set(key, resource);
      if (value.kind === "Sidecar") alone.push(value);
    } else if (value.kind !== "Sidecar")
      found.set(key, { ...first, value: labelled(first.value as JsonObject, value) });
  }
  return { resources: [...found.values(), ...others], generated, alone, findings };
}

function labelled(object: JsonObject, { metadata }: KrmObject): JsonObject {
  const own = isObject(object["metadata"]) ? object["metadata"] : {};
  const labels = { ...(isObject(own["labels"]) ? own["labels"] : {}), ...metadata.labels };
  return { ...object, metadata: { ...own, labels } };
}

function isNamed(value: unknown): value is JsonObject & KrmObject {
  if (!isObject(value) || typeof value["kind"] !== "string" || typeof value["apiVersion"] !== "string") return false;
  const name = get(value["metadata"], "name");
  return typeof name === "string" && name !== "";
}

/** Whether it configures the mesh. */
export function isConfig(value: unknown): boolean {
  return isNamed(value) && value.apiVersion === apiVersion && value.kind === "MeshConfig";
}

/** What files do not say of a namespace, kubectl says: `default`. */
function inNamespace(object: KrmObject): KrmObject {
  if (!isObject(object.metadata) || clusterKinds.has(object.kind) || object.apiVersion === apiVersion) return object;
  if (textOf(object.metadata["namespace"]) !== "") return object;
  return { ...object, metadata: { ...object.metadata, namespace: "default" } };
}

function twice(object: KrmObject, source: Source, first: Source): Finding {
  const { file, line } = first.locator()([], "value");
  const ref = refOf(object);
  return meshCliFinding("FL852", {
    message: `${formatRef(ref)} stands in the cluster twice; the other one is at ${line === undefined ? file : `${file}:${line}`}`,
    object: ref,
    field: ["metadata", "name"],
    ...source.locator()(["metadata", "name"], "value"),
  });
}

function nameless(value: JsonObject, source: Source): Finding {
  return meshCliFinding("FL853", {
    message: `a ${textOf(value["kind"])} without a name`,
    ...source.locator()(["metadata"], "value"),
  });
}
