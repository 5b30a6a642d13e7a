import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admit, context, pod, request, resources } from "../../../test/admission.ts";
import { field } from "../objects.ts";
import { resourceQuota } from "./resource-quota.ts";

const quota = (hard: JsonObject, used: JsonObject, spec: JsonObject = {}): JsonObject => ({
  metadata: { name: "team", namespace: "shop", resourceVersion: "1" },
  spec: { hard, ...spec },
  status: { hard, used },
});

const sized = (cpu: string, more: JsonObject = {}): JsonObject =>
  pod({ containers: [{ name: "main", resources: { requests: { cpu }, limits: { cpu } } }], ...more });

function setUp(...quotas: JsonObject[]) {
  const store = context({ resourcequotas: quotas });
  const used = () => field(store.list("resourcequotas")[0], "status", "used");
  return { store, used, plugin: resourceQuota(store, () => 0) };
}

test("charges what is written, and refuses what would be too much", async () => {
  const { plugin, used } = setUp(quota({ pods: "2", "requests.cpu": "1" }, { pods: "0", "requests.cpu": "0" }));
  assert.ok((await admit(plugin, request(resources.pods, sized("600m")))).object);
  assert.deepEqual(used(), { pods: "1", "requests.cpu": "600m" });
  assert.equal(
    (await admit(plugin, request(resources.pods, sized("600m")))).message,
    'pods "web" is forbidden: exceeded quota: team, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
  );
  assert.ok((await admit(plugin, request(resources.pods, sized("400m")))).object);
  assert.equal(
    (await admit(plugin, request(resources.pods, sized("1")))).message,
    'pods "web" is forbidden: exceeded quota: team, requested: pods=1,requests.cpu=1, used: pods=2,requests.cpu=1, limited: pods=2,requests.cpu=1',
  );
});

test("charges nothing for a dry run, but judges it", async () => {
  const { plugin, used } = setUp(quota({ pods: "1" }, { pods: "0" }));
  assert.ok((await admit(plugin, request(resources.pods, pod(), { dryRun: true }))).object);
  assert.deepEqual(used(), { pods: "0" });
  const full = setUp(quota({ pods: "1" }, { pods: "1" }));
  assert.match((await admit(full.plugin, request(resources.pods, pod(), { dryRun: true }))).message!, /exceeded quota/);
});

test("wants every container to say what a quota limits", async () => {
  const { plugin } = setUp(quota({ "limits.memory": "1Gi", cpu: "1" }, { "limits.memory": "0", cpu: "0" }));
  assert.equal(
    (await admit(plugin, request(resources.pods, pod()))).message,
    'pods "web" is forbidden: failed quota: team: must specify cpu for: main; limits.memory for: main',
  );
});

test("refuses while the use of a quota is not known yet", async () => {
  const { plugin } = setUp({ ...quota({ pods: "1" }, {}), status: { hard: { pods: "1" } } });
  assert.equal(
    (await admit(plugin, request(resources.pods, pod()))).message,
    'pods "web" is forbidden: status unknown for quota: team, resources: pods',
  );
});

test("counts objects of any kind by their collection", async () => {
  const { plugin, used } = setUp(
    quota({ "count/deployments.apps": "1", configmaps: "1" }, { "count/deployments.apps": "0", configmaps: "0" }),
  );
  const object = { metadata: { name: "a" } };
  assert.ok((await admit(plugin, request(resources.deployments, object))).object);
  assert.equal(
    (await admit(plugin, request(resources.deployments, object))).message,
    'deployments.apps "a" is forbidden: exceeded quota: team, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
  );
  assert.ok((await admit(plugin, request(resources.configMaps, object))).object);
  assert.deepEqual(used(), { configmaps: "1", "count/deployments.apps": "1" });
});

test("counts the node ports of Services, and of a change only what is new", async () => {
  const { plugin, used } = setUp(quota({ "services.nodeports": "2" }, { "services.nodeports": "1" }));
  const service = (type: string, ports: number): JsonObject => ({
    metadata: { name: "a", resourceVersion: "1" },
    spec: { type, ports: Array.from({ length: ports }, (_, port) => ({ port })) },
  });
  const change = request(resources.services, service("NodePort", 2), {
    operation: "UPDATE",
    old: service("NodePort", 1),
  });
  assert.ok((await admit(plugin, change)).object);
  assert.deepEqual(used(), { "services.nodeports": "2" });
  assert.match(
    (await admit(plugin, request(resources.services, service("LoadBalancer", 1)))).message!,
    /requested: services.nodeports=1, used: services.nodeports=2, limited: services.nodeports=2$/,
  );
  assert.ok((await admit(plugin, request(resources.services, service("ClusterIP", 1)))).object);
});

test("counts the storage of claims, of their class too", async () => {
  const gold = "gold.storageclass.storage.k8s.io/requests.storage";
  const { plugin, used } = setUp(
    quota({ "requests.storage": "5Gi", [gold]: "1Gi" }, { "requests.storage": "0", [gold]: "0" }),
  );
  const claim = (storage: string, storageClassName: string): JsonObject => ({
    metadata: { name: "data" },
    spec: { storageClassName, resources: { requests: { storage } } },
  });
  assert.ok((await admit(plugin, request(resources.claims, claim("2Gi", "silver")))).object);
  assert.ok((await admit(plugin, request(resources.claims, claim("1Gi", "gold")))).object);
  assert.deepEqual(used(), { [gold]: "1Gi", "requests.storage": "3Gi" });
  assert.equal(
    (await admit(plugin, request(resources.claims, claim("1Gi", "gold")))).message,
    `persistentvolumeclaims "data" is forbidden: exceeded quota: team, requested: ${gold}=1Gi, used: ${gold}=1Gi, limited: ${gold}=1Gi`,
  );
});

const scopes: readonly [string, JsonObject, JsonObject, boolean][] = [
  ["Terminating", { scopes: ["Terminating"] }, sized("1", { activeDeadlineSeconds: 5 }), true],
  ["Terminating", { scopes: ["Terminating"] }, sized("1"), false],
  ["NotBestEffort", { scopes: ["NotBestEffort"] }, sized("1"), true],
  ["BestEffort", { scopes: ["BestEffort"] }, sized("1"), false],
  [
    "PriorityClass In",
    { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] } },
    sized("1", { priorityClassName: "high" }),
    true,
  ],
  [
    "PriorityClass DoesNotExist",
    { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "DoesNotExist" }] } },
    sized("1", { priorityClassName: "high" }),
    false,
  ],
];

for (const [title, spec, object, isCounted] of scopes) {
  test(`scope ${title} ${isCounted ? "counts" : "does not count"} ${JSON.stringify(object["spec"])}`, async () => {
    const { plugin } = setUp(quota({ pods: "1" }, { pods: "1" }, spec));
    const { message } = await admit(plugin, request(resources.pods, object));
    assert.equal(message !== undefined, isCounted);
  });
}

test("tries again with what is stored now, and gives up after a while", async () => {
  const first = quota({ pods: "2" }, { pods: "0" });
  const second = quota({ pods: "2" }, { pods: "1" });
  const written: JsonObject[] = [];
  let current = first;
  const store = {
    ...context(),
    list: () => [current],
    updateStatus: (_: string, object: JsonObject, status: JsonObject) => {
      current = second;
      if (object === first) return false;
      written.push(status);
      return true;
    },
  };
  assert.ok(
    (
      await admit(
        resourceQuota(store, () => 0),
        request(resources.pods, pod()),
      )
    ).object,
  );
  assert.deepEqual(written, [{ hard: { pods: "2" }, used: { pods: "2" } }]);
  const never = { ...store, updateStatus: () => false };
  assert.match(
    (
      await admit(
        resourceQuota(never, () => 0),
        request(resources.pods, pod()),
      )
    ).message!,
    /^Internal error/,
  );
});
