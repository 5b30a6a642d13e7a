import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClusters } from "../support/clusters.ts";
import { ordersApp, podObject, runningPod } from "../support/workload.ts";

const healthy = ordersApp([podObject("a", runningPod)]);

test("waits for what came from an App, or for any object", async (t) => {
  const { run } = fakeClusters(t, { east: { objects: healthy } });
  const app = await run(["wait", "orders"]);
  assert.deepEqual([app.code, app.stdout, app.stderr], [0, "1 of 1 done\n", "✓ Deployment shop/orders: done\n"]);
  const json = await run(["wait", "deployment/orders", "pod/a", "-o", "json"]);
  const { clusters, findings } = JSON.parse(json.stdout) as {
    clusters: { objects: { object: { kind: string }; state: string }[] }[];
    findings: unknown[];
  };
  assert.deepEqual(
    clusters[0]!.objects.map(({ object, state }) => [object.kind, state]),
    [
      ["Deployment", "done"],
      ["Pod", "done"],
    ],
  );
  assert.deepEqual([json.code, findings], [0, []]);
});

test("tells each object that is not done in time, and why", async (t) => {
  const pending = podObject("a", { phase: "Pending" });
  const { run } = fakeClusters(t, { east: { objects: ordersApp([pending]) } });
  const { code, stdout, stderr } = await run(["wait", "deployment/orders", "pod/a", "--timeout", "50ms"]);
  assert.deepEqual([code, stdout], [1, "1 of 2 done\n"]);
  assert.match(stderr, /error FL716: Pod shop\/a is not done yet: its containers are being created/);
});

test("waits until objects are gone", async (t) => {
  const { run, clients } = fakeClusters(t, { east: { objects: healthy } });
  const still = await run(["wait", "orders", "--for", "deleted", "--timeout", "50ms"]);
  assert.equal(still.code, 1);
  assert.match(still.stderr, /Deployment shop\/orders.*it is still there/);
  const running = run(["wait", "orders", "--for", "deleted"]);
  const east = clients["east"]!;
  const watching = east.requests.length;
  while (!east.requests.slice(watching).some(({ verb }) => verb === "watch")) await new Promise(setImmediate);
  await east.delete(east.resource("Deployment"), { namespace: "shop", name: "orders" });
  const gone = await running;
  assert.deepEqual([gone.code, gone.stdout], [0, "1 of 1 done\n"]);
  assert.equal((await run(["wait", "deployment/orders", "--for", "deleted"])).code, 0);
});

test("refuses what it cannot wait for", async (t) => {
  const { run } = fakeClusters(t, { east: { objects: healthy } });
  const nothing = await run(["wait"]);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /error FL770/);
  assert.equal((await run(["wait", "orders", "--timeout", "soon"])).code, 2);
  const absent = await run(["wait", "App/nope"]);
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /error FL763: east: there is no App shop\/nope, nor anything that came from it/);
});

test("waits in several clusters at once, and stops when it is interrupted", async (t) => {
  const { run, clients } = fakeClusters(t, { east: { objects: healthy }, west: { objects: [] } });
  const stop = new AbortController();
  const flags = ["--cluster", "east", "--cluster", "west"];
  const running = run(["wait", "deployment/orders", ...flags], { context: { interrupted: () => stop.signal } });
  // It gives up on neither while the other may still become ready.
  while (!clients["west"]!.requests.some(({ verb }) => verb === "watch")) await new Promise(setImmediate);
  stop.abort();
  const { code, stdout } = await running;
  assert.equal(code, 130);
  assert.match(stdout, /^east: 1 of 1 done\nwest: 0 of 1 done\n$/);
});
