/** Clusters that hold objects, and a planner that may be behind, restarted, or cut short: shares on their way. */
import { canonicalJson, get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import type { FleetChange } from "../../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../../src/plan/mesh/fleet/create-fleet.ts";
import type { MeshPlan } from "../../../src/plan/mesh/model/plan.ts";
import { defaultSettings } from "../../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { stepsOf } from "../../../src/run/mesh/write/steps.ts";
import { app } from "../scenarios.ts";
import { manifest, registered } from "../world.ts";

export const host = "prd.orders.global";
export const regions: { readonly [cluster: string]: string } = {
  ap: "ap-south-1",
  eu: "eu-west-1",
  us: "us-east-1",
};
export const names = Object.keys(regions);
const prd = { template: { annotations: { "admiral.io/env": "prd" } } };
const startedAt = Date.parse("2026-01-01T00:00:00Z");

/** Without addresses, which other tests are about. */
export const settings: MeshSettings = { ...defaultSettings, addresses: { ...defaultSettings.addresses, kind: "none" } };

export type Weights = { readonly [region: string]: number };

export interface ShiftWorld {
  /** Milliseconds since the start. */
  readonly at: () => number;
  fleet(): FleetSnapshot;
  plan(): MeshPlan;
  /** The policy from now on; `annotation` of undefined: at once. */
  policy(weights: Weights, annotation: string | undefined): void;
  pass(ms: number): void;
  /** Writes what is needed in a cluster, at most so many objects; true if all was done. */
  write(cluster: string, most?: number): boolean;
  lose(cluster: string): void;
  find(cluster: string): void;
  /** Whether the service runs in a cluster. */
  serve(cluster: string, runs: boolean): void;
  /** All is forgotten, and read again where clusters answer. */
  restart(): void;
  isSeen(cluster: string): boolean;
  objects(cluster: string): readonly KrmObject[];
}

export function shiftWorld(mesh: MeshSettings = settings, serving: readonly string[] = names): ShiftWorld {
  const held = new Map(names.map((name) => [name, new Map<string, KrmObject>()]));
  const own = new Map<string, FleetChange[]>(
    names.map((name) => [
      name,
      [
        ...registered(name, regions[name]!).slice(1),
        ...app(`${name}/carts/cart`, "cart", ["http:8080"], prd),
        ...(serving.includes(name) ? app(`${name}/shop/orders`, "orders", ["http:8080"], prd) : []),
      ],
    ]),
  );
  const lost = new Set<string>();
  let policy: FleetChange | undefined;
  let at = startedAt;
  let fleet = createFleet(mesh);

  const take = (...changes: readonly FleetChange[]): void => {
    fleet = fleet.with([{ kind: "time", at }, ...changes]).fleet;
  };
  const read = (cluster: string): readonly FleetChange[] => [
    ...own.get(cluster)!,
    ...(cluster === "eu" && policy !== undefined ? [policy] : []),
    ...[...held.get(cluster)!.values()].map((object): FleetChange => ({ kind: "put", cluster, object })),
    { kind: "cluster", cluster, view: "current" },
  ];
  const start = (): void => {
    fleet = createFleet(mesh);
    take(...names.map((cluster): FleetChange => ({ kind: "cluster", cluster, view: "unread" })));
    for (const cluster of names) if (!lost.has(cluster)) take(...read(cluster));
  };
  start();

  return {
    at: () => at - startedAt,
    fleet: () => fleet,
    plan: () => planKey(fleet, "identity:orders"),
    policy(weights, annotation) {
      const target = Object.entries(weights).map(([region, weight]) => ({ region, weight }));
      policy = manifest(
        "eu/shop/orders",
        "GlobalTrafficPolicy",
        { policy: [{ dnsPrefix: "default", lbType: "FAILOVER", target }] },
        {
          labels: { identity: "orders" },
          ...(annotation === undefined ? {} : { annotations: { "fairlead.dev/shift": annotation } }),
        },
      );
      if (!lost.has("eu")) take(policy);
    },
    pass(ms) {
      at += ms;
      take();
    },
    write(cluster, most = Infinity) {
      const planned = planKey(fleet, "identity:orders").clusters.find((one) => one.cluster === cluster);
      if (lost.has(cluster) || planned === undefined) return false;
      const steps = stepsOf(planned, {
        written: fleet.written("identity:orders").filter((fact) => fact.cluster === cluster),
        sidecars: () => [],
        isAsAnswered: () => false,
      });
      for (const step of steps.slice(0, most)) {
        const id = refKey(step.object);
        if (step.kind === "delete") {
          const object = held.get(cluster)!.get(id)!;
          held.get(cluster)!.delete(id);
          take({ kind: "delete", cluster, object });
        } else if (step.kind !== "edit") {
          held.get(cluster)!.set(refKey(refOf(step.desired)), step.desired);
          take({ kind: "put", cluster, object: step.desired });
        }
      }
      return steps.length <= most;
    },
    lose(cluster) {
      if (lost.has(cluster)) return;
      lost.add(cluster);
      if (fleet.cluster(cluster)?.view === "current") take({ kind: "cluster", cluster, view: "stale" });
    },
    find(cluster) {
      if (lost.delete(cluster)) take(...read(cluster));
    },
    serve(cluster, runs) {
      const changes = app(`${cluster}/shop/orders`, "orders", ["http:8080"], prd);
      const rest = own
        .get(cluster)!
        .filter((one) => !changes.some((other) => canonicalJson(one as never) === canonicalJson(other as never)));
      own.set(cluster, runs ? [...rest, ...changes] : rest);
      if (lost.has(cluster)) return;
      take(...changes.map((one): FleetChange => (one.kind === "put" && !runs ? { ...one, kind: "delete" } : one)));
    },
    restart: start,
    isSeen: (cluster) => !lost.has(cluster),
    objects: (cluster) => [...held.get(cluster)!.values()],
  };
}

/** What share each region has of the requests of a cluster's callers, by its objects; undefined: nothing is written. */
export function sharesOf(objects: readonly KrmObject[]): Weights | undefined {
  const find = (kind: string, name: string): KrmObject | undefined =>
    objects.find((one) => one.kind === kind && one.metadata.name === name);
  const entry = find("ServiceEntry", `${host}-se`);
  if (entry === undefined) return undefined;
  const rule = find("VirtualService", `${host}-vs`);
  if (rule === undefined) {
    const noted = textOf(get(entry.metadata.annotations as JsonObject, "fairlead.dev/shares"));
    // Who has no VirtualService sends all to the first tier, or, between two writes, to the nearest.
    const [region] = noted.split(",").length === 1 ? noted.split("=") : [];
    return region === undefined || region === "" ? undefined : { [region]: 100 };
  }
  const http = get(rule["spec"], "http") as JsonObject[];
  const routes = http.at(-1)!["route"] as JsonObject[];
  return Object.fromEntries(
    routes.map((route) => {
      const to = textOf(get(get(route, "destination"), "host"));
      return [to.replace(`.region.${host}`, ""), Number(get(route, "weight") ?? 100)];
    }),
  );
}

/** How many points lie between two. */
export function distance(a: Weights, b: Weights): number {
  const all = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...all].reduce((sum, region) => sum + Math.max(0, (b[region] ?? 0) - (a[region] ?? 0)), 0);
}

export function annotationIn(objects: readonly KrmObject[], annotation: string): string | undefined {
  const entry = objects.find((one) => one.kind === "ServiceEntry" && one.metadata.name === `${host}-se`);
  return entry?.metadata.annotations?.[annotation];
}
