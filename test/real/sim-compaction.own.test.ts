/**
 * What a real API server says of versions that etcd has forgotten: its answers are those of the scenarios.
 * UPDATE_SCENARIOS=1 writes them.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runScenario, type Send } from "../../packages/sim/test/scenario/run.ts";
import {
  folder,
  printScenarios,
  readScenarios,
  type Scenario,
  type Step,
} from "../../packages/sim/test/scenario/scenario.ts";
import { startGuard, type Guard } from "../../scripts/real/guarded.ts";
import { startEtcd, startPlane, type Plane } from "../../scripts/real/plane.ts";
import { supervise } from "../../scripts/real/programs.ts";
import { kubernetesRelease } from "../../scripts/real/versions.ts";
import { isVendored } from "./manifests.ts";
import { sendToPlane } from "./scenario-send.ts";

const updates = process.env["UPDATE_SCENARIOS"] === "1";
const scenarios = readScenarios("compaction");
const answered = new Map<Scenario, readonly Step[]>();
let guard: Guard;
let etcd: string;
let plane: Plane;

before(async () => {
  guard = startGuard();
  ({ url: etcd } = await startEtcd(supervise(guard, kubernetesRelease())));
  plane = await startPlane({ etcd: { url: etcd } });
});

/** `COMPACT` is no method of the server's: etcd forgets everything but the present. */
const send: Send = async (request) => {
  if (request.method !== "COMPACT") return await sendToPlane(plane)(request);
  const { header } = (await post("range", { key: "AA==" })) as { readonly header: { readonly revision: string } };
  await post("compaction", { revision: header.revision, physical: true });
  return { status: 200, warnings: [], text: "" };
};

async function post(what: string, body: object): Promise<unknown> {
  const answer = await fetch(`${etcd}/v3/kv/${what}`, { method: "POST", body: JSON.stringify(body) });
  assert.equal(answer.status, 200);
  return await answer.json();
}

for (const [index, scenario] of scenarios.entries()) {
  test(`${scenario.file}: ${scenario.title}`, async (t) => {
    if (!isVendored(plane)) return t.diagnostic(`not checked: another release than ${plane.kubernetes} is imitated`);
    const namespace = `compaction-${index}-x`;
    const body = JSON.stringify({ metadata: { name: namespace } });
    const headers = { "Content-Type": "application/json" };
    const created = await send({ method: "POST", path: "/api/v1/namespaces", headers, body, lines: undefined });
    assert.equal(created.status, 201, created.text);
    const steps = await runScenario(scenario, { send, namespace, pause: () => sleep(50) });
    answered.set(scenario, steps);
    if (updates) return;
    for (const [at, step] of steps.entries()) {
      assert.deepEqual(step.answer, scenario.steps[at]!.answer, `step ${at + 1}: ${step.request}`);
    }
  });
}

after(async () => {
  await plane.stop();
  await guard.stop();
  if (!updates) return;
  for (const [file, list] of Map.groupBy(scenarios, (one) => one.file)) {
    const filled = list.map((one) => ({ ...one, steps: answered.get(one) ?? one.steps }));
    writeFileSync(path.join(folder, `${file}.yaml`), printScenarios(filled));
  }
});
