/**
 * Random schedules of clusters that fail and return, writes that are cut short, controllers that restart, policies that
 * change and services that move, while shares are on their way. On a virtual time.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../../scripts/runs.ts";
import {
  annotationIn,
  distance,
  host,
  names,
  regions,
  sharesOf,
  shiftWorld,
  type ShiftWorld,
  type Weights,
} from "./shift-world.ts";

const percent = 20;
const everyMs = 60_000;
const annotation = `${percent}%/1m`;

const policies: readonly Weights[] = [
  { "eu-west-1": 100, "us-east-1": 0 },
  { "eu-west-1": 0, "us-east-1": 100 },
  { "us-east-1": 100 },
  { "eu-west-1": 50, "us-east-1": 50 },
  { "eu-west-1": 30, "us-east-1": 25, "ap-south-1": 45 },
  { "ap-south-1": 100 },
];

type Action =
  | { readonly kind: "write"; readonly cluster: string; readonly most: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "lose" | "find"; readonly cluster: string }
  | { readonly kind: "restart" }
  | { readonly kind: "policy"; readonly weights: Weights };

const cluster = fc.constantFrom(...names);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      cluster,
      most: fc.constantFrom(1, 3, 8, 100, 100, 100),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.constantFrom(2_000, 28_000, 57_000, 60_000, 600_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("lose" as const, "find" as const, "find" as const), cluster }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("policy" as const), weights: fc.constantFrom(...policies) }) },
);

/** What has to hold whatever happens. */
function watcher(world: ShiftWorld) {
  /** Shares of callers of each cluster, as they are; those of clusters that were out of reach since are not in step. */
  const before = new Map<string, Weights>();
  const behind = new Set<string>(names);
  let furthest = "";
  let movedAt = -Infinity;

  return {
    missed: (name: string) => void behind.add(name),
    wrote(name: string, isWhole: boolean) {
      const objects = world.objects(name);
      const now = sharesOf(objects);
      if (now === undefined) return;
      const old = before.get(name);
      if (old !== undefined && !behind.has(name)) {
        assert.ok(distance(old, now) <= percent, `${name}: ${JSON.stringify(old)} to ${JSON.stringify(now)}`);
      }
      before.set(name, now);
      if (isWhole) behind.delete(name);
      for (const other of names) {
        if (behind.has(name) || behind.has(other) || !before.has(other)) continue;
        assert.ok(distance(now, before.get(other)!) <= percent, `${name} and ${other} are more than a step apart`);
      }
      const since = annotationIn(objects, "fairlead.dev/shares-since") ?? "";
      if (since > furthest) {
        assert.ok(world.at() - movedAt >= everyMs, `a step after ${world.at() - movedAt} ms`);
        furthest = since;
        movedAt = world.at();
      }
      allKnown(world, name);
    },
  };
}

/** Whoever calls names of regions finds them, at home and in the clusters where requests go. */
function allKnown(world: ShiftWorld, name: string): void {
  for (const caller of names) {
    const rule = world.objects(caller).find((one) => one.metadata.name === `${host}-vs`);
    if (rule === undefined) continue;
    const routes = (get(rule["spec"], "http") as JsonObject[]).flatMap((one) => one["route"] as JsonObject[]);
    for (const route of routes) {
      const to = textOf(get(get(route, "destination"), "host"));
      const region = to.split(".")[0];
      const servers = names.filter((one) => regions[one] === region);
      for (const place of [caller, ...servers]) {
        const knows = world.objects(place).some((one) => one.metadata.name === `${to}-se`);
        assert.ok(knows, `${place} does not know ${to}, which ${caller} calls, after a write to ${name}`);
      }
    }
  }
}

function play(world: ShiftWorld, actions: readonly Action[]): void {
  const watch = watcher(world);
  const write = (name: string, most?: number): void => {
    if (!world.isSeen(name)) return;
    watch.wrote(name, world.write(name, most));
  };
  world.policy(policies[0]!, annotation);
  for (let round = 0; round < 3; round++) for (const name of names) write(name);
  for (const one of actions) {
    switch (one.kind) {
      case "write":
        write(one.cluster, one.most);
        break;
      case "pass":
        world.pass(one.ms);
        break;
      case "lose":
        world.lose(one.cluster);
        watch.missed(one.cluster);
        break;
      case "find":
        world.find(one.cluster);
        break;
      case "restart":
        world.restart();
        break;
      case "policy":
        world.policy(one.weights, annotation);
    }
  }
  for (const name of names) world.find(name);
  const wanted = actions.findLast((one) => one.kind === "policy")?.weights ?? policies[0]!;
  // Five steps lead anywhere; one more time for what was under way, and one to take the notes away.
  for (let round = 0; round < 7; round++) {
    for (let turn = 0; turn < 4; turn++) for (const name of names) write(name);
    world.pass(everyMs);
  }
  for (const name of names) {
    assert.equal(distance(sharesOf(world.objects(name))!, wanted), 0, `${name} does not arrive`);
    assert.equal(annotationIn(world.objects(name), "fairlead.dev/shares-to"), undefined);
    assert.ok(world.write(name, 0), "something is left to write");
  }
  assert.equal(world.plan().againAt, undefined);
}

test("no caller is ever two steps ahead of another, nor of its time, nor lost; and all arrive", () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 20, maxLength: 90, size: "max" }), (actions) =>
      play(shiftWorld(), actions),
    ),
    runs(30),
  );
});
