import assert from "node:assert/strict";
import { test } from "node:test";
import { KubeError, type Resource } from "@fairlead/kube";
import { builtinResources } from "../../../kube/test/apply-fixtures.ts";
import { fakeClusters } from "../support/clusters.ts";
import { crashingPod, ordersApp, podObject, runningPod } from "../support/workload.ts";

const declaration = `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: orders}
spec:
  containers:
    - name: orders
      image: example/orders:1
      http: {port: 8080, path: /healthz}
      resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}
`;

const route = `apiVersion: fairlead.dev/v1alpha1
kind: Route
metadata: {name: public}
spec:
  app: orders
  hosts: [shop.example]
`;

const routing = [
  { group: "traefik.io", version: "v1alpha1", kind: "IngressRoute", plural: "ingressroutes", namespaced: true },
  { group: "cert-manager.io", version: "v1", kind: "Certificate", plural: "certificates", namespaced: true },
];

const healthy = ordersApp([podObject("a", runningPod)]);
const tree = `✓ App shop/orders
└─ ✓ Deployment orders  1 of 1 replica is available
   └─ ✓ ReplicaSet orders-1  1 of 1 replica is available
      └─ ✓ Pod a  1 of 1 container is ready
`;

test("shows what has become of the namespace's declarations", async (t) => {
  const { run } = fakeClusters(t, { east: { objects: healthy } });
  for (const args of [[], ["orders"], ["app/orders"]]) {
    const { code, stdout, stderr } = await run(["status", ...args]);
    assert.deepEqual([code, stdout, stderr], [0, tree, ""], args.join(" "));
  }
  assert.match((await run(["status", "deployment/orders"])).stdout, /^✓ Deployment shop\/orders /);
  const empty = await run(["status", "-n", "other"]);
  assert.deepEqual([empty.code, empty.stdout], [0, ""]);
  assert.match(empty.stderr, /warning FL768: east: there is nothing to look at/);
});

test("shows every kind of declaration that was applied, also those without workloads", async (t) => {
  const { run } = fakeClusters(t, {
    east: {
      resources: [...builtinResources, ...routing],
      objects: ["shop", "other"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    },
  });
  const applied = await run(["apply", "-f", "-", "--set", "x", "--wait=false"], {
    stdin: `${declaration}---\n${route}`,
  });
  assert.equal(applied.code, 0, applied.stderr);
  const { stdout } = await run(["status"]);
  assert.match(
    stdout,
    /^. App shop\/orders .*\n├─ . Deployment orders .*\n├─ . Service orders.*\n└─ . ServiceAccount orders.*\n. Route shop\/public.*\n├─ . Certificate public.*\n└─ . IngressRoute public.*\n$/,
  );
  assert.equal((await run(["status", "Route/public", "orders"])).stdout, named(stdout));
  const elsewhere = await run(["status", "-n", "other"]);
  assert.deepEqual([elsewhere.code, elsewhere.stdout], [0, ""]);
});

/** The Route before the App, as they were named. */
function named(text: string): string {
  const at = text.search(/^. Route /m);
  return text.slice(at) + text.slice(0, at);
}

test("reads no Secret to show what is in a namespace", async (t) => {
  const { run, clients } = fakeClusters(t, {
    east: { objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }] },
  });
  const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n";
  assert.equal((await run(["apply", "-f", "-"], { stdin: secret })).code, 0);
  clients["east"]!.requests.length = 0;
  await run(["status"]);
  const kinds = clients["east"]!.requests.map(({ resource }) => resource.kind);
  assert.ok(kinds.includes("ConfigMap") && !kinds.includes("Secret"), kinds.join());
});

test("says once what may not be read, however many kinds it is", async (t) => {
  const { run } = fakeClusters(t, {
    east: {
      objects: healthy,
      before({ verb, resource: { plural, group } }) {
        if (verb !== "list" || plural === "pods") return;
        const message = `${plural} is forbidden: User "ci" cannot list resource "${plural}" in API group "${group}" in the namespace "shop"`;
        throw new KubeError("forbidden", message, { cluster: "east" });
      },
    },
  });
  const { code, stderr } = await run(["status"]);
  assert.equal(code, 1);
  assert.equal(
    stderr.split("\n")[0],
    'error FL761: east: configmaps is forbidden: User "ci" cannot list resource "configmaps" in API group "" in the namespace "shop"; ' +
      "the same holds for cronjobs.batch, daemonsets.apps, deployments.apps, jobs.batch, replicasets.apps, statefulsets.apps",
  );
  assert.match(stderr, /^1 error$/m);
  const { findings } = JSON.parse((await run(["status", "-o", "json"])).stdout) as { findings: { code: string }[] };
  assert.deepEqual(
    findings.map((finding) => finding.code),
    ["FL761"],
  );
});

test("shows canaries, which are Rollouts", async (t) => {
  const rollout: Resource = {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Rollout",
    plural: "rollouts",
    namespaced: true,
  };
  const objects = healthy.map((object) =>
    object.kind === "Deployment" ? { ...object, apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" } : object,
  );
  const { run } = fakeClusters(t, { east: { resources: [...builtinResources, rollout], objects } });
  assert.match(
    (await run(["status", "orders"])).stdout,
    /└─ . Rollout orders .*\n {3}└─ ✓ ReplicaSet .*\n {6}└─ ✓ Pod a /,
  );
});

test("exits 1 when something has failed or is missing", async (t) => {
  const { run } = fakeClusters(t, { east: { objects: ordersApp([podObject("a", crashingPod)]) } });
  const failed = await run(["status"]);
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /✗ Pod a {2}container app: CrashLoopBackOff, 2 restarts/);
  const missing = await run(["status", "App/nope", "nosuch/x"]);
  assert.deepEqual([missing.code, missing.stdout], [1, "✗ App shop/nope  it does not exist\n"]);
  assert.match(missing.stderr, /error FL764: east: there is no kind "nosuch"/);
});

test("shows of files also what is not there", async (t) => {
  const { run } = fakeClusters(t, { east: { objects: healthy } });
  const { code, stdout } = await run(["status", "-f", "-"], { stdin: declaration });
  assert.equal(code, 1);
  assert.match(stdout, /^✗ App shop\/orders {2}Service orders: it does not exist\n/);
  assert.match(
    stdout,
    /├─ ✓ Deployment orders [^]*├─ ✗ Service orders {2}it does not exist\n└─ ✗ ServiceAccount orders/,
  );
  const wrong = await run(["status", "-f", "-"], { stdin: declaration.replace("http:", "htpp:") });
  assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
  assert.match(wrong.stderr, /FL050/);
});

test("shows several clusters, one of which does not answer", async (t) => {
  const cut = new KubeError("connection", "connect ECONNREFUSED", { cluster: "west" });
  const { run } = fakeClusters(t, {
    east: { objects: healthy },
    west: {
      before() {
        throw cut;
      },
    },
  });
  const flags = ["--cluster", "east", "--cluster", "west"];
  const { code, stdout, stderr } = await run(["status", ...flags]);
  assert.deepEqual([code, stdout], [1, `east:\n${tree}west:\n`]);
  assert.match(stderr, /error FL760: west: connect ECONNREFUSED/);
  assert.equal(stderr.match(/FL760/g)!.length, 1);
  const json = JSON.parse((await run(["status", "-o", "json", ...flags])).stdout) as {
    clusters: { cluster: string; objects: { object: { name: string }; state: string; children: unknown[] }[] }[];
    findings: { code: string }[];
  };
  assert.deepEqual(
    json.clusters.map(({ cluster, objects }) => [cluster, objects.map(({ object, state }) => [object.name, state])]),
    [
      ["east", [["orders", "ready"]]],
      ["west", []],
    ],
  );
  assert.ok(json.findings.every((finding) => finding.code === "FL760"));
});

/** Collects what a watching command writes, until it is told to end. */
function watching() {
  const stop = new AbortController();
  const text = { stdout: "", stderr: "" };
  const process = {
    stdout: { write: (part: string) => void (text.stdout += part) },
    stderr: { write: (part: string) => void (text.stderr += part) },
    env: {},
    exitCode: undefined as number | undefined,
  };
  async function seen(from: "stdout" | "stderr", pattern: RegExp): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!pattern.test(text[from])) {
      assert.ok(performance.now() < deadline, `${String(pattern)} did not come; there is ${text[from]}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { text, stop, seen, process, context: { process: process as never, interrupted: () => stop.signal } };
}

test("watches: a line for each change where there is no terminal", async (t) => {
  const { run, clients } = fakeClusters(t, { east: { objects: healthy } });
  const { context, seen, stop, process, text } = watching();
  const running = run(["status", "--watch"], { context });
  await seen("stdout", /✓ Pod shop\/a: 1 of 1 container is ready\n/);
  const east = clients["east"]!;
  const pods = east.resource("Pod");
  const key = { namespace: "shop", name: "a" };
  await east.patch(pods, key, { status: crashingPod }, { type: "merge", subresource: "status" });
  await seen("stdout", /✗ Pod shop\/a: container app: CrashLoopBackOff/);
  await east.delete(pods, key);
  await seen("stdout", /- Pod shop\/a\n/);
  stop.abort();
  await running;
  assert.equal(process.exitCode, 0);
  assert.equal(text.stdout.match(/Deployment shop\/orders/g)!.length, 1);
});

test("watches: redraws on a terminal, and writes a document per change as JSON", async (t) => {
  const { run, clients } = fakeClusters(t, { east: { objects: healthy } });
  const live = watching();
  const terminal = { size: () => ({ columns: 30, rows: 20 }), onResize: () => () => undefined };
  const drawing = run(["status", "--watch"], { context: { ...live.context, terminal } });
  await live.seen("stderr", /\u001b\[\?25l[^]*✓ App shop\/orders/);
  live.stop.abort();
  await drawing;
  assert.match(live.text.stderr, /orders  1 of …[^]*\u001b\[\?25h$/);
  assert.equal(live.text.stdout, "");

  const json = watching();
  const writing = run(["status", "--watch", "-o", "json"], { context: json.context });
  await json.seen("stdout", /\n/);
  await clients["east"]!.delete(clients["east"]!.resource("Pod"), { namespace: "shop", name: "a" });
  await json.seen("stdout", /\n[^]*\n/);
  json.stop.abort();
  await writing;
  const states = json.text.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { schemaVersion: number });
  assert.ok(states.length >= 2 && states.every(({ schemaVersion }) => schemaVersion === 1));
});
