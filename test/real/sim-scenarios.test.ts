/**
 * Every scenario of the embedded API server on the real one: it answers what the files say. UPDATE_SCENARIOS=1 writes
 * its answers into them; SCENARIO=NAME runs one file.
 */
import assert from "node:assert/strict";
import { request as httpsRequest } from "node:https";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  folder,
  printScenarios,
  readScenarios,
  type Scenario,
  type Step,
} from "../../packages/sim/test/scenario/scenario.ts";
import { runScenario, type Received, type Send } from "../../packages/sim/test/scenario/run.ts";
import { readAccess } from "../../scripts/real/access.ts";

const { plane } = readAccess();
const updates = process.env["UPDATE_SCENARIOS"] === "1";
const only = process.env["SCENARIO"];
const scenarios = readScenarios().filter(({ file }) => only === undefined || file === only);

const send: Send = ({ method, path: target, headers, body, lines }) =>
  new Promise<Received>((resolve, reject) => {
    const url = new URL(plane.url);
    // A DELETE with a body has no length of its own in node:http.
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const own = { authorization: `Bearer ${plane.token}`, accept: "application/json", ...length, ...headers };
    const call = httpsRequest(
      { host: url.hostname, port: url.port, path: target, method, ca: plane.certificate, headers: own },
      (response) => {
        let text = "";
        const finish = (): void =>
          resolve({ status: response.statusCode ?? 0, warnings: warningsOf(response.headers["warning"]), text });
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (lines === undefined || text.split("\n").length <= lines) return;
          finish();
          call.destroy();
        });
        response.on("end", finish);
        response.on("error", () => finish());
      },
    );
    call.on("error", reject);
    call.end(body);
  });

/** node:http joins several headers by a comma. */
function warningsOf(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  return [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!.replaceAll(/\\(.)/g, "$1"));
}

const answered = new Map<Scenario, readonly Step[]>();

before(async () => {
  const answer = await send({ method: "GET", path: "/readyz", headers: {}, body: undefined, lines: undefined });
  assert.equal(answer.status, 200);
});

for (const [index, scenario] of scenarios.entries()) {
  test(`${scenario.file}: ${scenario.title}`, async () => {
    const namespace = `scenario-${process.pid}-${index}-x`;
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

after(() => {
  if (!updates) return;
  for (const [file, list] of Map.groupBy(scenarios, (one) => one.file)) {
    const filled = list.map((one) => ({ ...one, steps: answered.get(one) ?? one.steps }));
    writeFileSync(path.join(folder, `${file}.yaml`), printScenarios(filled));
  }
});
