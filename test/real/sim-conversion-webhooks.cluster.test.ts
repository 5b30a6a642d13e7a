/**
 * The scenarios of conversion webhooks on the real API server: it answers what the files say. UPDATE_SCENARIOS=1 writes
 * its answers into them.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startConversionWebhook, type ConversionWebhook } from "../../packages/sim/test/conversion-webhook.ts";
import { runScenario } from "../../packages/sim/test/scenario/run.ts";
import {
  folder,
  printScenarios,
  readScenarios,
  type Scenario,
  type Step,
} from "../../packages/sim/test/scenario/scenario.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { isVendored } from "./manifests.ts";
import { sendToPlane } from "./scenario-send.ts";

const { plane } = readAccess();
const send = sendToPlane(plane);
const updates = process.env["UPDATE_SCENARIOS"] === "1";
const scenarios = readScenarios("webhooks");
const answered = new Map<Scenario, readonly Step[]>();
let webhook: ConversionWebhook;

before(async () => {
  webhook = await startConversionWebhook();
});

for (const [index, scenario] of scenarios.entries()) {
  test(`${scenario.file}: ${scenario.title}`, async (t) => {
    if (!isVendored(plane)) return t.diagnostic(`not checked: another release than ${plane.kubernetes} is imitated`);
    const namespace = `webhooks-${process.pid}-${index}-x`;
    const body = JSON.stringify({ metadata: { name: namespace } });
    const headers = { "Content-Type": "application/json" };
    const created = await send({ method: "POST", path: "/api/v1/namespaces", headers, body, lines: undefined });
    assert.equal(created.status, 201, created.text);
    const steps = await runScenario(scenario, { send, namespace, pause: () => sleep(50), words: webhook.words });
    answered.set(scenario, steps);
    if (updates) return;
    for (const [at, step] of steps.entries()) {
      assert.deepEqual(step.answer, scenario.steps[at]!.answer, `step ${at + 1}: ${step.request}`);
    }
  });
}

after(async () => {
  // A definition whose webhook is gone would trouble those who come next.
  for (const group of await customGroups()) {
    await request("DELETE", `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${group}`);
  }
  await webhook.close();
  if (!updates) return;
  for (const [file, list] of Map.groupBy(scenarios, (one) => one.file)) {
    const filled = list.map((one) => ({ ...one, steps: answered.get(one) ?? one.steps }));
    writeFileSync(path.join(folder, `${file}.yaml`), printScenarios(filled));
  }
});

async function request(method: string, target: string): Promise<string> {
  return (await send({ method, path: target, headers: {}, body: undefined, lines: undefined })).text;
}

async function customGroups(): Promise<readonly string[]> {
  const list = JSON.parse(await request("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")) as {
    readonly items: readonly { readonly metadata: { readonly name: string } }[];
  };
  return list.items.map(({ metadata }) => metadata.name).filter((name) => name.includes(`.webhooks-${process.pid}-`));
}
