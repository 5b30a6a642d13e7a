import type { FleetPlan } from "../../plan/mesh/plan-fleet.ts";
import { intentOf } from "../../plan/mesh/identity/intent.ts";
import type { Place } from "../../plan/mesh/model/facts.ts";
import type { ClusterView } from "../../plan/mesh/model/fleet.ts";
import type { ClusterChanges } from "./changes.ts";

/** How the mesh stands. */
export interface MeshStatus {
  readonly clusters: readonly {
    readonly name: string;
    readonly region: string;
    readonly view: ClusterView;
    readonly gateway: string;
    /** Objects of the plan. */
    readonly objects: number;
    /** What is not as planned. */
    readonly changes: number;
  }[];
  readonly names: readonly {
    readonly host: string;
    readonly identity: string;
    readonly env: string;
    readonly addresses: readonly string[];
    readonly servedBy: readonly {
      readonly cluster: string;
      readonly region: string;
      readonly namespace: string;
      readonly service: string;
    }[];
    readonly seenBy: readonly string[];
    readonly policy: string | undefined;
  }[];
  readonly policies: readonly {
    readonly policy: string;
    readonly cluster: string;
    readonly accepted: boolean;
    readonly reason: string;
    readonly message: string;
    readonly hosts: readonly string[];
    readonly clusters: readonly string[];
  }[];
}

export function statusOf({ fleet, plans }: FleetPlan, changes: readonly ClusterChanges[]): MeshStatus {
  const objects = (name: string): number =>
    plans.reduce((sum, one) => sum + (one.clusters.find(({ cluster }) => cluster === name)?.desired.length ?? 0), 0);
  const toWrite = (name: string): number => changes.find(({ cluster }) => cluster === name)?.diffs.length ?? 0;
  const identities = plans.flatMap(({ key }) => (key.startsWith("identity:") ? [key.slice("identity:".length)] : []));
  return {
    clusters: fleet.clusters.map(({ name, region, view, gateway }) => ({
      name,
      region,
      view,
      gateway: gateway === undefined ? "" : `${gateway.address}:${gateway.port}`,
      objects: objects(name),
      changes: toWrite(name),
    })),
    names: identities.flatMap((identity) =>
      (intentOf(fleet, identity).intent?.hosts ?? []).map((one) => ({
        host: one.host,
        identity,
        env: one.env,
        addresses: one.addresses,
        servedBy: one.backends.map(({ cluster, region, namespace, service }) => ({
          cluster,
          region,
          namespace,
          service,
        })),
        seenBy: one.audience.map(({ cluster }) => cluster),
        policy: one.policy === undefined ? undefined : placeText(one.policy),
      })),
    ),
    policies: plans.flatMap(({ reports }) =>
      reports.map(({ object, accepted, reason, message, hosts, clusters }) => ({
        policy: `${object.kind} ${object.namespace}/${object.name}`,
        cluster: object.cluster,
        accepted,
        reason,
        message,
        hosts,
        clusters,
      })),
    ),
  };
}

function placeText({ cluster, namespace, name }: Place): string {
  return `${cluster}:${namespace}/${name}`;
}
