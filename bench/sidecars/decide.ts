/** The pure half: facts of stripped objects, questions, decisions; by growing numbers of pods. */
import type { JsonObject } from "@fairlead/apimachinery";
import { inject, injectorConfigMap, revisionWebhooks } from "@fairlead/sim";
import { decide } from "../../packages/fairlead/src/plan/sidecars/decide/decide.ts";
import { expectedProxyOf } from "../../packages/fairlead/src/plan/sidecars/observe/proxy-shape.ts";
import type { Answers } from "../../packages/fairlead/src/plan/sidecars/model/question.ts";
import type { SidecarChange, SidecarView } from "../../packages/fairlead/src/plan/sidecars/model/view.ts";
import { factsOf } from "../../packages/fairlead/src/plan/sidecars/observe/facts-of.ts";
import { sidecarKinds } from "../../packages/fairlead/src/plan/sidecars/observe/sidecar-kinds.ts";
import { defaultSettings } from "../../packages/fairlead/src/plan/sidecars/presets.ts";
import { createView } from "../../packages/fairlead/src/plan/sidecars/view/create-view.ts";
import {
  configOf,
  deployment,
  deploymentStatus,
  namespaceOf,
  namespaces,
  newPod,
  pod,
  podStatus,
  replicaSet,
  type Scenario,
} from "./scenario.ts";

const isShort = process.argv.includes("--short");
const strips = new Map(
  sidecarKinds(defaultSettings).map(({ apiVersion, kind, strip }) => [`${apiVersion} ${kind}`, strip]),
);
const stripped = (object: JsonObject): JsonObject => {
  const strip = strips.get(`${String(object["apiVersion"])} ${String(object["kind"])}`);
  // As it comes over the wire: nothing is shared with what the bench holds.
  const own = JSON.parse(JSON.stringify(object)) as never;
  return (strip === undefined ? own : strip(own)) as JsonObject;
};

const collect = (): number => {
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

function withUid(object: object, uid: string): JsonObject {
  const copy = structuredClone(object) as JsonObject;
  Object.assign(copy["metadata"] as JsonObject, {
    uid,
    generation: 1,
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
  });
  return copy;
}

function* objectsOf(scenario: Scenario): Generator<JsonObject> {
  const old = configOf("1.28.0");
  yield withUid(revisionWebhooks({ version: "1.29.0" }), "hooks");
  yield withUid(injectorConfigMap({ version: "1.29.0" }), "config");
  for (const one of namespaces(scenario)) yield withUid(one, String(one.metadata.name));
  for (let index = 0; index < scenario.deployments; index++) {
    const injected = inject(newPod(scenario, index), { config: old, revision: "", namespace: namespaceOf(index) });
    if (injected.kind !== "injected") throw new Error(`pod ${index} is not injected`);
    yield { ...withUid(deployment(scenario, index), `d${index}`), status: deploymentStatus(scenario, 1) };
    yield withUid(replicaSet(scenario, index, `d${index}`), `s${index}`);
    for (let at = 0; at < scenario.podsEach; at++) {
      yield { ...withUid(pod(scenario, index, at, `s${index}`, injected.pod), `p${index}-${at}`), status: podStatus };
    }
  }
}

interface Figures {
  readonly questions: number;
  readonly outdated: number;
  readonly readMs: number;
  readonly decideMs: number;
  readonly oneMs: number;
  readonly bytesPerPod: number;
  readonly rss: number;
}

function measure(scenario: Scenario): Figures {
  const base = collect();
  const changes: SidecarChange[] = [];
  let readMs = 0;
  for (const object of objectsOf(scenario)) {
    const began = performance.now();
    for (const fact of factsOf(stripped(object), "east", defaultSettings)) changes.push({ kind: "set", fact });
    readMs += performance.now() - began;
  }
  changes.push({ kind: "cluster", cluster: { name: "east", region: "eu", state: "current" } });
  const began = performance.now();
  const { view, keys } = createView(defaultSettings).with(changes);
  readMs += performance.now() - began;
  changes.length = 0;
  const pods = scenario.deployments * scenario.podsEach;
  const bytesPerPod = (collect() - base) / pods;

  const current = configOf("1.29.0");
  const answers = new Map<string, ReturnType<Answers["get"]>>();
  const known: Answers = { get: (question) => answers.get(question.key), state: () => ({ kind: "serving" }) };
  let decideMs = performance.now();
  let outdated = 0;
  for (const key of keys) {
    for (const { key: asked, pod: template, namespace } of decide(view, key, known).needs) {
      if (answers.has(asked)) continue;
      // The injector's own time is not ours.
      const pause = performance.now();
      const made = inject(template, { config: current, revision: "", namespace });
      const proxy = made.kind === "injected" ? expectedProxyOf(made.pod) : undefined;
      answers.set(asked, { kind: "injected", proxy, at: 0 });
      decideMs += performance.now() - pause;
    }
    if (decide(view, key, known).decision?.kind === "outdated") outdated++;
  }
  decideMs = performance.now() - decideMs;
  const oneMs = oneChange(view, known);
  return { questions: answers.size, outdated, readMs, decideMs, oneMs, bytesPerPod, rss: process.memoryUsage.rss() };
}

/** The view after one pod has become ready or not, and the decision that follows: the median of many. */
function oneChange(start: SidecarView, answers: Answers): number {
  let view = start;
  const times: number[] = [];
  const key = [...view.keys()][0]!;
  for (let turn = 0; turn < 200; turn++) {
    const [first] = view.pods(key);
    const fact = { ...first!, ready: turn % 2 === 0 };
    const began = performance.now();
    const { view: next, keys } = view.with([{ kind: "set", fact }]);
    for (const touched of keys) decide(next, touched, answers);
    times.push(performance.now() - began);
    view = next;
  }
  return times.sort((a, b) => a - b)[100]!;
}

const sizes: readonly (readonly [deployments: number, podsEach: number, templates: number])[] = isShort
  ? [
      [200, 10, 60],
      [1000, 10, 60],
    ]
  : [
      [200, 10, 60],
      [1000, 10, 60],
      [1000, 5, 1000],
      [5000, 10, 60],
      [10_000, 10, 60],
    ];
process.stdout.write(
  "| pods | workloads | templates | injector calls | outdated found | facts and view | decisions | one change | bytes a pod | RSS |\n|---|---|---|---|---|---|---|---|---|---|\n",
);
for (const [deployments, podsEach, templates] of sizes) {
  const found = measure({ deployments, podsEach, templates, version: "1.28.0" });
  process.stdout.write(
    `| ${deployments * podsEach} | ${deployments} | ${templates} | ${found.questions} | ${found.outdated} | ` +
      `${found.readMs.toFixed(0)} ms | ${found.decideMs.toFixed(0)} ms | ${found.oneMs.toFixed(3)} ms | ` +
      `${found.bytesPerPod.toFixed(0)} | ${(found.rss / 2 ** 20).toFixed(0)} MiB |\n`,
  );
}
process.stdout.write(
  "\nLimits: as many calls as templates; 10,000 pods decided in 1 s, 300 MB, 4,096 bytes a pod; 100,000 pods linear. The predecessor: a call for each pod.\n",
);
