/** What somebody changes of ours, and how a controller gets to rest. */
import { isDeepStrictEqual } from "node:util";
import { clone, get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { isWritten } from "../../../src/run/mesh/write/compare.ts";
import { identitiesIn, type ControllerWorld } from "./controller-world.ts";
import type { Found } from "./invariants.ts";
import type { Pick } from "./objects.ts";
import { fail } from "./model-error.ts";

export interface ControllerCounts {
  schedules: number;
  events: number;
  writes: number;
  restarts: number;
  repairs: number;
  /** Schedules at whose end shares have moved by steps. */
  shifts: number;
  virtualSeconds: number;
}

export const both = (a: Set<string> | undefined, b: Set<string>): Set<string> =>
  (a ?? new Set<string>()).intersection(b);

export async function mend(world: ControllerWorld, name: string): Promise<void> {
  world.cluster(name).mend();
  world.cut.delete(name);
  world.known.set(name, both(world.known.get(name), identitiesIn(world.cluster(name))));
}

/** Somebody changes, or deletes, an object of ours: it is back within a second if its cluster answers. */
export async function drift(world: ControllerWorld, pick: Pick, counts: ControllerCounts): Promise<string> {
  world.failing = undefined;
  world.losing = false;
  await stopShifts(world);
  await world.rest();
  // What a cluster that does not answer asks for goes on.
  if (world.objects().some((found) => noted(found, "shares-to") !== undefined)) return "nothing";
  const list = world.objects().filter(({ cluster }) => world.registered.has(cluster));
  const { clock } = world.mesh;
  if (list.length === 0) return "nothing";
  const { cluster: name, object } = pick(list);
  const cluster = world.cluster(name);
  const { kind } = object as { kind: string };
  const { name: called, namespace } = object["metadata"] as { name: string; namespace: string };
  const before = clone(cluster.find(kind, called, namespace)!);
  const how = pick(["delete", "edit", "unmark"]);
  const isWatched = !world.cut.has(name) && !world.paused.has(name) && isPlanned(world, name, before);
  if (how === "delete") await cluster.remove(kind, called, namespace);
  else {
    await cluster.edit(
      kind,
      called,
      (found) => {
        if (how === "edit") return { ...found, spec: { ...(found["spec"] as JsonObject), exportTo: nowhere } };
        return {
          ...found,
          metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, "dns-prefix": "x" } },
        };
      },
      namespace,
    );
  }
  const title = `${name}: ${called} meets ${how}`;
  if (!isWatched) return `${title}, and is not looked at`;
  const start = clock.monotonic();
  const isBack = (): boolean => {
    const now = cluster.find(kind, called, namespace);
    const isNoted =
      now !== undefined &&
      get(now.metadata.annotations, "dns-prefix") === get(before.metadata.annotations, "dns-prefix");
    // One of several identities shapes the predecessor's rule of a namespace; which it is does not matter.
    const isOneOfSeveral = /-(incluster|routing)-dr$/.test(called) && isPredecessors(before);
    if (isOneOfSeveral) return isNoted && isPredecessors(now) && !isDeepStrictEqual(exportOf(now), nowhere);
    return isNoted && isWritten(before, now);
  };
  await world.mesh.until(`${title}, and is put right`, isBack);
  const tookMs = clock.monotonic() - start;
  if (tookMs >= 1_000 && world.failing === undefined) fail([`${title}, and is put right after ${tookMs} ms`]);
  counts.repairs++;
  return `${title}, and is put right after ${tookMs} ms`;
}

const nowhere = ["nowhere"];
const exportOf = (object: KrmObject): JsonValue | undefined => get(object["spec"], "exportTo");

/** Whether it is marked as the predecessor marks what it writes. */
function isPredecessors({ metadata }: KrmObject): boolean {
  return get(metadata.annotations, "app.kubernetes.io/created-by") === "admiral";
}

/** Whether the controller wants an object as it is, and is not held back from writing it. */
function isPlanned(world: ControllerWorld, name: string, object: KrmObject): boolean {
  const mesh = world.running();
  const views = mesh.clusters();
  if (views.find((one) => one.name === name)?.view !== "current") return false;
  // What follows from a cluster that nobody can read is known from the objects alone.
  if (views.some(({ view }) => view === "unread")) return false;
  const held = mesh.findings().some((finding) => finding.object?.name === object.metadata.name);
  if (held) return false;
  const fleet = mesh.fleet();
  return [...fleet.keys()].some((key) =>
    planKey(fleet, key).clusters.some(
      ({ cluster, desired }) =>
        cluster === name &&
        desired.some((one) => one.kind === object.kind && one.metadata.name === object.metadata.name),
    ),
  );
}

export function noted({ object }: Found, what: "shares-since" | "shares-to"): JsonValue | undefined {
  return get(get(get(object, "metadata"), "annotations"), `fairlead.dev/${what}`);
}

/** Shares that are on their way are where they are wanted at once. */
export async function stopShifts(world: ControllerWorld): Promise<void> {
  for (const name of world.names) {
    const cluster = world.cluster(name);
    const policies = cluster.client.store.list(cluster.client.resource("GlobalTrafficPolicy"));
    for (const { metadata } of policies) {
      const change = (object: KrmObject): KrmObject => ({
        ...object,
        metadata: { ...object.metadata, annotations: {} },
      });
      await cluster.edit("GlobalTrafficPolicy", metadata.name!, change, metadata.namespace);
    }
  }
}
