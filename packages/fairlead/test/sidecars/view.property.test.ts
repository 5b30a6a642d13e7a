import assert from "node:assert/strict";
import { test } from "node:test";
import { equal, type JsonObject } from "@fairlead/apimachinery";
import type { IstioOptions } from "@fairlead/sim";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import type { Decision } from "../../src/plan/sidecars/model/decision.ts";
import type { SidecarChange, SidecarView } from "../../src/plan/sidecars/model/view.ts";
import { decide } from "../../src/plan/sidecars/decide/decide.ts";
import { factsOf } from "../../src/plan/sidecars/observe/facts-of.ts";
import { sidecarKinds } from "../../src/plan/sidecars/observe/sidecar-kinds.ts";
import { defaultSettings } from "../../src/plan/sidecars/presets.ts";
import { createView } from "../../src/plan/sidecars/view/create-view.ts";
import {
  answersBy,
  budgetOf,
  changesOf,
  decideAll,
  istio,
  namespaceOf,
  nodeOf,
  workload,
  type WorkloadKindName,
} from "./plan-world.ts";

const planes: readonly IstioOptions[] = [
  { version: "1.29.0" },
  { version: "1.28.0", revision: "1-28", tags: ["stable"] },
];
const kinds: readonly WorkloadKindName[] = [
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Rollout",
  "ReplicaSet",
  "CronJob",
];
const spaces = ["shop", "bank"];
const labels: readonly JsonObject[] = [{}, { "istio-injection": "enabled" }, { "istio.io/rev": "stable" }];

/** Objects, several of them in more than one version: what a cluster may hold at one moment or another. */
const parts: readonly JsonObject[][] = [
  ...planes.map(istio),
  ...spaces.flatMap((name) => labels.map((one) => [namespaceOf(name, one)])),
  [nodeOf("n1", "z1")],
  [nodeOf("n1", "z2")],
  ...spaces.map((namespace) => [budgetOf("b", namespace, { app: "web" }, 0)]),
  ...spaces.map((namespace) => [budgetOf("b", namespace, { app: "web" }, 1)]),
  // A Rollout that uses the template of the Deployment beside it.
  ...spaces.map((namespace) =>
    workload("Rollout", "borrower", {
      namespace,
      injectedBy: planes[1]!,
      spec: { workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, template: null },
    }),
  ),
  ...spaces.flatMap((namespace) =>
    kinds.flatMap((kind) => [
      workload(kind, "web", { namespace, replicas: 2, injectedBy: planes[1]! }),
      workload(kind, "web", {
        namespace,
        replicas: 2,
        injectedBy: planes[0]!,
        podLabels: { "sidecar.istio.io/inject": "true" },
        annotations: kind === "StatefulSet" ? { "sidecars.fairlead.dev/restart": "false" } : {},
      }),
      workload(kind, "web", { namespace, replicas: 1, status: { observedGeneration: 0 } }),
    ]),
  ),
];
const objects = parts.flat();

const current: SidecarChange = { kind: "cluster", cluster: { name: "east", region: "r1", state: "current" } };
const stale: SidecarChange = { kind: "cluster", cluster: { name: "east", region: "r1", state: "stale" } };

/** The versions of each object, as facts. */
const versions = [
  ...Map.groupBy(objects, ({ kind, metadata }) => {
    const { namespace = "", name } = metadata as { namespace?: string; name: string };
    return `${kind as string} ${namespace}/${name}`;
  }).values(),
].map((of) => of.map((object) => changesOf([object])));

/** Which version of each object there is; beyond the last one it is not there. */
type World = readonly number[];

const choiceOf = (index: number): fc.Arbitrary<number> => {
  const { length } = versions[index]!;
  return fc.oneof({ weight: 9, arbitrary: fc.nat(length - 1) }, { weight: 1, arbitrary: fc.constant(length) });
};
const world: fc.Arbitrary<World> = fc.tuple(...versions.map((_, index) => choiceOf(index)));
const steps: fc.Arbitrary<readonly (readonly [index: number, choice: number])[]> = fc.array(
  fc.nat(versions.length - 1).chain((index) => fc.tuple(fc.constant(index), choiceOf(index))),
  { minLength: 1, maxLength: 8 },
);

function changesFrom(before: number | undefined, index: number, choice: number): SidecarChange[] {
  const after = versions[index]![choice];
  if (after !== undefined) return after;
  const gone = before === undefined ? undefined : versions[index]![before];
  return (gone ?? []).flatMap((change) =>
    change.kind === "set" ? [{ kind: "removed" as const, fact: change.fact }] : [],
  );
}

function viewOfWorld(choices: World, turn = 0): SidecarView {
  const changes = [current, ...choices.flatMap((choice, index) => changesFrom(undefined, index, choice))];
  const at = turn % changes.length;
  return createView(defaultSettings).with([...changes.slice(at), ...changes.slice(0, at)].reverse()).view;
}

function decided(view: SidecarView): ReadonlyMap<string, Decision> {
  return decideAll(view, answersBy(planes));
}

test("a view that follows changes decides as one that is made anew, in whatever order", () => {
  const kindsSeen = new Set<string>();
  fc.assert(
    fc.property(world, steps, fc.nat(1000), (choices, some, turn) => {
      let view = viewOfWorld(choices);
      const now = [...choices];
      for (const [index, choice] of some) {
        view = view.with(changesFrom(now[index], index, choice)).view;
        now[index] = choice;
      }
      const anew = viewOfWorld(now, turn);
      assert.deepEqual([...view.keys()], [...anew.keys()]);
      const decisions = decided(view);
      assert.deepEqual(decisions, decided(anew));
      for (const { kind } of decisions.values()) kindsSeen.add(kind);
    }),
    runs(40),
  );
  assert.deepEqual([...kindsSeen].sort(), ["current", "excluded", "outdated", "outside", "rolling", "unknown"]);
});

test("a change names every workload that it decides otherwise", () => {
  let changed = 0;
  fc.assert(
    fc.property(world, steps, (choices, some) => {
      let before = viewOfWorld(choices);
      let was = decided(before);
      const now = [...choices];
      for (const [index, choice] of some) {
        const { view, keys } = before.with(changesFrom(now[index], index, choice));
        now[index] = choice;
        const is = decided(view);
        const touched = new Set(keys);
        for (const key of new Set([...was.keys(), ...is.keys()])) {
          if (!touched.has(key)) assert.deepEqual(is.get(key), was.get(key), key);
          else changed++;
        }
        [before, was] = [view, is];
      }
    }),
    runs(60),
  );
  assert.ok(changed > 100);
});

test("nothing that is not known is ever outdated", () => {
  const silent = { get: () => undefined, state: () => ({ kind: "serving" as const }) };
  fc.assert(
    fc.property(world, (choices) => {
      const view = viewOfWorld(choices);
      for (const key of view.keys()) {
        const { decision, needs } = decide(view, key, silent);
        if (decision?.kind === "outdated") assert.ok(decision.differences.every(({ field }) => field === "removed"));
        if (needs.length > 0) assert.equal(decision?.kind, "unknown");
      }
      const blind = view.with([stale]).view;
      for (const { kind } of decided(blind).values()) assert.ok(kind === "unknown" || kind === "excluded", kind);
    }),
    runs(40),
  );
});

test("stripped objects give the facts of whole ones", () => {
  const strips = new Map(sidecarKinds(defaultSettings).map((one) => [`${one.apiVersion} ${one.kind}`, one.strip]));
  for (const object of objects) {
    const strip = strips.get(`${object["apiVersion"] as string} ${object["kind"] as string}`);
    if (strip === undefined) continue;
    const facts = factsOf(object, "east", defaultSettings);
    const again = factsOf(strip(object as Parameters<typeof strip>[0]), "east", defaultSettings);
    assert.ok(equal(facts, again), JSON.stringify([facts, again]));
  }
});

test("reads whatever is in an object, and never throws", () => {
  const hostile: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, 0, -1, 1e300, "", "x", true, [], {}, "__proto__"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom("name", "env", "args", "__proto__", "containers", "constructor", "labels"),
        tie("value"),
      ),
    ),
  })).value;
  const keys = ["metadata", "spec", "status", "webhooks", "data"];
  fc.assert(
    fc.property(fc.constantFrom(...objects), fc.constantFrom(...keys), hostile, (object, key, value) => {
      const inner = object[key];
      const changed: JsonObject[] = [{ ...object, [key]: value as JsonObject }];
      if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) {
        for (const name of Object.keys(inner))
          changed.push({ ...object, [key]: { ...inner, [name]: value } } as JsonObject);
      }
      for (const one of changed) {
        const facts = factsOf(one, "east", defaultSettings);
        const { view } = createView(defaultSettings).with([
          current,
          ...changesOf(parts[0]!),
          ...facts.map((fact): SidecarChange => ({ kind: "set", fact })),
        ]);
        for (const each of view.keys())
          decide(view, each, { get: () => undefined, state: () => ({ kind: "serving" }) });
      }
    }),
    runs(60),
  );
});
