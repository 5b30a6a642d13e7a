/** A controller and its clusters through what happens, and what must hold at the end. */
import { compareText } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { isWritten } from "../../../src/run/mesh/write/compare.ts";
import { controllerWorld, fleetOf, writtenKinds, type ControllerWorld } from "./controller-world.ts";
import { addressProblems, entryProblems, hostProblems, nameOf } from "./invariants.ts";
import { pickOf } from "./objects.ts";
import { fail, ModelError } from "./model-error.ts";
import { mend, noted, stopShifts, type ControllerCounts } from "./controller-drift.ts";
import { stepOf } from "./controller-events.ts";

export interface ControllerSchedule {
  readonly clusters: number;
  readonly isElected: boolean;
  readonly events: readonly { readonly what: number; readonly numbers: readonly number[] }[];
}

export const controllerSchedules: fc.Arbitrary<ControllerSchedule> = fc.record({
  clusters: fc.integer({ min: 1, max: 4 }),
  isElected: fc.constantFrom(false, false, true),
  events: fc.array(fc.record({ what: fc.nat(9_999), numbers: fc.array(fc.nat(59), { minLength: 8, maxLength: 8 }) }), {
    minLength: 4,
    maxLength: 24,
    size: "max",
  }),
});

export async function runController(
  settings: MeshSettings,
  { clusters, isElected, events }: ControllerSchedule,
  counts: ControllerCounts,
): Promise<void> {
  const names = Array.from({ length: clusters }, (_, at) => `c${at + 1}`);
  const told: string[] = [];
  const world = await controllerWorld(settings, names, isElected);
  try {
    for (const { what, numbers } of events) {
      told.push("…");
      told.push(await stepOf(what)(world, pickOf(numbers), counts));
      counts.events++;
    }
    told.push("the end");
    await finish(world, settings);
    if (world.objects().some((found) => noted(found, "shares-since") !== undefined)) counts.shifts++;
    counts.schedules++;
    counts.writes += world.mesh.writes().length;
    counts.virtualSeconds += world.mesh.clock.monotonic() / 1000;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const title = error instanceof ModelError ? error.message : (error.stack ?? error.message);
    const lines = world.mesh.lines.slice(-12).map((line) => JSON.stringify(line).slice(0, 300));
    const happened = told.filter((text) => text !== "…").map((text, at) => `${at + 1}. ${text}`);
    throw new Error(`${title}\n\n${happened.join("\n")}\n\n${lines.join("\n")}`, { cause: error });
  } finally {
    await world.close();
  }
}

async function finish(world: ControllerWorld, settings: MeshSettings): Promise<void> {
  world.failing = undefined;
  world.losing = false;
  for (const name of world.names) {
    await mend(world, name);
    world.paused.delete(name);
    await world.mesh.register(name);
    world.registered.add(name);
    world.registeredAt = world.mesh.clock.monotonic();
    for (const kind of writtenKinds) {
      const { client } = world.cluster(name);
      for (const { spec, metadata } of client.store.list(client.resource(kind)) as {
        spec?: object;
        metadata: KrmObject["metadata"];
      }[]) {
        if (JSON.stringify(spec).includes("theirs.example"))
          await world.cluster(name).remove(kind, metadata.name!, metadata.namespace);
      }
    }
  }
  const { mesh } = world;
  await world.read();
  await stopShifts(world);
  // What was refused is tried again after a minute; what somebody changed all the time, after five.
  await mesh.pass(70_000);
  await world.rest();
  const there = world.objects();
  fail(there.flatMap(entryProblems));
  fail(addressProblems(there));
  fail(hostProblems(there, () => false));
  const fleet = fleetOf(world, settings);
  const planned = [...fleet.keys()].flatMap((key) =>
    planKey(fleet, key).clusters.flatMap(({ cluster, desired }) => desired.map((object) => ({ cluster, object }))),
  );
  const names = planned.map(nameOf).sort(compareText);
  const found = there.map(nameOf).sort(compareText);
  if (names.join() !== found.join()) fail([`planned are\n${names.join("\n")}\nthere are\n${found.join("\n")}`]);
  for (const { cluster, object } of planned) {
    const now = world.cluster(cluster).find(object.kind, object.metadata.name!, object.metadata.namespace)!;
    if (!isWritten(object, now))
      fail([`${nameOf({ cluster, object })} is\n${JSON.stringify(now)}\nplanned is\n${JSON.stringify(object)}`]);
  }
  const before = mesh.writes().length;
  await mesh.pass(20_000);
  if (mesh.writes().length > before) fail([`writes at rest: ${mesh.writes().slice(before).join(", ")}`]);
  const errors = mesh.lines.filter(({ level }) => level === "error");
  if (errors.length > 0) fail(errors.map((line) => JSON.stringify(line)));
}
