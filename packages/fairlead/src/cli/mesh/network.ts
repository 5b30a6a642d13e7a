import { get, textOf, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { readMeshTable, type IsDown, type MeshNetwork } from "@fairlead/sim";
import type { ClusterFacts } from "../../plan/mesh/model/fleet.ts";
import type { FleetPlan } from "../../plan/mesh/plan-fleet.ts";
import type { OpenedFleet } from "./open-folder.ts";
import { plannedOf } from "./planned.ts";

/** The proxies of all clusters as they would be once the plan is written, users' own objects of Istio among the rest. */
export function networkOf(opened: OpenedFleet, plan: FleetPlan): MeshNetwork {
  const planned = plannedOf(opened, plan).objects;
  const gateways = new Map(
    plan.fleet.clusters.flatMap(({ name, gateway }) =>
      gateway === undefined ? [] : [[gateway.address, name] as const],
    ),
  );
  const tables = plan.fleet.clusters.map((cluster) => {
    const own = planned.get(cluster.name) ?? [];
    const replaced = new Set(own.map(keyOf));
    const others = (opened.clusters.find(({ name }) => name === cluster.name)?.objects ?? []).filter(
      (object) => object.apiVersion.startsWith("networking.istio.io/") && !replaced.has(keyOf(object)),
    );
    const objects = [...others, ...own] as unknown as JsonValue[];
    return [cluster.name, readMeshTable(objects, { cluster: cluster.name, locality: localityOf(cluster) })] as const;
  });
  return { tables: new Map(tables), gatewayOf: (address) => gateways.get(address) };
}

export function localityOf({ region, zones }: ClusterFacts): string {
  return zones.length === 1 ? `${region}/${zones[0]!}` : region;
}

function keyOf({ kind, metadata }: KrmObject): string {
  return `${kind}/${textOf(get(metadata, "namespace"))}/${textOf(get(metadata, "name"))}`;
}

/** What is taken away. */
export interface Loss {
  readonly regions: readonly string[];
  readonly clusters: readonly string[];
}

/** Whether an endpoint is out when regions and clusters are lost. */
export function isLost(network: MeshNetwork, { regions, clusters }: Loss): IsDown {
  return ({ cluster, address, locality }) => {
    const runsIn = network.gatewayOf(address) ?? cluster;
    return regions.includes(locality.split("/")[0]!) || clusters.includes(runsIn);
  };
}
