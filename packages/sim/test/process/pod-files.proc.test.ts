import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { text as textOf } from "node:stream/consumers";
import { test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { createServer } from "node:http";
import { execIn } from "@fairlead/kube";
import { isReady, processCluster, processPod, type ProcessCluster, until } from "./process-cluster.ts";

const shell = (script: string): string[] => ["sh", "-c", script];

async function run({ client }: ProcessCluster, script: string, name = "web"): Promise<string> {
  const session = await execIn(client, { namespace: "default", name }, { command: shell(script) });
  const [out] = await Promise.all([textOf(session.stdout!), textOf(session.stderr!)]);
  await session.ended;
  return out;
}

const named = (kind: string, name: string, more: JsonObject): JsonObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "default" },
  ...more,
});
const encoded = (text: string): string => Buffer.from(text).toString("base64");

test("lays volumes out below FAIRLEAD_ROOT, and changes them with what they come from", async (t) => {
  const plane = await processCluster(t);
  await plane.create("configmaps", named("ConfigMap", "settings", { data: { "app.yaml": "a: 1\n", other: "x" } }));
  await plane.create("secrets", named("Secret", "keys", { data: { token: encoded("s3cret") } }));
  const volumes = [
    { name: "config", configMap: { name: "settings", items: [{ key: "app.yaml", path: "etc/app.yaml" }] } },
    { name: "all", projected: { sources: [{ configMap: { name: "settings" } }, { secret: { name: "keys" } }] } },
    { name: "keys", secret: { secretName: "keys", defaultMode: 0o400 } },
    { name: "missing", configMap: { name: "nobody", optional: true } },
    { name: "labels", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
    { name: "scratch", emptyDir: {} },
  ];
  const volumeMounts = [
    { name: "config", mountPath: "/etc/app" },
    { name: "all", mountPath: "/etc/all" },
    { name: "keys", mountPath: "/keys" },
    { name: "missing", mountPath: "/missing" },
    { name: "labels", mountPath: "/labels" },
    { name: "scratch", mountPath: "/scratch" },
    { name: "scratch", mountPath: "/part", subPath: "a/b" },
    { name: "all", mountPath: "/one/token", subPath: "token" },
  ];
  await plane.create("pods", processPod("web", shell("sleep 1000"), { volumeMounts }, { volumes }));
  await until(() => isReady(plane.pod("web")), "it runs");
  const root = (await run(plane, 'printf %s "$FAIRLEAD_ROOT"')).trim();
  const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
  assert.deepEqual(
    [read("etc/app/etc/app.yaml"), read("etc/all/other"), read("etc/all/token")],
    ["a: 1\n", "x", "s3cret"],
  );
  assert.deepEqual([read("keys/token"), read("labels/labels"), read("one/token")], ["s3cret", 'app="web"', "s3cret"]);
  assert.equal(statSync(path.join(root, "keys/token")).mode & 0o777, 0o400);
  assert.equal(read("var/run/secrets/kubernetes.io/serviceaccount/namespace"), "default");
  assert.match(read("var/run/secrets/kubernetes.io/serviceaccount/ca.crt"), /^-----BEGIN CERTIFICATE-----/);
  await run(plane, 'echo hi > "$FAIRLEAD_ROOT/part/file"');
  assert.equal(read("scratch/a/b/file"), "hi\n");
  await plane.cluster.api.patch(
    "configmaps",
    { namespace: "default", name: "settings" },
    { data: { "app.yaml": "a: 2\n", other: null } },
  );
  await until(() => read("etc/app/etc/app.yaml") === "a: 2\n", "the file has changed");
  await until(
    () => !statSync(path.join(root, "etc/all"), {}).isFile() && !exists(path.join(root, "etc/all/other")),
    "the other is gone",
  );
  await plane.cluster.api.delete("pods", { namespace: "default", name: "web" }, { gracePeriodSeconds: 0 });
  await until(() => !exists(root), "all of it is gone");
});

function exists(file: string): boolean {
  try {
    return readFileSync(file).length >= 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EISDIR";
  }
}

test("lets a program talk to the API server with the token of its account", async (t) => {
  const plane = await processCluster(t, { firstPort: 1024 });
  const account = { namespace: "default", name: "default" };
  await plane.create("pods", processPod("web", shell("sleep 1000")));
  await until(() => isReady(plane.pod("web")), "it runs");
  const script = `
    const { readFileSync } = require("node:fs");
    const https = require("node:https");
    const folder = process.env.FAIRLEAD_ROOT + "/var/run/secrets/kubernetes.io/serviceaccount/";
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
    const headers = { authorization: "Bearer " + readFileSync(folder + "token", "utf8") };
    const ask = (at) => https.get({ ...at, ca: readFileSync(folder + "ca.crt"), path: "/api/v1/namespaces/default/pods", headers, agent: false }, (answer) => {
      answer.setEncoding("utf8"); let text = "";
      answer.on("data", (chunk) => text += chunk).on("end", () => console.log(JSON.parse(text).message));
    });
    ask({ host, port }); ask({ host: "kubernetes.default.svc", port: 443 });`;
  const said = await run(plane, `node -e '${script}'`);
  const refused = `pods is forbidden: User "system:serviceaccount:${account.namespace}:${account.name}" cannot list resource "pods" in API group "" in the namespace "default"`;
  assert.equal(said, `${refused}\n${refused}\n`);
});

test("waits for a volume that is not there", async (t) => {
  const plane = await processCluster(t);
  const volumes = [{ name: "config", configMap: { name: "late" } }];
  const volumeMounts = [{ name: "config", mountPath: "/config" }];
  await plane.create("pods", processPod("web", shell("sleep 1000"), { volumeMounts }, { volumes }));
  const events = (): readonly JsonObject[] => plane.cluster.api.list("events");
  await until(
    () => events().some((one) => String(one["note"] ?? one["message"]).includes('configmap "late" not found')),
    "it says so",
  );
  assert.equal(get(plane.pod("web")?.["status"], "phase"), "Pending");
  await plane.create("configmaps", named("ConfigMap", "late", { data: { key: "value" } }));
  await until(() => isReady(plane.pod("web")), "it runs");
  assert.equal(await run(plane, 'cat "$FAIRLEAD_ROOT/config/key"'), "value");
});

test("asks probes of all four kinds", async (t) => {
  const plane = await processCluster(t);
  const periodSeconds = 1;
  const probes: Record<string, JsonObject> = {
    grpc: { grpc: { port: 9000 } },
    sick: { grpc: { port: 9000, service: "sick" } },
    tcp: { tcpSocket: { port: 9001 } },
    closed: { tcpSocket: { port: 9002 } },
    exec: { exec: { command: shell('test -n "$POD_IP"') } },
    fails: { exec: { command: shell("echo not today; exit 1") } },
    slow: { exec: { command: shell("sleep 60") }, timeoutSeconds: 1 },
    http: { httpGet: { path: "/", port: 9001 } },
  };
  for (const [name, probe] of Object.entries(probes)) {
    await plane.create(
      "pods",
      processPod(name, "node health-server.ts", { readinessProbe: { ...probe, periodSeconds } }),
    );
  }
  await until(() => ["grpc", "tcp", "exec"].every((name) => isReady(plane.pod(name))), "three are ready");
  const told = (name: string): string =>
    plane.cluster.api
      .list("events")
      .filter((one) => get(one["regarding"] ?? one["involvedObject"], "name") === name)
      .filter((one) => one["reason"] === "Unhealthy")
      .map((one) => String(one["note"] ?? one["message"]))
      .join("\n");
  const expected: [string, RegExp][] = [
    ["sick", /service unhealthy \(responded with "NOT_SERVING"\)/],
    ["closed", /dial tcp 127[\d.]+:9002: connect: connection refused/],
    ["fails", /Readiness probe failed: not today/],
    ["slow", /timed out after 1s/],
    ["http", /Readiness probe failed: Get "http:\/\/127[\d.]+:9001\/": /],
  ];
  for (const [name, message] of expected) {
    await until(() => message.test(told(name)), `${name} says why`);
    assert.equal(isReady(plane.pod(name)), false, name);
  }
});

test("finds Services through the proxy of programs that are not Node's", async (t) => {
  const plane = await processCluster(t, { firstPort: 1024 });
  const outside = createServer((_request, response) => response.end("outside")).listen(0, "127.0.0.1");
  t.after(() => new Promise((resolve) => outside.close(resolve)));
  await plane.create("pods", processPod("web", "node web-server.ts 8080", { ports: [{ containerPort: 8080 }] }));
  await plane.create(
    "services",
    named("Service", "web", { spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] } }),
  );
  await plane.create("pods", processPod("other", shell("sleep 1000"), { ports: [{ containerPort: 80 }] }));
  await until(() => plane.cluster.addresses()[0]?.ready === 1 && isReady(plane.pod("other")), "both run");
  assert.equal(await run(plane, "echo $PORT", "other"), "20080\n");
  const proxy = new URL((await run(plane, "echo $HTTP_PROXY", "other")).trim());
  const { port } = outside.address() as { port: number };
  const through = (url: string): string => `node -e '
    const { request } = require("node:http");
    const authorization = "Basic " + Buffer.from("${proxy.username}:").toString("base64");
    request({ host: "${proxy.hostname}", port: ${proxy.port}, path: "${url}", headers: { host: new URL("${url}").host, "proxy-authorization": authorization } },
      (answer) => answer.pipe(process.stdout)).end();'`;
  let answer = "";
  while (!answer.includes("20080") && !answer.includes("8080"))
    answer = await run(plane, through("http://web/hello"), "other");
  assert.equal((JSON.parse(answer) as { port: number }).port, 8080);
  assert.equal(await run(plane, through(`http://127.0.0.1:${port}/`), "other"), "outside");
});
