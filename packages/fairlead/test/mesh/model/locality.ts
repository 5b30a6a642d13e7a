/** A change of one identity never changes another's objects, unless a policy or a Dependency names both. */
import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { FleetChange } from "../../../src/plan/mesh/fleet/change.ts";
import type { FleetSnapshot } from "../../../src/plan/mesh/fleet/create-fleet.ts";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { fail } from "./model-error.ts";
import { idOfObject } from "./invariants.ts";
import { textOf, type PlannerWorld } from "./planner-world.ts";

/** What is one identity's: everything else is about a whole cluster, or about names of several. */
const own = new Set(["Deployment", "Rollout", "StatefulSet", "DaemonSet", "Job", "Service", "WorkloadEntry"]);
const policies = new Set(["GlobalTrafficPolicy", "OutlierDetection", "ClientConnectionConfig"]);

/**
 * Tells what is told by now, and looks whose objects are planned otherwise; false if that says nothing. Everything must
 * have been planned before.
 */
export function checkLocality(world: PlannerWorld): boolean {
  const changes = [...world.untold.values()].flat();
  const before = world.fleet;
  const involved = new Set<string>();
  for (const change of changes) {
    const names = "object" in change ? whose(change, before) : undefined;
    if (names === undefined) return false;
    for (const name of [...names, ...whoseBefore(world, change)]) involved.add(name);
  }
  if (changes.length === 0) return false;
  const keys = world.deliver();
  for (const change of changes) {
    for (const name of ("object" in change ? whose(change, world.fleet) : undefined) ?? []) involved.add(name);
  }
  const related = relatedTo(involved, dependencies(world));
  if (related === undefined) return false;
  for (const key of keys) {
    const name = key.slice("identity:".length);
    if (!key.startsWith("identity:") || related.has(name)) continue;
    // An exported Service has a name of its own, and follows from whoever runs behind it and calls that.
    if ([before, world.fleet].some((fleet) => (fleet.identity(name)?.exports.length ?? 0) > 0)) continue;
    const [old, now] = [world.plans.get(key)?.clusters ?? [], planKey(world.fleet, key).clusters].map((clusters) =>
      textOf(clusters.flatMap(({ cluster, desired }) => desired.map((object) => [cluster, object]))),
    );
    if (old !== now) fail([`${key} has nothing to do with ${[...involved].join(", ")}, and was\n${old}\nis\n${now}`]);
  }
  return true;
}

/** Identities that a change is about; undefined if it is about more than can be told. */
function whose(change: FleetChange, fleet: FleetSnapshot): readonly string[] | undefined {
  if (change.kind !== "put" && change.kind !== "delete") return undefined;
  const { object, cluster } = change;
  const kind = object["kind"] as string;
  const { namespace = "", labels } = object["metadata"] as { namespace?: string; labels?: JsonObject };
  if (namespace === fleet.settings.gateways.namespace) return undefined;
  if (own.has(kind)) return fleet.identitiesIn(cluster, namespace);
  if (policies.has(kind)) return [String((labels?.["identity"] as string | undefined) ?? "default").toLowerCase()];
  return undefined;
}

/** A policy that gets another label leaves the identity that it was about. */
function whoseBefore({ clusters, fleet }: PlannerWorld, change: FleetChange): readonly string[] {
  if (change.kind !== "put") return [];
  const object = clusters.get(change.cluster)!.seen.get(idOfObject(change.object));
  return (object === undefined ? undefined : whose({ ...change, object }, fleet)) ?? [];
}

type Pair = readonly [source: string, destination: string];

function dependencies(world: PlannerWorld): Pair[] {
  const pairs: Pair[] = [];
  for (const { seen } of world.clusters.values()) {
    for (const object of seen.values()) {
      const spec = object["spec"];
      if (object["kind"] === "Dependency" && isObject(spec)) pairs.push(...pairsOf(spec));
    }
  }
  return pairs;
}

function pairsOf(spec: JsonObject): Pair[] {
  const lower = (value: JsonValue | undefined): string => (typeof value === "string" ? value.toLowerCase() : "");
  const destinations = get(spec, "destinations");
  return (Array.isArray(destinations) ? destinations : []).map((one): Pair => [lower(spec["source"]), lower(one)]);
}

/** With those that a Dependency names together with them; undefined: everybody, by a wildcard. */
function relatedTo(involved: ReadonlySet<string>, pairs: readonly Pair[]): ReadonlySet<string> | undefined {
  const related = new Set(involved);
  for (const pair of pairs) {
    if (pair.includes("*")) return undefined;
    if (pair.some((one) => involved.has(one))) for (const one of pair) related.add(one);
  }
  return related;
}
