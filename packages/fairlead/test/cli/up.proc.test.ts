import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fairlead, inFolder } from "../support/cli.ts";
import { clientOf, upWhile } from "../support/up-while.ts";

const app = `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata:
  name: hello
spec:
  containers:
    - name: hello
      image: registry.example/hello:1.0.0
      http: {port: 8080, path: /healthz}
      resources:
        requests: {cpu: 100m, memory: 128Mi}
        limits: {memory: 256Mi}
`;

const fleet = `apiVersion: fairlead.dev/v1alpha1
kind: Fleet
metadata: {name: two}
spec:
  clusters:
    - {name: paris, region: eu-west, zones: [eu-west-a, eu-west-b]}
    - {name: oregon, region: us-west}
`;

const deployments = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
} as const;
const nodes = { group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false } as const;

test("brings a fleet up, applies the folder to each cluster, and keeps it for the next time", async () => {
  await inFolder(async (folder) => {
    writeFileSync(path.join(folder, "app.yaml"), app);
    writeFileSync(path.join(folder, "fleet.yaml"), fleet);
    const kubeconfig = path.join(folder, ".fairlead", "kubeconfig");
    const first = await upWhile(folder, ["."], async (output) => {
      assert.match(output, /✓ paris: App default\/hello: done/);
      assert.match(output, /✓ oregon: App default\/hello: done/);
      assert.equal(statSync(kubeconfig).mode & 0o777, 0o600);
      const client = await clientOf(kubeconfig, "paris");
      const { items } = await client.list(nodes);
      assert.deepEqual(
        items.map(({ metadata }) => metadata.labels?.["topology.kubernetes.io/zone"]),
        ["eu-west-a", "eu-west-b"],
      );
      await client.close();
    });
    assert.equal(first.code, 0, first.stderr);
    assert.equal(existsSync(path.join(folder, ".fairlead", "up.json")), false);
    await upWhile(folder, [], async () => {
      const client = await clientOf(kubeconfig, "fairlead");
      await client.close();
    });
    const again = await upWhile(folder, ["."], async () => {
      const client = await clientOf(kubeconfig, "oregon");
      const live = await client.get(deployments, { namespace: "default", name: "hello" });
      assert.equal((live["status"] as { readyReplicas?: number }).readyReplicas, 1);
      await client.close();
    });
    assert.equal(again.code, 0, again.stderr);
  });
});

test("applies the folder again when a file in it changes, and only then", async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, "app.yaml");
    writeFileSync(file, app);
    let output = "";
    const result = await upWhile(folder, [".", "--watch"], async (_output, later) => {
      writeFileSync(file, app.replace("hello:1.0.0", "hello:2.0.0"));
      await later(/ScalingReplicaSet: Scaled down replica set hello-\w+ from 1 to 0/);
      const client = await clientOf(path.join(folder, ".fairlead", "kubeconfig"), "fairlead");
      const live = await client.get(deployments, { namespace: "default", name: "hello" });
      output = JSON.stringify(live["spec"]);
      await client.close();
    });
    assert.match(output, /hello:2\.0\.0/);
    assert.equal(result.stdout.match(/export KUBECONFIG/g)?.length, 2);
  });
});

test("says what is wrong with a fleet, and starts nothing", async () => {
  await inFolder(async (folder) => {
    writeFileSync(path.join(folder, "fleet.yaml"), fleet.replace("oregon", "paris"));
    const { code, stderr } = await fairlead(["up", "."], { cwd: folder });
    assert.equal(code, 1);
    assert.match(stderr, /FL780: spec\.clusters\[1\]\.name: "paris" is there twice/);
    assert.equal(existsSync(path.join(folder, ".fairlead")), false);
  });
});

test("down and up status say when nothing is up", async () => {
  await inFolder(async (folder) => {
    for (const args of [["down"], ["up", "status"]]) {
      const { code, stderr } = await fairlead(args, { cwd: folder });
      assert.equal(code, 1);
      assert.match(stderr, /FL784/);
    }
  });
});
