import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { joinNames } from "../../src/cluster/join-names.ts";
import { isReady, phaseOf, processCluster, processPod, type ProcessCluster, until } from "./process-cluster.ts";

interface Answer {
  readonly pod: string;
  readonly address: string;
  readonly port: number;
}

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean };
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url, { headers: { connection: "close" } });
  return (await response.json()) as Answer;
}

const podName = { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };

function deployment(name: string, port: number, replicas: number): JsonObject {
  const labels = { app: name };
  const container = {
    name: "app",
    image: "web:1",
    ports: [{ name: "http", containerPort: port }],
    env: [podName],
    readinessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 1, failureThreshold: 1 },
  };
  const annotations = { "fairlead.dev/process": `node web-server.ts ${port}` };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [container] } },
    },
  };
}

function service(name: string, spec: JsonObject): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default" },
    spec: { selector: { app: name }, ...spec },
  };
}

function addressOf({ pod }: ProcessCluster, name: string): string {
  return textOf(get(pod(name)?.["status"], "podIP"));
}

test("gives replicas one port on addresses of their own, and leads a Service's address and names to the ready ones", async (t) => {
  const plane = await processCluster(t, { firstPort: 1024 });
  const { cluster, create, pods } = plane;
  await create("services", service("web", { ports: [{ port: 80, targetPort: "http" }] }));
  const external = { type: "ExternalName", externalName: "web.default.svc.cluster.local" };
  await create("services", { ...service("alias", {}), spec: external });
  await create("services", service("peers", { clusterIP: "None", selector: { app: "web" }, ports: [{ port: 8080 }] }));
  await create("deployments.apps", deployment("web", 8080, 2));
  await until(() => pods("web").filter(isReady).length === 2, "two replicas are ready");
  const [first, second] = pods("web").map((pod) => textOf(get(pod["status"], "podIP")));
  assert.match(`${first} ${second}`, /^127\.\d+\.\d+\.\d+ 127\.\d+\.\d+\.\d+$/);
  assert.notEqual(first, second);
  await until(() => cluster.addresses().find((one) => one.service === "web")?.ready === 2, "the Service has both");
  const reachable = cluster.addresses().find((one) => one.service === "web")!;
  assert.deepEqual([reachable.port, reachable.localPort, reachable.portName], [80, 20_080, ""]);
  const slices = (ready: boolean): readonly string[] =>
    cluster.api
      .list("endpointslices.discovery.k8s.io", "default")
      .filter(({ metadata }) => get(get(metadata, "labels"), "kubernetes.io/service-name") === "web")
      .flatMap((slice) => slice["endpoints"] as unknown as readonly Endpoint[])
      .flatMap(({ addresses, conditions }) => (conditions.ready === ready ? addresses : []));
  await until(() => slices(true).length === 2, "its slices have both, though they are loopback addresses");
  assert.deepEqual(new Set(slices(true)), new Set([first, second]));
  const answers = [await ask(reachable.url), await ask(reachable.url)];
  assert.deepEqual(new Set(answers.map(({ address }) => address)), new Set([first, second]));
  assert.deepEqual(new Set(answers.map(({ port }) => port)), new Set([8080]));
  // Names as programs of a pod say them; the port is the Service's, though nobody may listen there.
  for (const name of [
    "web",
    "web.default",
    "web.default.svc",
    "web.default.svc.cluster.local",
    "peers:8080",
    "alias",
  ]) {
    const found = await ask(`http://${first}:8080/fetch?url=${encodeURIComponent(`http://${name}/`)}`);
    assert.match(found.pod, /^web-/, name);
  }
  const api = await fetch(`http://${first}:8080/fetch?url=${encodeURIComponent("http://nobody/")}`);
  assert.equal(api.status, 500);
  // A pod that is not ready gets nothing more.
  await fetch(`http://${first}:8080/break`);
  await until(() => cluster.addresses().find((one) => one.service === "web")?.ready === 1, "one is left");
  assert.deepEqual([(await ask(reachable.url)).address, (await ask(reachable.url)).address], [second, second]);
  await until(() => slices(false).length === 1, "its slices say so");
});

test("gives each pod ports of its own where there is one address only", async (t) => {
  const plane = await processCluster(t, { addresses: "shared" });
  const { cluster, create, pods } = plane;
  await create("services", service("web", { ports: [{ port: 80, targetPort: "http" }] }));
  await create("services", service("peers", { clusterIP: "None", selector: { app: "web" }, ports: [{ port: 8080 }] }));
  await create("deployments.apps", deployment("web", 8080, 2));
  await until(() => pods("web").filter(isReady).length === 2, "two replicas are ready");
  await until(() => cluster.addresses().find((one) => one.service === "web")?.ready === 2, "the Service has both");
  const { url, address } = cluster.addresses().find((one) => one.service === "web")!;
  assert.equal(address, "127.0.0.1");
  const answers = [await ask(url), await ask(url)];
  assert.deepEqual(new Set(answers.map(({ pod }) => pod)).size, 2);
  assert.ok(answers.every(({ port }) => port !== 8080));
  for (const name of ["web", "web.default.svc.cluster.local", "peers:8080", "localhost:8080", `127.0.0.1:8080`]) {
    const found = await ask(`http://127.0.0.1:${answers[0]!.port}/fetch?url=${encodeURIComponent(`http://${name}/`)}`);
    assert.match(found.pod, /^web-/, name);
  }
});

test("finds names of other clusters where it is told of them", async (t) => {
  const [west, east] = [await processCluster(t), await processCluster(t)];
  for (const plane of [west, east]) {
    await plane.create(
      "pods",
      processPod("web", "node web-server.ts 8080", { env: [podName], ports: [{ containerPort: 8080 }] }),
    );
  }
  await east.create("services", service("web", { ports: [{ port: 8080 }] }));
  await until(() => east.cluster.addresses()[0]?.ready === 1 && isReady(west.pod("web")), "both run");
  assert.notEqual(addressOf(west, "web"), addressOf(east, "web"));
  const { address, port, localPort } = east.cluster.addresses()[0]!;
  const place = { addresses: [address], ports: { [port]: localPort } };
  west.cluster.setNames(new Map([["web.east.example", place]]));
  const url = `http://${addressOf(west, "web")}:8080/fetch?url=${encodeURIComponent("http://web.east.example:8080/")}`;
  await until(() => addressOf(west, "web") !== "", "an address");
  let answer: Answer | undefined;
  await untilAsync(async () => ((answer = await ask(url)), true), "the program listens");
  assert.equal(answer!.address, addressOf(east, "web"));
});

async function untilAsync(attempt: () => Promise<boolean>, what: string): Promise<void> {
  let isDone = false;
  let isAsking = false;
  await until(() => {
    if (!isAsking && !isDone) {
      isAsking = true;
      attempt().then(
        (done) => ((isDone = done), (isAsking = false)),
        () => (isAsking = false),
      );
    }
    return isDone;
  }, what);
}

test("finds the Services of a fleet from each of its clusters, the own ones first", async (t) => {
  const planes = [
    await processCluster(t, {}, { name: "west" }),
    await processCluster(t, { addresses: "shared" }, { name: "east" }),
  ] as const;
  const [west, east] = planes;
  joinNames(planes.map(({ cluster }) => cluster));
  const container = { env: [podName], ports: [{ containerPort: 8080 }] };
  for (const plane of planes) {
    await plane.create("pods", processPod("web", "node web-server.ts 8080", container));
    await plane.create("services", service("web", { ports: [{ port: 80, targetPort: 8080 }] }));
    await until(() => plane.cluster.addresses()[0]?.ready === 1, "it is ready");
  }
  const own = addressOf(west, "web");
  const portOf = async (name: string): Promise<number> => {
    let answer: Answer | undefined;
    const url = `http://${own}:8080/fetch?url=${encodeURIComponent(`http://${name}/`)}`;
    await untilAsync(async () => ((answer = await ask(url)), true), `${name} answers`);
    return answer!.port;
  };
  assert.equal(await portOf("web.default.svc.clusterset.local"), 8080);
  assert.equal(await portOf("west.web.default.svc.clusterset.local"), 8080);
  const there = await portOf("east.web.default.svc.clusterset.local");
  assert.notEqual(there, 8080);
  await west.cluster.api.patch(
    "services",
    { namespace: "default", name: "web" },
    { spec: { selector: { app: "nobody" } } },
  );
  await until(() => west.cluster.addresses()[0]?.ready === 0, "nobody is left");
  assert.equal(await portOf("web.default.svc.clusterset.local"), there);
  assert.ok(isReady(east.pod("web")));
});

test("listens above 20000 in place of a port that only administrators may use", async (t) => {
  const plane = await processCluster(t, { firstPort: 1024 });
  const probe = { httpGet: { path: "/healthz", port: 80 }, periodSeconds: 1 };
  await plane.create(
    "pods",
    processPod("web", "node web-server.ts 80", { ports: [{ containerPort: 80 }], readinessProbe: probe }),
  );
  await until(() => isReady(plane.pod("web")), "the probe finds the port");
  assert.equal((await ask(`http://${addressOf(plane, "web")}:20080/`)).port, 20_080);
  const own = encodeURIComponent(`http://${addressOf(plane, "web")}/`);
  assert.equal((await ask(`http://${addressOf(plane, "web")}:20080/fetch?url=${own}`)).port, 20_080);
});

test("restarts what ends, and keeps what the run before has said", async (t) => {
  const plane = await processCluster(t);
  await plane.create("pods", processPod("twice", ["sh", "-c", "echo run; exit 3"]));
  const status = (): JsonObject =>
    (get(plane.pod("twice")?.["status"], "containerStatuses") as JsonObject[] | undefined)?.[0] ?? {};
  await until(() => get(get(status()["state"], "waiting"), "reason") === "CrashLoopBackOff", "it is waiting");
  assert.equal(status()["restartCount"], 1);
  assert.equal(get(get(status()["lastState"], "terminated"), "exitCode"), 3);
});

test("goes on where it ended: pods run again at their addresses, and claims are kept", async (t) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "fairlead-data-"));
  // Of its own: another cluster of the same name may have the addresses first.
  const name = path.basename(dataDir);
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  const volumeMounts = [{ name: "data", mountPath: "/data" }];
  const command = [
    "sh",
    "-c",
    'echo run >> "$FAIRLEAD_ROOT/data/runs"; wc -l < "$FAIRLEAD_ROOT/data/runs"; sleep 1000',
  ];
  const first = await processCluster(t, {}, { dataDir, name });
  await first.create("persistentvolumeclaims", claim("data"));
  await first.cluster.settled();
  await bindClaim(first, "data");
  await first.create("pods", processPod("web", command, { volumeMounts }, { volumes }));
  await until(() => isReady(first.pod("web")), "it runs");
  const address = addressOf(first, "web");
  const kept = path.join(dataDir, "claims/default/data/runs");
  await until(() => existsSync(kept) && readFileSync(kept, "utf8") === "run\n", "it has written");
  await first.stop();
  const second = await processCluster(t, {}, { dataDir, name });
  const status = (): JsonObject => (get(second.pod("web")?.["status"], "containerStatuses") as JsonObject[])[0]!;
  await until(() => status()["restartCount"] === 1 && isReady(second.pod("web")), "it runs again");
  assert.equal(get(get(status()["lastState"], "terminated"), "exitCode"), 137);
  assert.equal(addressOf(second, "web"), address);
  await until(() => readFileSync(kept, "utf8") === "run\nrun\n", "it finds what it had written");
});

function claim(name: string): JsonObject {
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "" };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace: "default" }, spec };
}

/** By hand: the scheduler looks for nothing but that it is bound. */
async function bindClaim({ cluster, create }: ProcessCluster, name: string): Promise<void> {
  const capacity = { storage: "1Gi" };
  const claimRef = { namespace: "default", name };
  const spec = { capacity, accessModes: ["ReadWriteOnce"], hostPath: { path: "/nowhere" }, claimRef };
  await create("persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name }, spec });
  const key = { namespace: "default", name };
  const phase = (): unknown => get(cluster.api.get("persistentvolumeclaims", key)?.["status"], "phase");
  await until(() => phase() === "Bound", "the claim is bound");
}

test("ends a program at its SIGTERM, and one that does not listen when its grace is over", async (t) => {
  const plane = await processCluster(t);
  await plane.create(
    "pods",
    processPod("polite", "node web-server.ts", {
      ports: [{ containerPort: 8080 }],
      readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    }),
  );
  await plane.create(
    "pods",
    processPod(
      "deaf",
      ["sh", "-c", "trap '' TERM; sleep 1000 & wait; wait; sleep 1000"],
      {},
      { terminationGracePeriodSeconds: 1 },
    ),
  );
  await until(() => isReady(plane.pod("polite")) && isReady(plane.pod("deaf")), "both run");
  await plane.cluster.api.delete("pods", { namespace: "default", name: "polite" });
  await plane.cluster.api.delete("pods", { namespace: "default", name: "deaf" });
  await until(() => plane.pod("polite") === undefined && plane.pod("deaf") === undefined, "both are gone");
});

test("runs a Job to its end", async (t) => {
  const plane = await processCluster(t);
  const annotations = { "fairlead.dev/process": '["node", "-e", "console.log(6 * 7)"]' };
  const template = {
    metadata: { annotations },
    spec: { restartPolicy: "Never", containers: [{ name: "app", image: "a" }] },
  };
  await plane.create("jobs.batch", {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "sum", namespace: "default" },
    spec: { template },
  });
  const job = (): JsonObject | undefined => plane.cluster.api.get("jobs.batch", { namespace: "default", name: "sum" });
  await until(() => get(job()?.["status"], "succeeded") === 1, "it has succeeded");
  assert.deepEqual(plane.cluster.api.list("pods", "default").map(phaseOf), ["Succeeded"]);
});
