import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "@fairlead/apimachinery";
import { readAccess } from "../../scripts/real/access.ts";
import { repositoryRoot } from "../../scripts/real/corpus.ts";
import { corpusGroups } from "../../scripts/real/crd-sources.ts";
import { discover } from "../../scripts/real/discovery.ts";
import { dryRun } from "../../scripts/real/dry-run.ts";
import { execute } from "../../scripts/real/execute.ts";
import { request } from "../../scripts/real/request.ts";

const { plane, programs, absentGroups } = readAccess();

test("is the release that was asked for", async () => {
  const { text } = await request(plane, { path: "/version" });
  assert.equal((JSON.parse(text) as { gitVersion: string }).gitVersion, `v${plane.kubernetes}`);
});

test("lets nobody in without the token", async () => {
  const answer = await request({ ...plane, token: "wrong" }, { path: "/api/v1/namespaces" });
  assert.equal(answer.status, 401);
});

test("is reachable for kubectl through its kubeconfig", async () => {
  const result = await execute(programs.kubectl, ["--kubeconfig", plane.kubeconfig, "get", "namespaces", "-o", "name"]);
  assert.match(result.stdout, /^namespace\/default$/m, result.stderr);
});

test("serves the kinds of every third-party module", async () => {
  const groups = new Set((await discover(plane)).map((one) => one.group));
  const wanted = [
    "networking.istio.io",
    "security.istio.io",
    "telemetry.istio.io",
    "gateway.networking.k8s.io",
    "argoproj.io",
    "keda.sh",
    "cert-manager.io",
    "acme.cert-manager.io",
    "traefik.io",
    "monitoring.coreos.com",
    "external-secrets.io",
    "multicluster.x-k8s.io",
  ];
  assert.deepEqual(
    wanted.filter((group) => !groups.has(group)),
    [],
  );
});

test("says which kinds it cannot judge", async (t) => {
  for (const group of absentGroups) t.diagnostic(`objects of ${group} are not checked: their CRDs are not at hand`);
  const groups = new Set((await discover(plane)).map((one) => one.group));
  for (const group of corpusGroups) {
    assert.equal(groups.has(group), !absentGroups.includes(group), group);
  }
});

const configMap = (name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "plane-test" },
  ...more,
});

test("accepts a correct object without storing it, in a namespace that it makes", async () => {
  const [verdict] = await dryRun(plane, [configMap("kept-nowhere", { data: { a: "b" } })]);
  assert.equal(verdict?.status, 201, verdict?.reason);
  const answer = await request(plane, { path: "/api/v1/namespaces/plane-test/configmaps/kept-nowhere" });
  assert.equal(answer.status, 404);
});

test("judges a namespace that exists", async () => {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } };
  const [good, bad] = await dryRun(plane, [namespace, { ...namespace, specs: {} }]);
  assert.equal(good?.accepted, true, good?.reason);
  assert.equal(bad?.accepted, false);
});

test("names the field that it does not know", async () => {
  const [verdict] = await dryRun(plane, [configMap("x", { dat: {} })]);
  assert.deepEqual([verdict?.known, verdict?.accepted, verdict?.status], [true, false, 400]);
  assert.match(verdict?.reason ?? "", /unknown field "dat"/);
});

test("tells a kind it does not serve from an object it refuses", async () => {
  const [verdict] = await dryRun(plane, [{ apiVersion: "example.com/v1", kind: "Nothing", metadata: { name: "x" } }]);
  assert.deepEqual([verdict?.known, verdict?.accepted], [false, false]);
});

test("keeps the order of the objects", async () => {
  const objects = Array.from({ length: 40 }, (_, i) => configMap(`order-${i}`, i % 3 === 0 ? { dat: {} } : {}));
  const verdicts = await dryRun(plane, objects);
  assert.deepEqual(
    verdicts.map((one) => [one.object, one.accepted]),
    objects.map((object, i) => [object, i % 3 !== 0]),
  );
});

const serviceEntry = (resolution: string): JsonObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "ServiceEntry",
  metadata: { name: "x" },
  spec: { hosts: ["a.example.com"], addresses: ["10.0.0.0/8"], resolution, ports: [{ number: 80, name: "http" }] },
});

test("refuses what Istio's own webhook would, by the CEL rules of its CRDs", async () => {
  const [good, bad] = await dryRun(plane, [serviceEntry("NONE"), serviceEntry("DNS")]);
  assert.equal(good?.accepted, true, good?.reason);
  assert.match(bad?.reason ?? "", /CIDR addresses are allowed only for/);
});

test("leaves no process and no file behind when its starter is killed", async () => {
  const script = `
    import { startPlane } from ${JSON.stringify(path.join(repositoryRoot, "scripts/real/plane.ts"))};
    const { folder, processes } = await startPlane({ kubernetes: ${JSON.stringify(plane.kubernetes)} });
    console.log(JSON.stringify({ folder, pids: Object.values(processes) }));
    setInterval(() => {}, 1000);`;
  const starter = spawn(
    process.execPath,
    ["--conditions=@fairlead/source", "--input-type=module-typescript", "-e", script],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const line = await new Promise<string>((resolve, reject) => {
    starter.stdout.setEncoding("utf8").once("data", resolve);
    starter.once("exit", (code) => reject(new Error(`the starter ended with ${code}`)));
  });
  const { folder, pids } = JSON.parse(line) as { folder: string; pids: number[] };
  assert.ok(existsSync(folder) && pids.length === 2 && pids.every(runs), "started");
  starter.kill("SIGKILL");
  const deadline = performance.now() + 20_000;
  while ((existsSync(folder) || pids.some(runs)) && performance.now() < deadline) await sleep(50);
  assert.deepEqual({ folder: existsSync(folder), running: pids.filter(runs) }, { folder: false, running: [] });
});

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
