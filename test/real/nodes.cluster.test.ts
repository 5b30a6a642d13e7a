/** The cluster that suites named `*.cluster.test.ts` share: what its controllers and the nodes that kwok plays do. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { before, test } from "node:test";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { readAccess } from "../../scripts/real/access.ts";
import { execute, type Execution } from "../../scripts/real/execute.ts";
import { podAnnotation, podDelayAnnotation, type PodBehaviour } from "../../scripts/real/pod-stages.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";

const { plane, programs } = readAccess();
const namespace = "nodes-test";
const core = `/api/v1/namespaces/${namespace}`;
const apps = `/apis/apps/v1/namespaces/${namespace}`;
const batch = `/apis/batch/v1/namespaces/${namespace}`;

async function create(path: string, object: JsonObject): Promise<void> {
  const answer = await request(plane, { method: "POST", path, body: JSON.stringify(object) });
  assert.equal(answer.status, 201, answer.text);
}

async function read(path: string): Promise<JsonObject | undefined> {
  const answer = await request(plane, { path });
  return answer.status === 404 ? undefined : (JSON.parse(answer.text) as JsonObject);
}

/** The value at a path of fields, of an object or of one of a list's items. */
function at(value: JsonValue | undefined, ...keys: readonly (string | number)[]): JsonValue | undefined {
  return keys.reduce<JsonValue | undefined>(
    (inner, key) => (typeof key === "number" ? (inner as JsonValue[] | undefined)?.[key] : get(inner, key)),
    value,
  );
}

function kubectl(...parameters: readonly string[]): Promise<Execution> {
  return execute(programs.kubectl, ["--kubeconfig", plane.kubeconfig, "--namespace", namespace, ...parameters]);
}

const podSpec = (more: JsonObject = {}): JsonObject => ({
  containers: [{ name: "main", image: "example.org/main:1" }],
  ...more,
});

async function createPod(name: string, annotations: Record<string, string> = {}, spec = podSpec()): Promise<void> {
  await create(`${core}/pods`, { metadata: { name, annotations }, spec });
}

const pod = (name: string): Promise<JsonObject | undefined> => read(`${core}/pods/${name}`);

function isReady(object: JsonObject | undefined): boolean {
  const conditions = at(object, "status", "conditions") as JsonObject[] | undefined;
  return conditions?.some((one) => one["type"] === "Ready" && one["status"] === "True") === true;
}

before(async () => {
  await create("/api/v1/namespaces", { metadata: { name: namespace } });
  await until("the namespace's service account", () => read(`${core}/serviceaccounts/default`));
  await createPod("standing");
  await until("a ready pod", async () => isReady(await pod("standing")));
});

test("has nodes in several zones", async () => {
  const nodes = at(await read("/api/v1/nodes"), "items") as JsonObject[];
  const zones = new Set(nodes.map((node) => at(node, "metadata", "labels", "topology.kubernetes.io/zone")));
  assert.equal(zones.size, Math.min(3, nodes.length));
});

test("makes a Deployment available and fills its EndpointSlice", async () => {
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: podSpec() };
  await create(`${apps}/deployments`, {
    metadata: { name: "web" },
    spec: { replicas: 3, selector: { matchLabels: labels }, template },
  });
  await create(`${core}/services`, { metadata: { name: "web" }, spec: { selector: labels, ports: [{ port: 80 }] } });
  await until(
    "three replicas",
    async () => at(await read(`${apps}/deployments/web`), "status", "availableReplicas") === 3,
  );
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io/service-name%3Dweb`;
  await until(
    "three endpoints",
    async () => (at(await read(slices), "items", 0, "endpoints") as JsonValue[])?.length === 3,
  );
  const rollout = await kubectl("rollout", "status", "deployment/web", "--timeout=20s");
  assert.equal(rollout.status, 0, rollout.stderr);
});

test("binds the volume claims of a StatefulSet and starts its pods in order", async () => {
  const labels = { app: "db" };
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  await create(`${apps}/statefulsets`, {
    metadata: { name: "db" },
    spec: {
      replicas: 2,
      serviceName: "db",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec() },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }],
    },
  });
  await until(
    "two replicas",
    async () => at(await read(`${apps}/statefulsets/db`), "status", "availableReplicas") === 2,
  );
  for (const name of ["data-db-0", "data-db-1"]) {
    assert.equal(at(await read(`${core}/persistentvolumeclaims/${name}`), "status", "phase"), "Bound");
  }
});

test("completes a Job, and fails one whose pods fail", async () => {
  const job = (name: string, annotations: JsonObject): JsonObject => ({
    metadata: { name },
    spec: { backoffLimit: 1, template: { metadata: { annotations }, spec: podSpec({ restartPolicy: "Never" }) } },
  });
  await create(`${batch}/jobs`, job("good", {}));
  await create(`${batch}/jobs`, job("bad", { [podAnnotation]: "fail" }));
  await until("a complete Job", async () => at(await read(`${batch}/jobs/good`), "status", "succeeded") === 1);
  await until(
    "a failed Job",
    async () =>
      (at(await read(`${batch}/jobs/bad`), "status", "conditions") as JsonObject[])?.some(
        (one) => one["type"] === "Failed" && one["status"] === "True",
      ),
    60_000,
  );
});

test("gives an address to a LoadBalancer, by the harness's own doing", async () => {
  await create(`${core}/services`, {
    metadata: { name: "entry" },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  });
  const address = await until("an address", async () =>
    at(await read(`${core}/services/entry`), "status", "loadBalancer", "ingress", 0, "ip"),
  );
  assert.equal(address, "203.0.113.10");
});

test("ends init containers and keeps sidecars running", async () => {
  const initContainers = [
    { name: "prepare", image: "example.org/prepare:1" },
    { name: "proxy", image: "example.org/proxy:1", restartPolicy: "Always" },
  ];
  await createPod("inits", {}, podSpec({ initContainers }));
  const object = await until("a ready pod", async () => {
    const found = await pod("inits");
    return isReady(found) && found;
  });
  const statuses = at(object, "status", "initContainerStatuses") as JsonObject[];
  assert.deepEqual(
    statuses.map((one) => [one["name"], Object.keys(one["state"] as JsonObject)]),
    [
      ["prepare", ["terminated"]],
      ["proxy", ["running"]],
    ],
  );
});

test("deletes a pod that nobody replaces", async () => {
  await createPod("short");
  await until("a ready pod", async () => isReady(await pod("short")));
  await request(plane, { method: "DELETE", path: `${core}/pods/short` });
  await until("the end of the pod", async () => (await pod("short")) === undefined);
});

const behaviours: readonly { behaviour: PodBehaviour; phase: string; reason?: string }[] = [
  { behaviour: "crash-loop", phase: "Running", reason: "CrashLoopBackOff" },
  { behaviour: "image-pull-failure", phase: "Pending", reason: "ImagePullBackOff" },
  { behaviour: "never-ready", phase: "Running" },
  { behaviour: "fail", phase: "Failed" },
];

for (const { behaviour, phase, reason } of behaviours) {
  test(`lets a pod play ${behaviour}, by its annotation or an image's tag`, async () => {
    const spec = podSpec({ containers: [{ name: "main", image: `example.org/main:${behaviour}` }] });
    await createPod(`${behaviour}-a`, { [podAnnotation]: behaviour });
    await createPod(`${behaviour}-b`, {}, spec);
    for (const name of [`${behaviour}-a`, `${behaviour}-b`]) {
      const object = await until("the pod's phase", async () => {
        const found = await pod(name);
        return at(found, "status", "podIP") !== undefined && found;
      });
      assert.equal(at(object, "status", "phase"), phase);
      assert.equal(at(object, "status", "containerStatuses", 0, "state", "waiting", "reason"), reason);
      assert.equal(isReady(object), false);
    }
  });
}

test("restarts a crashing container five times", async () => {
  await createPod("restarts", { [podAnnotation]: "crash-loop" });
  await until(
    "restarts",
    async () => at(await pod("restarts"), "status", "containerStatuses", 0, "restartCount") === 5,
  );
});

test("makes a pod ready late if it is told to", async () => {
  await createPod("late", { [podDelayAnnotation]: "1500ms" });
  const started = performance.now();
  await until("a ready pod", async () => isReady(await pod("late")));
  assert.ok(performance.now() - started > 1000, "the delay was not kept");
});

test("executes commands in containers, with their input, output and exit code", async () => {
  const words = await kubectl("exec", "standing", "--", "sh", "-c", "echo out; echo err >&2");
  assert.deepEqual([words.status, words.stdout], [0, "out\n"]);
  assert.match(words.stderr, /^err$/m);
  const input = ["--kubeconfig", plane.kubeconfig, "-n", namespace, "exec", "-i", "standing", "--", "cat"];
  assert.equal((await execute(programs.kubectl, input, { input: "through" })).stdout, "through");
  assert.equal((await kubectl("exec", "standing", "--", "sh", "-c", "exit 7")).status, 7);
});

test("shows the log of a container", async () => {
  const { stdout } = await kubectl("logs", "standing");
  assert.equal(stdout, "started\nready\n");
  assert.equal((await kubectl("logs", "standing", "--tail=1")).stdout, "ready\n");
});

test("forwards ports to an echo", async () => {
  const forward = spawn(
    programs.kubectl,
    ["--kubeconfig", plane.kubeconfig, "-n", namespace, "port-forward", "pod/standing", ":5432", "--address=127.0.0.1"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((resolve) => forward.once("close", resolve));
  try {
    const line = await new Promise<string>((resolve) => forward.stdout.setEncoding("utf8").once("data", resolve));
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
    const socket = connect(port, "127.0.0.1").setEncoding("utf8");
    const echo = new Promise<string>((resolve) => socket.once("data", resolve));
    socket.write("hello");
    assert.equal(await echo, "hello");
    socket.destroy();
  } finally {
    forward.kill();
    await ended;
  }
});

test("removes a namespace with everything in it", async () => {
  const path = `/api/v1/namespaces/${namespace}`;
  await request(plane, { method: "DELETE", path });
  await until("the end of the namespace", async () => (await read(path)) === undefined, 60_000);
});
