import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { createSimulation, type Simulation } from "./simulation.ts";

const deployment = (replicas: number, image = "web:1"): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" }, annotations: { "sim.fairlead.dev/ready-delay": "3s" } },
      spec: {
        containers: [{ name: "web", image, readinessProbe: { initialDelaySeconds: 2, tcpSocket: { port: 80 } } }],
      },
    },
  },
});

async function rollOut(simulation: Simulation): Promise<void> {
  await simulation.settle();
  await simulation.api.create("deployments.apps", deployment(4));
  await simulation.advance(30_000);
  const live = simulation.api.get("deployments.apps", { namespace: "default", name: "web" })!;
  await simulation.api.update("deployments.apps", { ...live, spec: deployment(4, "web:2")["spec"]! });
  await simulation.advance(60_000);
}

function trace(simulation: Simulation): () => string {
  const hash = createHash("sha256");
  simulation.store.subscribe(({ kind, collection, stored }) => {
    hash.update(`${kind} ${collection} ${stored.key} ${JSON.stringify(stored.object)}\n`);
  });
  return () => hash.digest("hex");
}

test("rolls a Deployment out in the time that its probes take", async () => {
  const simulation = createSimulation();
  await simulation.settle();
  await simulation.api.create("deployments.apps", deployment(3));
  await simulation.advance(4000);
  const status = (): unknown =>
    get(simulation.api.get("deployments.apps", { namespace: "default", name: "web" })!["status"], "availableReplicas");
  assert.equal(status(), undefined);
  await simulation.advance(2000);
  assert.equal(status(), 3);
  simulation.close();
});

test("gives the same trace for the same seed, and another one for another", async () => {
  const run = async (seed: number): Promise<string> => {
    const simulation = createSimulation({ seed });
    const read = trace(simulation);
    await rollOut(simulation);
    simulation.close();
    return read();
  };
  const first = await run(7);
  assert.equal(await run(7), first);
  assert.notEqual(await run(8), first);
});

test("forks: what happens in one does not happen in the other", async () => {
  const simulation = createSimulation();
  await simulation.settle();
  await simulation.api.create("deployments.apps", deployment(2));
  await simulation.advance(10_000);
  const fork = simulation.fork();
  await fork.settle();
  await fork.api.delete("deployments.apps", { namespace: "default", name: "web" });
  await fork.advance(10_000);
  assert.equal(fork.api.list("pods").length, 0);
  assert.equal(simulation.api.list("pods").length, 2);
  assert.equal(fork.clock.now(), simulation.clock.now() + 10_000);
  simulation.close();
  fork.close();
});
