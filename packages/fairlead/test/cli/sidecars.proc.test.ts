/** Commands of the sidecars on an embedded cluster whose Istio is upgraded. No kind of Fairlead is installed in it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { installIstio, type InstalledIstio } from "@fairlead/sim";
import { startEmbedded, type Embedded } from "../support/embedded.ts";

let fleet: Embedded;
let istio: InstalledIstio;

const deployment = (name: string): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "app", image: "registry.example/app:1" }] },
    },
  },
});

before(async () => {
  fleet = await startEmbedded({ east: { seed: 7 } }, { crds: false });
  const { cluster } = fleet.member("east");
  istio = await installIstio(cluster, { version: "1.28.0" });
  await cluster.settled();
  const labels = { "istio-injection": "enabled" };
  await cluster.api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } });
  for (const name of ["cart", "orders"]) await cluster.api.create("deployments.apps", deployment(name));
  await cluster.settled();
});
after(async () => {
  await istio?.stop();
  await fleet?.stop();
});

const sidecars = (...args: readonly string[]) => fleet.run(["sidecars", ...args]);
const images = (): readonly string[] => {
  const pods = fleet.member("east").cluster.api.list("pods", "shop");
  const proxies = pods.flatMap((pod) =>
    ["containers", "initContainers"].flatMap((list) =>
      ((get(pod["spec"], list) ?? []) as JsonValue[]).filter((one) => get(one, "name") === "istio-proxy"),
    ),
  );
  return [...new Set(proxies.map((one) => String(get(one, "image"))))].sort();
};
const restarts = (): readonly unknown[] =>
  fleet
    .member("east")
    .cluster.api.list("deployments.apps", "shop")
    .map((one) =>
      get(get(get(get(one["spec"], "template"), "metadata"), "annotations"), "kubectl.kubernetes.io/restartedAt"),
    );

test("plan says of a current cluster that it is", async () => {
  const { code, stdout, stderr } = await sidecars("plan");
  assert.deepEqual([code, stdout, stderr], [0, "everything is current\n", ""]);
});

test("status, before anything has run, says how to begin", async () => {
  const { code, stdout, stderr } = await sidecars("status");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /FL892.*fairlead-sidecars/s);
});

test("after an upgrade plan lists what is outdated, from what to what, and writes nothing", async () => {
  await istio.upgrade("1.29.0");
  const { code, stdout, stderr } = await sidecars("plan", "-o", "json");
  assert.deepEqual([code, stderr], [1, ""]);
  const { rows, progress } = JSON.parse(stdout) as { rows: JsonObject[]; progress: JsonObject };
  assert.deepEqual(
    rows.map(({ workload, state, from, to, pods }) => [get(workload!, "name"), state, from, to, pods]),
    ["cart", "orders"].map((name) => [
      name,
      "waiting",
      "docker.io/istio/proxyv2:1.28.0",
      "docker.io/istio/proxyv2:1.29.0",
      { total: 2, outdated: 2 },
    ]),
  );
  assert.equal(progress["total"], 2);
  const table = await sidecars("plan");
  assert.match(table.stdout, /shop\/deployment\/cart +waiting +rest +2\/2 +proxyv2:1\.28\.0 +proxyv2:1\.29\.0 +image/);
  assert.deepEqual(restarts(), [undefined, undefined]);
});

test("a dry run tells the same, and restarts nothing", async () => {
  const { code, stderr } = await sidecars("run", "--dry-run");
  assert.equal(code, 1, stderr);
  assert.deepEqual(restarts(), [undefined, undefined]);
  assert.deepEqual(images(), ["docker.io/istio/proxyv2:1.28.0"]);
});

test("paused, a run begins nothing and says who paused it", async () => {
  const paused = await sidecars("pause", "--reason", "sale");
  assert.deepEqual([paused.code, paused.stderr], [0, ""]);
  const { code, stdout, stderr } = await sidecars("run");
  assert.equal(code, 1, stderr);
  assert.match(stdout, /sale/);
  assert.deepEqual(restarts(), [undefined, undefined]);
});

test("resumed, a run brings everything up to date and ends", async () => {
  const resumed = await sidecars("resume");
  assert.deepEqual([resumed.code, resumed.stderr], [0, ""]);
  const { code, stdout, stderr } = await sidecars("run", "--set", "restart.cooldown=0s");
  assert.deepEqual([code, images()], [0, ["docker.io/istio/proxyv2:1.29.0"]], `${stdout}${stderr}`);
  assert.match(stdout, /2 of 2 done/);
  assert.match(stderr, /cart.*done/s);
});

test("afterwards nothing is left to do, and status and history tell what was done", async () => {
  assert.deepEqual((await sidecars("plan")).code, 0);
  const then = restarts();
  const again = await sidecars("run");
  assert.deepEqual([again.code, restarts()], [0, then]);
  const history = await sidecars("history");
  assert.match(history.stdout, /ago +\d+ s +2 +0 +image docker\.io\/istio\/proxyv2:1\.28\.0 → /);
  assert.equal((await sidecars("status")).code, 0);
});

test("the predecessor's arguments are taken, and a mistake in them is told", async () => {
  const good = await sidecars("plan", "--compat-flags", "--restart-delay=1s", "--skip-namespaces", "kube-system");
  assert.deepEqual([good.code, good.stderr], [0, ""]);
  const bad = await sidecars("plan", "--compat-flags", "--restart-dely=1s");
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /FL877.*restart-dely.*did you mean/s);
});

test("a policy in a file counts, and what is wrong with it has its line", async () => {
  const file = path.join(fleet.folder, "policy.yaml");
  const policy = (spec: string) =>
    `apiVersion: fairlead.dev/v1alpha1\nkind: SidecarPolicy\nmetadata: {name: sidecars}\nspec:\n${spec}\n`;
  writeFileSync(file, policy("  select: {skipNamespaces: [shop]}"));
  const skipped = await sidecars("plan", "--config", file);
  assert.deepEqual([skipped.code, skipped.stdout, skipped.stderr], [0, "everything is current\n", ""]);
  const all = await sidecars("plan", "--config", file, "--all");
  assert.match(all.stdout, /east +shop\/deployment\/cart +namespace shop is skipped by the settings/);
  writeFileSync(file, policy("  budget:\n    fleets: 3"));
  const bad = await sidecars("plan", "--config", file);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /FL896/);
  assert.match(bad.stderr, /policy\.yaml:6:5/);
  const set = await sidecars("plan", "--set", "budget.fleet=none");
  assert.match(set.stderr, /FL875.*fleet/s);
  assert.equal((await sidecars("plan", "--set", "budget")).code, 1);
});

test("of flags that say nothing it is told what to write", async () => {
  const { code, stderr } = await sidecars("pause", "--in", "shop");
  assert.equal(code, 2);
  assert.match(stderr, /FL895.*--of/s);
});

test("whoever may write no Lease is told so at once: nobody would lead", async () => {
  const { api } = fleet.member("east").cluster;
  const rbac = "rbac.authorization.k8s.io";
  const metadata = { name: "reader" };
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }];
  await api.create(`clusterroles.${rbac}`, { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata, rules });
  await api.create(`clusterrolebindings.${rbac}`, {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata,
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "reader" },
    subjects: [{ apiGroup: rbac, kind: "User", name: "reader" }],
  });
  const { code, stderr } = await sidecars("run", "--as", "reader");
  assert.notEqual(code, 0);
  assert.match(stderr, /User "reader" cannot update resource "leases".* in the namespace "fairlead-sidecars"/);
  assert.doesNotMatch(stderr, /FL893/);
});
