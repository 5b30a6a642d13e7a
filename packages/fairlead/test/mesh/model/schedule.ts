/** What happens to a mesh, one event after the other, and what must hold after each. */
import { compareText, type JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import type { FleetSnapshot } from "../../../src/plan/mesh/fleet/create-fleet.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { addressProblems, entryProblems, hostProblems, isOurs, nameOf, type Found } from "./invariants.ts";
import { clusterBase, pickOf, someObject, someServing, type Pick, type Placed } from "./objects.ts";
import { checkLocality } from "./locality.ts";
import { fail, idOfObject, ModelError, PlannerWorld, textOf } from "./planner-world.ts";

export interface Event {
  readonly what: number;
  readonly numbers: readonly number[];
}

export interface Schedule {
  readonly clusters: number;
  readonly start: readonly (readonly number[])[];
  readonly events: readonly Event[];
}

const numbers = fc.array(fc.nat(59), { minLength: 12, maxLength: 12 });

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  clusters: fc.integer({ min: 1, max: 6 }),
  start: fc.array(numbers, { maxLength: 6, size: "max" }),
  events: fc.array(fc.record({ what: fc.nat(9_999), numbers }), { minLength: 1, maxLength: 30, size: "max" }),
});

const places = Array.from({ length: 60 }, (_, at) => at);

/** A list in an order that numbers say. */
function mixOf(pick: Pick): <T>(list: readonly T[]) => T[] {
  return (list) => {
    const mixed: (typeof list)[number][] = [];
    for (const one of list) {
      mixed.splice(pick(places) % (mixed.length + 1), 0, one);
    }
    return mixed;
  };
}

type Step = (world: PlannerWorld, pick: Pick) => string;

const members = (world: PlannerWorld): string[] => [...world.clusters.keys()].filter((name) => name !== "home");

function put(world: PlannerWorld, placed: Placed): string {
  const cluster = world.clusters.get(placed.cluster)!;
  const known = cluster.objects.get(idOfObject(placed.object));
  // What a user writes over an object of ours is drift; there is an event for it.
  if (known !== undefined && isOurs(known)) return "nothing";
  world.put(placed);
  return `${nameOf(placed)} is ${JSON.stringify({ ...placed.object, apiVersion: undefined, kind: undefined })}`;
}

function users(world: PlannerWorld): (readonly [string, string])[] {
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

function stepOf(what: number): Step {
  let rest = what % total;
  for (const [weight, step] of steps) {
    if (rest < weight) return step;
    rest -= weight;
  }
  throw new RangeError("no such event");
}

export interface Counts {
  schedules: number;
  events: number;
  writes: number;
  plans: number;
  localChecks: number;
}

/** Runs a schedule; throws what does not hold, with all that happened. */
export function runSchedule(settings: MeshSettings, { clusters, start, events }: Schedule, counts: Counts): void {
  const names = Array.from({ length: clusters }, (_, at) => `c${at + 1}`);
  const told: string[] = [];
  try {
    const world = new PlannerWorld(settings, ["home", ...names]);
    for (const [at, name] of names.entries()) for (const placed of clusterBase(name, at)) put(world, placed);
    for (const one of start) for (const placed of someServing(pickOf(one), names)) told.push(put(world, placed));
    world.settle();
    for (const { what, numbers: given } of events) {
      const pick = pickOf(given);
      const isQuiet = world.dirty.size === 0 && world.untold.size === 0;
      const step = stepOf(what);
      told.push(step(world, pick));
      if (isQuiet && world.dirty.size === 0 && checkLocality(world)) counts.localChecks++;
      if (step === lastStep) checkRest(world, pick);
      counts.events++;
    }
    finish(world, pickOf(start[0] ?? [0]));
    counts.schedules++;
    counts.writes += world.writes;
    counts.plans += world.plans.size;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const title = error instanceof ModelError ? error.message : (error.stack ?? error.message);
    throw new Error(`${title}\n\n${told.map((text, at) => `${at + 1}. ${text}`).join("\n")}`, { cause: error });
  }
}

const lastStep = steps[15]![1];

/** What follows step by step is what follows at once, whatever the order. */
export function checkAnew(world: PlannerWorld, pick: Pick): void {
  const fleet = world.anew(mixOf(pick));
  const keys = [...fleet.keys()].sort(compareText);
  const known = [...world.fleet.keys()].sort(compareText);
  if (keys.join() !== known.join()) fail([`keys are ${known.join()}; of a new fleet ${keys.join()}`]);
  for (const key of new Set([...keys, ...world.plans.keys()])) {
    if (world.dirty.has(key)) continue;
    const plan = planKey(fleet, key);
    const own = world.plans.get(key) ?? { key, clusters: [], needsAddresses: [], findings: [], reports: [] };
    if (textOf(plan) !== textOf(own)) fail([`${key} was planned as\n${textOf(own)}\nand is\n${textOf(plan)}`]);
  }
}

/** Of clusters that can be written: they have what is planned, all of it, and a second pass changes nothing. */
function checkRest(world: PlannerWorld, pick: Pick): void {
  checkAnew(world, pick);
  for (const [key, plan] of world.plans) {
    for (const own of plan.clusters) {
      const { isReachable } = world.clusters.get(own.cluster)!;
      const left = isReachable ? world.steps(own, key) : [];
      if (left.length > 0)
        fail([`${key}: ${left.map(({ kind, object }) => `${kind} ${object.name}`).join()} is left in ${own.cluster}`]);
    }
  }
  const there = world.ours();
  fail(addressProblems(there));
  const written = there.filter(({ cluster }) => world.viewOf(cluster) === "current");
  fail(written.flatMap(entryProblems));
  if (world.isComplete()) fail(hostProblems(written, (found) => isCopy(found) || isBlocked(world, found)));
}

/** Of an object of a user, who may write what they want. */
function isCopy({ object }: Found): boolean {
  return /(^|-)(own2?|own-shop|own-store|routes)$/.test(String((object["metadata"] as JsonObject)["name"] as string));
}

/** The name of its host's entry is somebody else's. */
function isBlocked(world: PlannerWorld, { cluster, object }: Found): boolean {
  const name = String((object["metadata"] as JsonObject)["name"] as string).replace(/-(default-)?(dr|vs)$/, "-se");
  const { syncNamespace: namespace } = world.settings.scope;
  return world.isForeign(cluster, { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", namespace, name });
}

/** In the end everything answers: what is there is what is planned for what is there, and nothing else. */
function finish(world: PlannerWorld, pick: Pick): void {
  for (const name of members(world)) {
    world.pause(name, false);
    world.find(name);
    world.register(name);
  }
  for (const [cluster, id] of users(world)) {
    if (id.includes("-se") || id.includes("-default-dr")) world.remove(cluster, id);
  }
  world.settle();
  checkRest(world, pick);
  // The predecessor's copies do not say what they are copied from: one that two could claim stays.
  const isClear = (found: Found): boolean => world.settings.writing.marks === "fairlead" || !isCopy(found);
  const foundIn = contentOf(world.ours().filter(isClear));
  const fleet = world.anew(mixOf(pick));
  const planned = contentOf(desiredOf(fleet).filter(isClear));
  if (foundIn.join("\n") !== planned.join("\n")) {
    const [missing, more] = [
      planned.filter((one) => !foundIn.includes(one)),
      foundIn.filter((one) => !planned.includes(one)),
    ];
    fail([`what is there is not what is planned.\nmissing: ${missing.join("\n")}\nmore: ${more.join("\n")}`]);
  }
  if (world.settings.writing.marks === "fairlead") {
    // What is written now says nothing of what was before.
    const afresh = contentOf(desiredOf(world.anew(mixOf(pick), false)));
    const other = planned.filter((one) => !afresh.includes(one));
    if (other.length > 0 || afresh.length !== planned.length)
      fail([`a plan depends on what is written: ${other.join("\n")}`]);
  }
  const before = world.writes;
  world.restart(mixOf(pick));
  world.settle();
  if (world.writes > before) fail([`${world.writes - before} writes after a restart with nothing changed`]);
}

function desiredOf(fleet: FleetSnapshot): Found[] {
  return [...fleet.keys()].flatMap((key) =>
    planKey(fleet, key).clusters.flatMap(({ cluster, desired }) => desired.map((object) => ({ cluster, object }))),
  );
}

function contentOf(objects: readonly Found[]): string[] {
  return objects
    .map(({ cluster, object }) => {
      const { uid: _, creationTimestamp: __, generation: ___, ...metadata } = object["metadata"] as JsonObject;
      const { team: ____, ...labels } = (metadata["labels"] ?? {}) as JsonObject;
      return `${nameOf({ cluster, object })} ${textOf({ ...object, metadata: { ...metadata, labels } })}`;
    })
    .sort(compareText);
}
