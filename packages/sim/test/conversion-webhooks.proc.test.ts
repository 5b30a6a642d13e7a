/** The scenarios of conversion webhooks on the embedded API server: it answers what kube-apiserver answers. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { startConversionWebhook, type ConversionWebhook } from "./conversion-webhook.ts";
import { scenarioCore, sendTo } from "./scenario/embedded.ts";
import { runScenario } from "./scenario/run.ts";
import { readScenarios } from "./scenario/scenario.ts";

let webhook: ConversionWebhook;

before(async () => {
  webhook = await startConversionWebhook();
});

after(() => webhook.close());

for (const [index, scenario] of readScenarios("webhooks").entries()) {
  test(`${scenario.file}: ${scenario.title}`, async () => {
    const core = await scenarioCore((error) => {
      throw error;
    });
    const send = sendTo(core);
    const namespace = `scenario-${index}-x`;
    const body = JSON.stringify({ metadata: { name: namespace } });
    const created = await send({ method: "POST", path: "/api/v1/namespaces", headers: {}, body, lines: undefined });
    assert.equal(created.status, 201, created.text);
    const pause = (): Promise<void> => setImmediate();
    const steps = await runScenario(scenario, { send, namespace, pause, words: webhook.words });
    for (const [at, step] of steps.entries()) {
      assert.deepEqual(step.answer, scenario.steps[at]!.answer, `step ${at + 1}: ${step.request}`);
    }
    core.close();
  });
}

test("asks with a ConversionReview of the first version that both know", () => {
  const { reviews } = webhook;
  assert.ok(reviews.length > 0);
  for (const { kind, apiVersion, request, response } of reviews) {
    assert.equal(kind, "ConversionReview");
    assert.match(String(apiVersion), /^apiextensions\.k8s\.io\/v1(beta1)?$/);
    assert.equal(response, undefined);
    assert.deepEqual(Object.keys(request as object).sort(), ["desiredAPIVersion", "objects", "uid"]);
  }
});
