import { dns1123LabelProblem, get, isObject, textOf, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { NodeOptions } from "@fairlead/sim";
import { apiVersion, fleetKind } from "../../kinds/group.ts";
import { upFinding } from "./findings.ts";

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
}

const mostClusters = 20;
const mostNodes = 1000;

/** One cluster with one node, for folders that declare no fleet. */
export const singleFleet: Fleet = {
  name: "fairlead",
  environment: undefined,
  clusters: [{ name: "fairlead", region: undefined, nodes: [{ name: "node-1" }] }],
};

export function isFleet(value: JsonValue): boolean {
  return get(value, "apiVersion") === apiVersion && get(value, "kind") === fleetKind;
}

/** Reads a Fleet document, or says what is wrong with it. */
export function readFleet(value: JsonValue, file: string): Fleet | Finding {
  const wrong = (message: string, hint?: string): Finding =>
    upFinding("FL780", { message, file, ...(hint === undefined ? {} : { hint }) });
  const spec = get(value, "spec");
  const listed = get(spec, "clusters");
  if (!Array.isArray(listed) || listed.length === 0) {
    return wrong(
      "spec.clusters: a fleet has clusters, found none",
      "write `clusters: [{name: paris, region: eu-west}]`",
    );
  }
  if (listed.length > mostClusters) return wrong(`spec.clusters: at most ${mostClusters}, found ${listed.length}`);
  const clusters: FleetCluster[] = [];
  const names = new Set<string>();
  for (const [index, one] of listed.entries()) {
    const at = `spec.clusters[${index}]`;
    const name = textOf(get(one, "name"));
    const problem = dns1123LabelProblem(name);
    if (problem !== undefined)
      return wrong(`${at}.name: ${JSON.stringify(name)} cannot be a cluster's name: ${problem}`);
    if (names.has(name)) return wrong(`${at}.name: ${JSON.stringify(name)} is there twice`);
    names.add(name);
    const unknown = Object.keys(isObject(one) ? one : {}).find(
      (key) => !["name", "region", "zones", "nodes"].includes(key),
    );
    if (unknown !== undefined)
      return wrong(`${at}: unknown field ${JSON.stringify(unknown)}`, "name, region, zones and nodes are known");
    const nodes = nodesOf(one, name);
    if (typeof nodes === "string") return wrong(`${at}.${nodes}`);
    const region = textOf(get(one, "region"));
    clusters.push({ name, region: region === "" ? undefined : region, nodes });
  }
  const environment = textOf(get(spec, "environment"));
  return {
    name: textOf(get(get(value, "metadata"), "name")) || "fleet",
    environment: environment === "" ? undefined : environment,
    clusters,
  };
}

/** One node in each zone, or as many as are asked for, zone by zone. */
function nodesOf(value: JsonValue, cluster: string): readonly NodeOptions[] | string {
  const region = textOf(get(value, "region"));
  const zones = get(value, "zones");
  if (zones !== undefined && (!Array.isArray(zones) || zones.some((zone) => typeof zone !== "string"))) {
    return "zones: a list of names is wanted";
  }
  const names = Array.isArray(zones) ? zones.map(textOf) : [];
  const wanted = get(value, "nodes");
  if (
    wanted !== undefined &&
    (typeof wanted !== "number" || !Number.isInteger(wanted) || wanted < 1 || wanted > mostNodes)
  ) {
    return `nodes: a number from 1 to ${mostNodes} is wanted`;
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
