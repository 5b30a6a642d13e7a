import {
  dns1123LabelProblem,
  formatPath,
  get,
  isObject,
  textOf,
  type FieldPath,
  type JsonValue,
} from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { NodeOptions } from "@fairlead/sim";
import type { Locate } from "../../compile/resource.ts";
import { apiVersion, fleetKind } from "../../kinds/group.ts";
import { upFinding } from "./findings.ts";
import { istioOf, unknownField, type FleetIstio, type FleetMistake } from "./fleet-istio.ts";

/** What `fleet.yaml` declares: clusters with their places. */
export interface Fleet {
  readonly name: string;
  /** Whose patches and settings count, unless the command says otherwise. */
  readonly environment: string | undefined;
  readonly clusters: readonly FleetCluster[];
}

export interface FleetCluster {
  readonly name: string;
  readonly region: string | undefined;
  readonly nodes: readonly NodeOptions[];
  /** Its own, or that of the fleet; undefined: none is installed. */
  readonly istio: FleetIstio | undefined;
}

/** A fleet of its own, or that of another folder, by its path from here. */
export type FleetReading =
  | { readonly kind: "fleet"; readonly fleet: Fleet }
  | { readonly kind: "elsewhere"; readonly folder: string; readonly wrong: (message: string) => Finding }
  | { readonly kind: "wrong"; readonly finding: Finding };

const mostClusters = 20;
const mostNodes = 1000;
const fleetFields = ["clusters", "environment", "istio", "folder", "home"];
const clusterFields = ["name", "region", "zones", "nodes", "istio"];
/** For `fairlead mesh`, which reads the same file. */
const meshFields = ["network", "trustDomain", "clusterDomain", "gateway", "view"];

/** One cluster with one node, for folders that declare no fleet. */
export const singleFleet: Fleet = {
  name: "fairlead",
  environment: undefined,
  clusters: [{ name: "fairlead", region: undefined, nodes: [{ name: "node-1" }], istio: undefined }],
};

export function isFleet(value: JsonValue): boolean {
  return get(value, "apiVersion") === apiVersion && get(value, "kind") === fleetKind;
}

/** Reads a Fleet document, or says what is wrong with it (FL780). */
export function readFleet(value: JsonValue, file: string, locate?: Locate): FleetReading {
  const spec = get(value, "spec");
  const wrong = ({ field, message, hint, at = "value" }: FleetMistake): Finding => {
    const path = ["spec", ...field];
    const place = { file, ...locate?.(path, at) };
    return upFinding("FL780", { message: `${formatPath(path)}: ${message}`, ...(hint && { hint }), ...place });
  };
  if (get(spec, "folder") !== undefined) {
    const folder = folderOf(spec!);
    if (typeof folder !== "string") return { kind: "wrong", finding: wrong(folder) };
    return { kind: "elsewhere", folder, wrong: (message) => wrong({ field: ["folder"], message }) };
  }
  const unknown = unknownField(spec, fleetFields, []);
  if (unknown !== undefined) return { kind: "wrong", finding: wrong(unknown) };
  const clusters = clustersOf(spec);
  if ("message" in clusters) return { kind: "wrong", finding: wrong(clusters) };
  const environment = textOf(get(spec, "environment"));
  const fleet = {
    name: textOf(get(get(value, "metadata"), "name")) || "fleet",
    environment: environment === "" ? undefined : environment,
    clusters,
  };
  return { kind: "fleet", fleet };
}

function folderOf(spec: JsonValue): string | FleetMistake {
  const other = Object.keys(isObject(spec) ? spec : {}).find((key) => key !== "folder");
  if (other !== undefined) {
    const message = "it cannot stand beside `folder`: the fleet is the one of that folder";
    return { field: [other], at: "key", message };
  }
  const folder = textOf(get(spec, "folder"));
  if (folder !== "") return folder;
  return { field: ["folder"], message: "the path of a folder is wanted", hint: "write it from here: `folder: shop`" };
}

function clustersOf(spec: JsonValue | undefined): readonly FleetCluster[] | FleetMistake {
  const listed = get(spec, "clusters");
  if (!Array.isArray(listed) || listed.length === 0) {
    const hint = "write `clusters: [{name: paris, region: eu-west}]`";
    return { field: ["clusters"], message: "a fleet has clusters, found none", hint };
  }
  if (listed.length > mostClusters)
    return { field: ["clusters"], message: `at most ${mostClusters}, found ${listed.length}` };
  const common = get(spec, "istio");
  const istio = common === undefined ? undefined : istioOf(common, ["istio"]);
  if (istio !== undefined && "message" in istio) return istio;
  const clusters: FleetCluster[] = [];
  for (const [index, one] of listed.entries()) {
    const cluster = clusterOf(one, ["clusters", index], istio);
    if ("message" in cluster) return cluster;
    if (clusters.some(({ name }) => name === cluster.name)) {
      const message = `${JSON.stringify(cluster.name)} is there twice`;
      return { field: ["clusters", index, "name"], message };
    }
    clusters.push(cluster);
  }
  return clusters;
}

function clusterOf(value: JsonValue, at: FieldPath, common: FleetIstio | undefined): FleetCluster | FleetMistake {
  const name = textOf(get(value, "name"));
  const problem = dns1123LabelProblem(name);
  if (problem !== undefined) {
    const message = `${JSON.stringify(name)} cannot be a cluster's name: ${problem}`;
    return { field: [...at, "name"], message };
  }
  const unknown = unknownField(value, [...clusterFields, ...meshFields], at);
  if (unknown !== undefined) return unknown;
  const nodes = nodesOf(value, name, at);
  if ("message" in nodes) return nodes;
  const own = get(value, "istio");
  const istio = own === undefined ? common : istioOf(own, [...at, "istio"]);
  if (istio !== undefined && "message" in istio) return istio;
  const region = textOf(get(value, "region"));
  return { name, region: region === "" ? undefined : region, nodes, istio };
}

/** One node in each zone, or as many as are asked for, zone by zone. */
function nodesOf(value: JsonValue, cluster: string, at: FieldPath): readonly NodeOptions[] | FleetMistake {
  const region = textOf(get(value, "region"));
  const zones = get(value, "zones");
  if (zones !== undefined && (!Array.isArray(zones) || zones.some((zone) => typeof zone !== "string"))) {
    return { field: [...at, "zones"], message: "a list of names is wanted" };
  }
  const names = Array.isArray(zones) ? zones.map(textOf) : [];
  const wanted = get(value, "nodes");
  if (
    wanted !== undefined &&
    (typeof wanted !== "number" || !Number.isInteger(wanted) || wanted < 1 || wanted > mostNodes)
  ) {
    return { field: [...at, "nodes"], message: `a number from 1 to ${mostNodes} is wanted` };
  }
  const count = typeof wanted === "number" ? wanted : Math.max(1, names.length);
  return Array.from({ length: count }, (_, index) => {
    const zone = names[index % Math.max(1, names.length)];
    return {
      name: `${cluster}-node-${index + 1}`,
      ...(region === "" ? {} : { region }),
      ...(zone === undefined ? {} : { zone }),
    };
  });
}
