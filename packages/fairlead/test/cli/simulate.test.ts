import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { printStream } from "@fairlead/krm";
import { createSimulation } from "@fairlead/sim";
import { fairlead, inFolder } from "../support/cli.ts";

const deployment = (more: JsonObject = {}, annotations: JsonObject = {}, image = "web:1"): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" }, annotations },
      spec: { containers: [{ name: "web", image, ports: [{ containerPort: 80 }] }] },
    },
    ...more,
  },
});

/** What `fairlead dump` would write of a cluster that runs three replicas behind a Service. */
async function dumped(): Promise<string> {
  const simulation = createSimulation();
  await simulation.settle();
  await simulation.api.create("deployments.apps", deployment());
  const spec = { selector: { app: "web" }, ports: [{ port: 80 }] };
  await simulation.api.create("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec,
  });
  await simulation.advance(60_000);
  const kinds = [
    "nodes",
    "deployments.apps",
    "replicasets.apps",
    "pods",
    "services",
    "endpointslices.discovery.k8s.io",
  ];
  const objects = kinds.flatMap((kind) => [...simulation.store.range(kind)].map(({ object }) => object));
  simulation.close();
  return printStream(objects);
}

async function simulated(change: JsonObject, ...args: string[]) {
  return inFolder(async (folder) => {
    writeFileSync(path.join(folder, "dump.yaml"), await dumped());
    writeFileSync(path.join(folder, "change.yaml"), printStream([change]));
    return fairlead(["simulate", "-f", "dump.yaml", "-f", "change.yaml", ...args], { cwd: folder });
  });
}

test("shows a rollout pod by pod, and that the Service keeps its endpoints", async () => {
  const slow = { "sim.fairlead.dev/ready-delay": "5s" };
  const { code, stdout } = await simulated(deployment({}, slow, "web:2"));
  assert.equal(code, 0);
  assert.match(stdout, /^Deployment default\/web changed$/m);
  assert.match(stdout, /\+15s {2}ReplicaSet default\/web-\w+: 1 pod gone/);
  assert.match(stdout, /^3 pods ended or restarted$/m);
});

test("fails when a Service is without endpoints for a moment, and says for how long", async () => {
  const slow = { "sim.fairlead.dev/ready-delay": "5s" };
  const { code, stdout } = await simulated(
    deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "100%" } } }, slow, "web:2"),
  );
  assert.equal(code, 1);
  assert.match(stdout, /^Service default\/web: 3 ready before, none from \+0s to \+5s, 3 at the end$/m);
});

test("says what the API server refuses", async () => {
  const change = deployment();
  const { code, stdout } = await simulated({ ...change, metadata: { name: "web", namespace: "nowhere" } });
  assert.equal(code, 1);
  assert.match(stdout, /^refused: Deployment nowhere\/web: namespaces "nowhere" not found$/m);
});

test("gives the same answer for the same seed", async () => {
  const change = deployment({}, {}, "web:2");
  const first = await simulated(change, "-o", "json", "--seed", "5");
  const second = await simulated(change, "-o", "json", "--seed", "5");
  assert.equal(first.stdout, second.stdout);
  assert.equal((JSON.parse(first.stdout) as { schemaVersion: number }).schemaVersion, 1);
});
