/** The commands that reach clusters, on embedded ones, as a user calls them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { kindNames } from "../../src/kinds/load.ts";
import type { CliResult } from "../support/cli.ts";
import { resource, startEmbedded, until, type Embedded } from "../support/embedded.ts";

const app = (image: string, more = ""): string => `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: orders}
spec:
  replicas: 2
${more}  containers:
    - name: orders
      image: ${image}
      http: {port: 8080, path: /healthz}
      resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}
`;
const first = app("example/orders:1");
const second = app("example/orders:2");
const deployments = resource("apps", "v1", "Deployment", "deployments");

let embedded: Embedded;
before(async () => {
  embedded = await startEmbedded({ east: {}, west: {} }, { crds: false });
});
after(() => embedded.stop());

const run = (args: readonly string[], stdin?: string): Promise<CliResult> =>
  embedded.run(args, stdin === undefined ? {} : { stdin });

test("crds installs the kinds in several clusters, and then finds no difference", async () => {
  const both = ["--cluster", "east", "--cluster", "west"];
  const count = kindNames.length;
  const missing = await run(["crds", "diff"]);
  assert.equal(missing.code, 1);
  const installed = await run(["crds", "install", ...both]);
  assert.deepEqual([installed.code, installed.stdout], [0, `east: ${count} created\nwest: ${count} created\n`]);
  const again = await run(["crds", "install", ...both]);
  assert.deepEqual([again.code, again.stdout], [0, `east: ${count} unchanged\nwest: ${count} unchanged\n`]);
  const clean = await run(["crds", "diff"]);
  assert.deepEqual([clean.code, clean.stdout], [0, ""]);
});

test("diff, apply, wait and status go together", async () => {
  const planned = await run(["diff", "-f", "-"], first);
  assert.equal(planned.code, 1, planned.stderr);
  assert.match(planned.stdout, /^\+ Deployment default\/orders$/m);
  const applied = await run(["apply", "-f", "-", "--wait"], first);
  assert.equal(applied.code, 0, applied.output);
  const waited = await run(["wait", "orders", "--timeout", "30s"]);
  assert.deepEqual([waited.code, waited.stdout], [0, "1 of 1 done\n"], waited.stderr);
  const { code, stdout } = await run(["status", "-f", "-"], first);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /├─ ✓ Deployment orders {2}2 of 2 replicas are available\n│ {2}└─ ✓ ReplicaSet orders-\w+ /);
  const clean = await run(["diff", "-f", "-"], first);
  assert.deepEqual([clean.code, clean.stdout], [0, ""], clean.stderr);
  const repeated = await run(["apply", "-f", "-"], first);
  assert.deepEqual([repeated.code, repeated.stdout], [0, "4 unchanged\n"], repeated.output);
});

test("an edit is shown, rolls out, and is all that is written", async () => {
  const planned = await run(["diff", "-f", "-"], second);
  assert.equal(planned.code, 1);
  assert.match(planned.stdout, /^~ Deployment default\/orders$/m);
  const applied = await run(["apply", "-f", "-", "--wait"], second);
  assert.equal(applied.code, 0, applied.output);
  const { client } = embedded.member("east");
  const live = await client.get(deployments, { namespace: "default", name: "orders" });
  assert.match(JSON.stringify(live["spec"]), /example\/orders:2/);
  const status = live["status"] as { updatedReplicas?: number; readyReplicas?: number };
  assert.deepEqual([status.updatedReplicas, status.readyReplicas], [2, 2]);
});

test("logs asks every pod of an App", async () => {
  // Simulated containers say nothing: the server answers for each, and nobody complains.
  const { code, stderr } = await run(["logs", "orders", "--tail", "2"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const missing = await run(["logs", "nobody"]);
  assert.equal(missing.code, 1);
});

test("a rollout that fails keeps wait and status from success", async () => {
  const broken = app("example/orders:3", "  pod: {annotations: {sim.fairlead.dev/image: missing}}\n");
  const applied = await run(["apply", "-f", "-", "--wait", "--timeout", "1s"], broken);
  assert.equal(applied.code, 1, applied.output);
  assert.match(applied.stderr, /ImagePullBackOff|ErrImagePull/);
  const { code, stdout } = await run(["status", "orders"]);
  assert.equal(code, 1);
  assert.match(stdout, /✗ Pod orders-\S+ {2}container orders: (ImagePullBackOff|ErrImagePull)/);
});

test("delete takes back what apply made, and nothing is left", async () => {
  const restored = await run(["apply", "-f", "-", "--wait"], second);
  assert.equal(restored.code, 0, restored.output);
  const deleted = await run(["delete", "-f", "-"], second);
  assert.equal(deleted.code, 0, deleted.output);
  const { client } = embedded.member("east");
  const kinds = [deployments, resource("", "v1", "Pod", "pods"), resource("apps", "v1", "ReplicaSet", "replicasets")];
  await until("nothing is left", async () => {
    const lists = await Promise.all(kinds.map((kind) => client.list(kind)));
    return lists.every(({ items }) => items.length === 0);
  });
  const { code, stdout } = await run(["status", "Deployment/orders"]);
  assert.deepEqual([code, stdout], [1, "✗ Deployment default/orders  it does not exist\n"]);
});
