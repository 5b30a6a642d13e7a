/**
 * An operator built with controller-runtime against the embedded cluster: caches, leader election, typed clients that
 * send Protobuf, server-side apply, finalizers, both writes of a status, events, an index; and what a lost connection or
 * a restarted cluster does to it: nothing.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { createCluster, type Cluster } from "../../packages/sim/src/cluster/create-cluster.ts";
import { kubeconfigText } from "../../scripts/real/access.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { until } from "../../scripts/real/until.ts";

const errors: unknown[] = [];
const operators: Operator[] = [];
let folder: string;
let program: string;
let cluster: Cluster;

interface Operator {
  readonly child: ChildProcess;
  readonly lines: JsonObject[];
  readonly ended: Promise<number | null>;
}

/** What Services are created in. */
const contentTypes = new Set<unknown>();

const start = (): Promise<Cluster> =>
  createCluster({
    dataDir: path.join(folder, "data"),
    onError: (error) => errors.push(error),
    faults: {
      request({ method, path: at, headers }) {
        if (method === "POST" && at.endsWith("/services")) contentTypes.add(headers["content-type"]);
        return undefined;
      },
    },
  });

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "sim-operator-"));
  program = await ensureTool("widget-operator");
  cluster = await start();
  writeFileSync(path.join(folder, "kubeconfig"), kubeconfigText(cluster), { mode: 0o600 });
  await cluster.api.create("customresourcedefinitions.apiextensions.k8s.io", definition);
  await cluster.api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "ops" } });
  await until("the definition", () => cluster.core.table.findKind("operator.example/v1", "Widget") !== undefined);
});

after(async () => {
  for (const { child, ended } of operators) {
    child.kill("SIGKILL");
    await ended;
  }
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const definition: JsonObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.operator.example" },
  spec: {
    group: "operator.example",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { replicas: { type: "integer", format: "int32" }, image: { type: "string" } },
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
};

function startOperator(identity: string): Operator {
  const env = { PATH: process.env["PATH"], HOME: folder, KUBECONFIG: path.join(folder, "kubeconfig") };
  const child = spawn(program, ["ops", identity], { env, stdio: ["ignore", "ignore", "pipe"] });
  const lines: JsonObject[] = [];
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) lines.push(readLine(line));
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", (status) => resolve(status)));
  const operator = { child, lines, ended };
  operators.push(operator);
  return operator;
}

function readLine(line: string): JsonObject {
  try {
    const value = JSON.parse(line) as JsonValue;
    if (isObject(value)) return value;
  } catch {
    // Not a line of its log: what Go says when it dies.
  }
  return { level: "error", msg: line };
}

const complaints = (operator: Operator): JsonObject[] =>
  operator.lines.filter(({ level }) => level === "error" || level === "dpanic" || level === "panic");

const widgets = "widgets.operator.example";

function found(collection: string, name: string): JsonObject | undefined {
  return cluster.api.get(collection, { namespace: "ops", name });
}

async function createWidget(name: string, replicas: number, image: string): Promise<void> {
  const metadata = { name, namespace: "ops" };
  const spec = { replicas, image: `registry.example/${image}` };
  await cluster.api.create(widgets, { apiVersion: "operator.example/v1", kind: "Widget", metadata, spec });
}

async function scale(name: string, replicas: number): Promise<void> {
  await cluster.api.patch(widgets, { namespace: "ops", name }, { spec: { replicas } });
}

/** Waits until a widget says that all of its replicas are ready, and how many have its image. */
async function ready(name: string, replicas: number, sameImage: number): Promise<JsonObject> {
  return await until(
    `${name} with ${replicas} replicas, ${sameImage} of its image; it is ${JSON.stringify(found(widgets, name)?.["status"])}`,
    () => {
      const widget = found(widgets, name);
      const status = widget?.["status"];
      const conditions = get(status, "conditions");
      const condition = (Array.isArray(conditions) ? conditions : []).find((one) => get(one, "type") === "Ready");
      const isDone =
        get(condition, "status") === "True" &&
        get(condition, "observedGeneration") === get(widget?.["metadata"], "generation") &&
        get(status, "readyReplicas") === replicas &&
        get(status, "sameImage") === sameImage;
      return isDone ? widget : undefined;
    },
  );
}

function leader(): string {
  return textOf(get(found("leases.coordination.k8s.io", "widget-operator")?.["spec"], "holderIdentity"));
}

let first: Operator;

test("reconciles until all is as it is wanted", async () => {
  await createWidget("a", 2, "one:1");
  await createWidget("b", 1, "one:1");
  first = startOperator("first");
  await createWidget("c", 0, "two:1");
  await ready("a", 2, 2);
  await ready("b", 1, 2);
  const widget = await ready("c", 0, 1);
  assert.deepEqual(get(widget["metadata"], "finalizers"), ["operator.example/cleanup"]);
  const deployment = found("deployments.apps", "a");
  const managers = get(deployment?.["metadata"], "managedFields") as JsonObject[];
  assert.deepEqual(
    managers.map(({ manager, operation }) => `${textOf(manager)} ${textOf(operation)}`),
    ["widget-operator Apply", "kube-controller-manager Update"],
  );
  const service = found("services", "a");
  const [owner] = get(service?.["metadata"], "ownerReferences") as JsonObject[];
  assert.deepEqual([owner?.["kind"], owner?.["name"], owner?.["controller"]], ["Widget", "a", true]);
  assert.deepEqual(get(service?.["spec"], "ports"), [{ name: "http", port: 80, protocol: "TCP", targetPort: "http" }]);
  assert.deepEqual([...contentTypes], ["application/vnd.kubernetes.protobuf"]);
  assert.notEqual(leader(), "");
  await until("an event", () =>
    cluster.api
      .list("events", "ops")
      .some((event) => event["reason"] === "Ready" && get(event["involvedObject"], "name") === "a"),
  );
  assert.deepEqual(complaints(first), []);
});

test("counts by its index anew when another widget changes, and watches metadata alone", async () => {
  await cluster.api.patch(widgets, { namespace: "ops", name: "c" }, { spec: { image: "registry.example/one:1" } });
  for (const [name, replicas] of [
    ["a", 2],
    ["b", 1],
    ["c", 0],
  ] as const) {
    await ready(name, replicas, 3);
  }
  await cluster.api.delete("services", { namespace: "ops", name: "c" });
  await until("another Service", () => found("services", "c"));
  await cluster.api.patch(
    "deployments.apps",
    { namespace: "ops", name: "b" },
    { spec: { replicas: 5, template: { spec: { terminationGracePeriodSeconds: 1 } } } },
  );
  await until("what somebody has changed to be changed back", () =>
    get(found("deployments.apps", "b")?.["spec"], "replicas") === 1 ? true : undefined,
  );
  await ready("b", 1, 3);
  assert.deepEqual(complaints(first), []);
});

test("goes on where it was when its connections are cut", async () => {
  cluster.disconnect();
  await scale("a", 3);
  await createWidget("d", 1, "four:1");
  await ready("a", 3, 3);
  await ready("d", 1, 1);
  const name = leader();
  cluster.disconnect();
  await scale("a", 1);
  await ready("a", 1, 3);
  assert.equal(leader(), name);
  assert.deepEqual(unexpected(first), []);
});

test("goes on when the cluster was stopped and started again", async () => {
  const { url } = cluster;
  const uid = get(found("deployments.apps", "a")?.["metadata"], "uid");
  await cluster.stop();
  cluster = await start();
  assert.equal(cluster.url, url);
  await scale("a", 2);
  await createWidget("e", 1, "five:1");
  await ready("e", 1, 1);
  await ready("a", 2, 3);
  assert.equal(get(found("deployments.apps", "a")?.["metadata"], "uid"), uid);
  assert.deepEqual(unexpected(first), []);
});

test("leaves the lead to another one when it ends", async () => {
  const second = startOperator("second");
  await until("the second to ask for the lead", () =>
    second.lines.some(({ msg }) => /ttempting to acquire leader lease/.test(textOf(msg))),
  );
  const name = leader();
  await scale("b", 2);
  await ready("b", 2, 3);
  assert.equal(leader(), name);
  first.child.kill("SIGTERM");
  assert.equal(await first.ended, 0, JSON.stringify(first.lines.at(-1)));
  await scale("b", 1);
  await ready("b", 1, 3);
  assert.notEqual(leader(), name);
  first = second;
});

test("finalizes what is deleted, whose dependents go with it", async () => {
  await cluster.api.delete(widgets, { namespace: "ops", name: "a" });
  await until("the widget to be gone", () => found(widgets, "a") === undefined);
  assert.deepEqual(found("configmaps", "finalized-a")?.["data"], { image: "registry.example/one:1" });
  await until("its dependents to be gone", () =>
    ["deployments.apps", "services"].every((collection) => found(collection, "a") === undefined),
  );
  await until("its pods to be gone", () =>
    cluster.api.list("pods", "ops").every((pod) => get(get(pod["metadata"], "labels"), "widget") !== "a"),
  );
  await cluster.api.create("configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "rebuild", namespace: "ops" },
  });
  await ready("b", 1, 2);
  assert.deepEqual(complaints(first), []);
  first.child.kill("SIGTERM");
  assert.equal(await first.ended, 0);
  assert.deepEqual(errors, []);
});

/** Complaints but for those of a client whose server was away. */
function unexpected(operator: Operator): JsonObject[] {
  return complaints(operator).filter(
    (line) => !/connection refused|connection reset|EOF|http2: |use of closed|broken pipe/.test(JSON.stringify(line)),
  );
}
