/** Real Helm against the embedded cluster: a release with hooks, definitions and objects of them, from its first day on. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { createCluster, type Cluster } from "../../packages/sim/src/cluster/create-cluster.ts";
import { kubeconfigText } from "../../scripts/real/access.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import type { Execution } from "../../scripts/real/execute.ts";
import { runHelm } from "../../scripts/real/run-helm.ts";

const chart = path.join(import.meta.dirname, "helm-chart");
const errors: unknown[] = [];
let folder: string;
let cluster: Cluster;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "sim-helm-"));
  await ensureTool("helm");
  cluster = await createCluster({ onError: (error) => errors.push(error) });
  writeFileSync(path.join(folder, "kubeconfig"), kubeconfigText(cluster), { mode: 0o600 });
});

after(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...parameters: readonly string[]): Promise<Execution> =>
  runHelm(folder, [...parameters, "--namespace=shop"]);

/** What helm prints; it succeeds without a warning. */
async function helm(...parameters: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(...parameters);
  assert.deepEqual([status, stderr], [0, ""], `helm ${parameters.join(" ")}\n${stdout}`);
  return stdout;
}

async function json(...parameters: readonly string[]): Promise<JsonValue> {
  return JSON.parse(await helm(...parameters, "--output=json")) as JsonValue;
}

function found(collection: string, name: string): JsonObject | undefined {
  return cluster.api.get(collection, { namespace: "shop", name });
}

function imageOf(deployment: JsonObject | undefined): JsonValue | undefined {
  const containers = get(get(get(deployment?.["spec"], "template"), "spec"), "containers");
  return Array.isArray(containers) ? get(containers[0], "image") : undefined;
}

function field(object: JsonObject | undefined, ...keys: readonly string[]): JsonValue | undefined {
  return keys.reduce<JsonValue | undefined>((value, key) => get(value, key), object);
}

const deployments = "deployments.apps";

test("installs a release, after its definitions and its hook, and waits until it is ready", async () => {
  const release = (await json("install", "web", chart, "--create-namespace", "--wait", "--timeout=60s")) as JsonObject;
  assert.deepEqual([release["version"], field(release, "info", "status")], [1, "deployed"]);
  const deployment = found(deployments, "web");
  assert.equal(field(deployment, "status", "readyReplicas"), 2);
  assert.equal(imageOf(deployment), "registry.example/shop:1");
  assert.deepEqual(field(found("shelves.helm.example", "web"), "spec"), { size: "large", slots: 4 });
  assert.deepEqual(field(found("configmaps", "web"), "data"), {
    TAG: "1",
    SERVES_APPS: "true",
    KUBERNETES: "v1.36.3",
    SYSTEM_FOUND: "kube-system",
  });
  const hook = found("jobs.batch", "web-pre-install");
  assert.equal(field(hook, "status", "succeeded"), 1);
  const [hookTime, ownTime] = [hook, deployment].map((one) => String(field(one, "metadata", "creationTimestamp")));
  assert.ok(hookTime! <= ownTime!, `${hookTime} ${ownTime}`);
  assert.equal(found("jobs.batch", "web-post-upgrade"), undefined);
});

test("refuses a second release of the name, and objects of somebody else's", async () => {
  const again = await run("install", "web", chart);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /cannot re-use a name that is still in use/);
  await cluster.api.create("configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "taken", namespace: "shop" },
  });
  const other = await run("install", "taken", chart);
  assert.equal(other.status, 1);
  assert.match(other.stderr, /invalid ownership metadata/);
});

test("upgrades: changes what is different, and runs the hook after it", async () => {
  const set = "--set=tag=2,replicas=3,size=small";
  const release = (await json("upgrade", "web", chart, set, "--wait", "--timeout=60s")) as JsonObject;
  assert.equal(release["version"], 2);
  const deployment = found(deployments, "web");
  assert.equal(field(deployment, "status", "updatedReplicas"), 3);
  assert.equal(imageOf(deployment), "registry.example/shop:2");
  assert.deepEqual(field(found("shelves.helm.example", "web"), "spec"), { size: "small", slots: 4 });
  assert.equal(field(found("jobs.batch", "web-post-upgrade"), "status", "succeeded"), 1);
});

test("says what the server refuses, and rolls back what never gets ready", async () => {
  const refused = await run("upgrade", "web", chart, "--set=size=huge");
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /Shelf\.helm\.example "web" is invalid: spec\.size: Unsupported value: "huge"/);
  const failed = await run("upgrade", "web", chart, "--set=tag=3,ready=never", "--atomic", "--timeout=4s");
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /release web failed, and has been rolled back due to atomic being set/);
  const deployment = found(deployments, "web");
  assert.equal(imageOf(deployment), "registry.example/shop:2");
  assert.equal(field(deployment, "status", "readyReplicas"), 3);
  const history = (await json("history", "web")) as JsonObject[];
  assert.deepEqual(
    history.map((one) => [one["revision"], one["status"]]),
    [
      [1, "superseded"],
      [2, "superseded"],
      [3, "failed"],
      [4, "failed"],
      [5, "deployed"],
    ],
  );
});

test("rolls back to an older revision", async () => {
  await helm("rollback", "web", "1", "--wait", "--timeout=60s");
  assert.equal(imageOf(found(deployments, "web")), "registry.example/shop:1");
  assert.equal(field(found(deployments, "web"), "status", "readyReplicas"), 2);
  const status = (await json("status", "web")) as JsonObject;
  assert.equal(field(status, "info", "description"), "Rollback to 1");
  const [listed] = (await json("list")) as JsonObject[];
  assert.deepEqual([listed?.["name"], listed?.["revision"], listed?.["status"]], ["web", "6", "deployed"]);
});

test("runs the chart's tests, and says when one fails", async () => {
  assert.match(await helm("test", "web", "--timeout=30s"), /Phase: +Succeeded/);
  await helm("upgrade", "web", chart, "--set=migrate=0", "--reuse-values");
  const failing = await run("upgrade", "web", chart, "--set=migrate=3", "--wait", "--timeout=30s");
  assert.equal(failing.status, 1);
  assert.match(failing.stderr, /post-upgrade hooks failed: .*BackoffLimitExceeded/s);
  const tested = await run("test", "web", "--timeout=30s");
  assert.equal(tested.status, 1);
  assert.match(tested.stderr, /pod web-test failed/);
});

test("uninstalls, and keeps the definitions", async () => {
  await helm("uninstall", "web", "--wait", "--timeout=60s", "--cascade=foreground");
  for (const [collection, name] of [
    [deployments, "web"],
    ["services", "web"],
    ["configmaps", "web"],
    ["shelves.helm.example", "web"],
  ] as const) {
    assert.equal(found(collection, name), undefined, collection);
  }
  assert.deepEqual(await json("list", "--all"), []);
  const definitions = "customresourcedefinitions.apiextensions.k8s.io";
  assert.ok(cluster.api.get(definitions, { namespace: "", name: "shelves.helm.example" }) !== undefined);
  await cluster.settled();
  assert.deepEqual(errors, []);
});
