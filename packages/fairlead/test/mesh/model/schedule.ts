/** A mesh through what happens, one event after the other, and what must hold after each. */
import { compareText, type JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import type { FleetSnapshot } from "../../../src/plan/mesh/fleet/create-fleet.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { addressProblems, entryProblems, hostProblems, nameOf, type Found } from "./invariants.ts";
import { clusterBase, pickOf, someServing, type Pick } from "./objects.ts";
import { checkLocality } from "./locality.ts";
import { fail, ModelError } from "./model-error.ts";
import { PlannerWorld, textOf } from "./planner-world.ts";
import { lastStep, members, mixOf, put, stepOf, users } from "./planner-events.ts";

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

export interface Counts {
  schedules: number;
  events: number;
  writes: number;
  plans: number;
  localChecks: number;
  /** Schedules at whose end shares were still on their way. */
  shifts: number;
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
    finish(world, pickOf(start[0] ?? [0]), counts);
    counts.schedules++;
    counts.writes += world.writes;
    counts.plans += world.plans.size;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const title = error instanceof ModelError ? error.message : (error.stack ?? error.message);
    throw new Error(`${title}\n\n${told.map((text, at) => `${at + 1}. ${text}`).join("\n")}`, { cause: error });
  }
}

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
export function checkRest(world: PlannerWorld, pick: Pick): void {
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
  // What is edited and planned no longer can neither be mended nor go while a cluster was never read.
  fail(written.filter((found) => world.isComplete() || !world.isEdited(found)).flatMap(entryProblems));
  if (world.isComplete()) fail(hostProblems(written, isCopy));
}

/** Of an object of a user, who may write what they want. */
function isCopy({ object }: Found): boolean {
  return /(^|-)(own2?|own-shop|own-store|own-both|routes)$/.test(
    String((object["metadata"] as JsonObject)["name"] as string),
  );
}

/** In the end everything answers: what is there is what is planned for what is there, and nothing else. */
function finish(world: PlannerWorld, pick: Pick, counts: Counts): void {
  for (const name of members(world)) {
    world.pause(name, false);
    world.find(name);
    world.register(name);
  }
  for (const [cluster, id] of users(world)) {
    if (id.includes("-se") || id.includes("-default-dr")) world.remove(cluster, id);
  }
  world.settle();
  if (finishShifts(world)) counts.shifts++;
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

/** Lets time pass until shares are where they are wanted; those that wait for what will never be, go there at once. */
function finishShifts(world: PlannerWorld): boolean {
  const times = (): number[] => [...world.plans.values()].flatMap(({ againAt }) => againAt ?? []);
  let round = 0;
  for (; times().length > 0; round++) {
    if (round > 60) fail(["shares do not arrive"]);
    world.now = Math.max(...times());
    world.take([]);
    world.settle();
  }
  for (const [cluster, id] of users(world)) {
    const object = world.clusters.get(cluster)!.objects.get(id)!;
    const { annotations: _, ...metadata } = object["metadata"] as JsonObject;
    if (object["kind"] === "GlobalTrafficPolicy") world.put({ cluster, object: { ...object, metadata } });
  }
  world.settle();
  return round > 0;
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
      // When shares were moved last is all that is left of it.
      const { "fairlead.dev/shares-since": _____, ...annotations } = (metadata["annotations"] ?? {}) as JsonObject;
      return `${nameOf({ cluster, object })} ${textOf({ ...object, metadata: { ...metadata, labels, annotations } })}`;
    })
    .sort(compareText);
}
