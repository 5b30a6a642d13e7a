/** What happens to a mesh. */
import { compareText, type JsonObject } from "@fairlead/apimachinery";
import { idOfObject, isOurs, nameOf } from "./invariants.ts";
import { someObject, someServing, type Pick, type Placed } from "./objects.ts";
import type { PlannerWorld } from "./planner-world.ts";
import { someShift } from "./shift-event.ts";

const places = Array.from({ length: 60 }, (_, at) => at);

/** A list in an order that numbers say. */
export function mixOf(pick: Pick): <T>(list: readonly T[]) => T[] {
  return (list) => {
    const mixed: (typeof list)[number][] = [];
    for (const one of list) {
      mixed.splice(pick(places) % (mixed.length + 1), 0, one);
    }
    return mixed;
  };
}

type Step = (world: PlannerWorld, pick: Pick) => string;

export const members = (world: PlannerWorld): string[] => [...world.clusters.keys()].filter((name) => name !== "home");

export function put(world: PlannerWorld, placed: Placed): string {
  const cluster = world.clusters.get(placed.cluster)!;
  const known = cluster.objects.get(idOfObject(placed.object));
  // What a user writes over an object of ours is drift; there is an event for it.
  if (known !== undefined && isOurs(known)) return "nothing";
  world.put(placed);
  return `${nameOf(placed)} is ${JSON.stringify({ ...placed.object, apiVersion: undefined, kind: undefined })}`;
}

export function users(world: PlannerWorld): (readonly [string, string])[] {
  return [...world.clusters.values()].flatMap(({ name, objects }) =>
    [...objects].flatMap(([id, object]) => (isOurs(object) ? [] : [[name, id] as const])),
  );
}

function ours(world: PlannerWorld): (readonly [string, string])[] {
  return [...world.clusters.values()].flatMap(({ name, objects }) =>
    [...objects].flatMap(([id, object]) => (isOurs(object) ? [[name, id] as const] : [])),
  );
}

function remove(world: PlannerWorld, list: readonly (readonly [string, string])[], pick: Pick): string {
  if (list.length === 0) return "nothing";
  const [cluster, id] = pick(list);
  world.remove(cluster, id);
  return `${cluster}: ${id} is gone`;
}

/** Somebody writes into an object of ours. */
function drift(world: PlannerWorld, pick: Pick): string {
  const list = ours(world);
  if (list.length === 0) return "nothing";
  const [cluster, id] = pick(list);
  const object = world.clusters.get(cluster)!.objects.get(id)!;
  const spec = object["spec"] as JsonObject;
  const metadata = object["metadata"] as JsonObject;
  const edits: readonly (() => JsonObject)[] = [
    () => ({ ...object, spec: { ...spec, exportTo: ["nowhere"] } }),
    () => ({ ...object, spec: { ...spec, endpoints: [] } }),
    () => ({ ...object, metadata: { ...metadata, labels: { ...(metadata["labels"] as JsonObject), team: "x" } } }),
    () => ({
      ...object,
      metadata: { ...metadata, annotations: { ...(metadata["annotations"] as JsonObject), "dns-prefix": "x" } },
    }),
  ];
  const edited = pick(edits)();
  world.put({ cluster, object: edited });
  return `${cluster}: ${id} is edited`;
}

function shift(world: PlannerWorld, pick: Pick): string {
  const workloads = users(world).flatMap(([cluster, id]): Placed[] => {
    const { uid: _, creationTimestamp: __, ...object } = world.clusters.get(cluster)!.objects.get(id)!;
    return object["kind"] === "Deployment" && cluster !== "home" ? [{ cluster, object }] : [];
  });
  return someShift(pick, members(world), workloads)
    .map((some) => {
      world.settle();
      return some.map((placed) => put(world, placed)).join("; ");
    })
    .join("; it comes to rest; ");
}

/** Somebody has an object of the name that one of ours would have. */
function foreign(world: PlannerWorld, pick: Pick): string {
  const cluster = pick(members(world));
  const host = pick(["prd.orders.global", "stage.cart.global", "default.pay.global"]);
  const kind = pick(["ServiceEntry", "DestinationRule"]);
  const object: JsonObject = {
    apiVersion: "networking.istio.io/v1",
    kind,
    metadata: {
      name: `${host}-${kind === "ServiceEntry" ? "se" : "default-dr"}`,
      namespace: world.settings.scope.syncNamespace,
    },
    spec:
      kind === "ServiceEntry"
        ? { hosts: ["theirs.example"], endpoints: [{ address: "theirs.example" }] }
        : { host: "theirs.example" },
  };
  return put(world, { cluster, object });
}

const steps: readonly (readonly [number, Step])[] = [
  [30, (world, pick) => put(world, someObject(pick, members(world)))],
  [
    8,
    (world, pick) =>
      someServing(pick, members(world))
        .map((placed) => put(world, placed))
        .join("; "),
  ],
  [8, shift],
  [14, (world, pick) => remove(world, users(world), pick)],
  [
    6,
    (world, pick) => {
      const name = pick(members(world));
      world.lose(name);
      return `${name} does not answer`;
    },
  ],
  [
    6,
    (world, pick) => {
      const name = pick(members(world));
      world.find(name);
      return `${name} answers`;
    },
  ],
  [
    3,
    (world, pick) => {
      const [name, paused] = [pick(members(world)), pick([true, false])];
      world.pause(name, paused);
      return `${name} is ${paused ? "paused" : "going on"}`;
    },
  ],
  [
    2,
    (world, pick) => {
      const name = pick(members(world));
      world.forget(name);
      return `${name} is registered no longer`;
    },
  ],
  [
    3,
    (world, pick) => {
      const name = pick(members(world));
      world.register(name);
      return `${name} is registered`;
    },
  ],
  [
    5,
    (world, pick) => {
      world.restart(mixOf(pick));
      return "the controller starts anew";
    },
  ],
  [3, drift],
  [2, (world, pick) => remove(world, ours(world), pick)],
  [2, foreign],
  [
    10,
    (world, pick) => {
      world.deliver(pick([undefined, pick(members(world))]));
      return "changes are told";
    },
  ],
  [
    12,
    (world, pick) => {
      const keys = mixOf(pick)([...world.dirty].sort(compareText));
      world.plan(pick([true, false]) ? keys : keys.slice(0, 2));
      return "plans are made";
    },
  ],
  [
    14,
    (world, pick) => {
      const some = mixOf(pick)([...world.waiting].sort(compareText)).slice(0, pick([1, 2, 4, 99]));
      for (const asked of some) world.write(asked, pick([false, false, false, true]));
      return `writes: ${some.join(", ")}`;
    },
  ],
  [
    8,
    (world) => {
      world.settle();
      return "it comes to rest";
    },
  ],
  [
    3,
    (world, pick) => {
      world.now += pick([60_000, 3_600_000, 100_000_000]);
      world.take([]);
      if (world.dirty.size === 0 && world.waiting.size === 0) world.release();
      return "time passes, and addresses are given back";
    },
  ],
  [
    1,
    (world) => {
      if (!members(world).every((name) => world.viewOf(name) === "current")) return "nothing";
      world.settle();
      world.loseStore();
      world.settle();
      return "the addresses are lost";
    },
  ],
];
const total = steps.reduce((sum, [weight]) => sum + weight, 0);

export function stepOf(what: number): Step {
  let rest = what % total;
  for (const [weight, step] of steps) {
    if (rest < weight) return step;
    rest -= weight;
  }
  throw new RangeError("no such event");
}

/** After it everything is at rest. */
export const lastStep = steps[16]![1];
