/** What the harness can do with planes of a suite's own: users, counting writes, killing and pausing, fleets. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { execute } from "../../scripts/real/execute.ts";
import { startFleet } from "../../scripts/real/fleet.ts";
import { startPlane, type Plane } from "../../scripts/real/plane.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";
import { createServiceAccount, issueCertificate, signToken } from "../../scripts/real/users.ts";
import { addedWrites, countWrites, totalWrites } from "../../scripts/real/write-counts.ts";
import { formatWrite, writesDuring } from "../../scripts/real/writes.ts";

let plane: Plane;
let kubectl: string;

before(async () => {
  plane = await startPlane({ users: [{ name: "reader", groups: ["readers"] }] });
  kubectl = await ensureTool("kubectl");
});
after(() => plane.stop());

const configMaps = "/api/v1/namespaces/default/configmaps";

async function apply(name: string, ...more: readonly string[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: name } });
  const parameters = ["--kubeconfig", plane.kubeconfig, "apply", "--server-side", "-f", "-", ...more];
  const { status, stderr } = await execute(kubectl, parameters, { input });
  assert.equal(status, 0, stderr);
}

test("has users of the suite's own, who may do what RBAC lets them", async () => {
  const reader = { ...plane, token: plane.users["reader"]! };
  const review = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const answer = await request(reader, { method: "POST", path: review, body: JSON.stringify({}) });
  const { userInfo } = (JSON.parse(answer.text) as { status: { userInfo: JsonObject } }).status;
  assert.deepEqual([userInfo["username"], userInfo["groups"]], ["reader", ["readers", "system:authenticated"]]);
  assert.equal((await request(reader, { path: configMaps })).status, 403);
});

test("issues client certificates", async () => {
  const { certificate, key } = issueCertificate(plane, { name: "jane", groups: ["system:masters"] });
  const context = { user: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) } };
  const config = JSON.parse(readFileSync(plane.kubeconfig, "utf8")) as { users: object[] };
  const kubeconfig = path.join(plane.folder, "jane.kubeconfig");
  writeFileSync(kubeconfig, JSON.stringify({ ...config, users: [{ ...config.users[0], ...context }] }));
  const { stdout, stderr } = await execute(kubectl, ["--kubeconfig", kubeconfig, "auth", "whoami", "-o", "json"]);
  assert.equal(
    (JSON.parse(stdout) as { status: { userInfo: JsonObject } }).status.userInfo["username"],
    "jane",
    stderr,
  );
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

test("makes tokens of service accounts that end when they are told to", async () => {
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }];
  const account = await createServiceAccount(plane, { name: "lister", rules });
  const status = async (token: string): Promise<number> =>
    (await request({ ...plane, token }, { path: configMaps })).status;
  assert.equal(await status(signToken(plane, account, 60)), 200);
  assert.equal(await status(signToken(plane, account, -1)), 401);
});

test("tells what the system under test has written, and nothing else", async () => {
  const earlier = await countWrites(plane);
  const writes = await writesDuring(plane, async () => {
    await apply("counted");
    await apply("not-counted", "--dry-run=server");
    const body = JSON.stringify({ metadata: { name: "by-the-harness" } });
    await request(plane, { method: "POST", path: configMaps, body });
    await execute(kubectl, ["--kubeconfig", plane.kubeconfig, "create", "configmap", "counted"]);
  });
  assert.deepEqual(writes.map(formatWrite), ["patch configmaps default/counted 201", "create configmaps default/ 409"]);
  assert.match(writes[0]!.userAgent, /^kubectl\//);
  // The metric counts the harness's too, and what the server itself does.
  const added = addedWrites(earlier, await countWrites(plane));
  assert.deepEqual([added.get("APPLY configmaps"), added.get("POST configmaps")], [1, 2]);
  assert.ok(totalWrites(added) >= 3);
});

test("counts only the user agent that is asked for", async () => {
  const writes = await writesDuring(plane, () => apply("agent"), { userAgent: /^something-else/ });
  assert.deepEqual(writes, []);
});

test("comes back on the same port, with its objects, after it was killed", async () => {
  await apply("kept");
  const old = plane.processes["kube-apiserver"];
  await plane.kill("kube-apiserver");
  await assert.rejects(request(plane, { path: "/readyz" }), { code: "ECONNREFUSED" });
  assert.equal(plane.processes["kube-apiserver"], undefined);
  await plane.restart("kube-apiserver");
  assert.notEqual(plane.processes["kube-apiserver"], old);
  assert.equal((await request(plane, { path: `${configMaps}/kept` })).status, 200);
});

test("answers nothing while it is paused, and goes on afterwards", async () => {
  plane.pause("kube-apiserver");
  try {
    await assert.rejects(request(plane, { path: "/readyz", timeoutMs: 500 }), /no answer/);
  } finally {
    plane.resume("kube-apiserver");
  }
  assert.equal((await request(plane, { path: "/readyz" })).status, 200);
});

test("several planes share an etcd and know nothing of each other", async () => {
  const fleet = await startFleet(2);
  try {
    const [one, two] = fleet.planes as [Plane, Plane];
    const body = JSON.stringify({ metadata: { name: "only-in-one" } });
    assert.equal((await request(one, { method: "POST", path: configMaps, body })).status, 201);
    assert.equal((await request(two, { path: `${configMaps}/only-in-one` })).status, 404);
    const get = async (context: string): Promise<number | null> =>
      (
        await execute(kubectl, [
          "--kubeconfig",
          fleet.kubeconfig,
          "--context",
          context,
          "get",
          "configmap",
          "only-in-one",
        ])
      ).status;
    assert.deepEqual([await get("cluster-1"), await get("cluster-2")], [0, 1]);
  } finally {
    await fleet.stop();
  }
});

test("a cluster goes on after its API server was killed and restarted", async () => {
  const cluster = await startPlane({ nodes: 1 });
  try {
    const pods = "/api/v1/namespaces/default/pods";
    const phase = async (name: string): Promise<unknown> => {
      const { text } = await request(cluster, { path: `${pods}/${name}` });
      return (JSON.parse(text) as { status?: { phase?: string } }).status?.phase;
    };
    await cluster.restart("kube-apiserver");
    const body = JSON.stringify({ metadata: { name: "late" }, spec: { containers: [{ name: "a", image: "a:1" }] } });
    assert.equal((await request(cluster, { method: "POST", path: pods, body })).status, 201);
    await until("a running pod", async () => (await phase("late")) === "Running", 60_000);
    assert.deepEqual(Object.keys(cluster.processes).sort(), [
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
    ]);
  } finally {
    await cluster.stop();
  }
});
