import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { planEndpoints } from "./plan-endpoints.ts";
import { planMirror } from "./plan-mirror.ts";
import { endpointsIn } from "./pack-slices.ts";
import { planSlices, type SliceAction } from "./plan-slices.ts";

const service = (spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject => ({
  metadata: { name: "web", namespace: "x", uid: "service", ...metadata },
  spec: { clusterIP: "10.96.0.1", ipFamilies: ["IPv4"], ports: [{ port: 80, protocol: "TCP" }], ...spec },
});

const pod = (name: string, status: JsonObject = {}, metadata: JsonObject = {}): JsonObject => ({
  metadata: { name, namespace: "x", uid: name, ...metadata },
  spec: { nodeName: "one", containers: [] },
  status: {
    phase: "Running",
    podIP: "10.0.0.1",
    podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }],
    conditions: [{ type: "Ready", status: "True" }],
    ...status,
  },
});

const nodes = new Map([["one", { metadata: { name: "one", labels: { "topology.kubernetes.io/zone": "a" } } }]]);

function plan(
  own: JsonObject,
  pods: readonly JsonObject[],
  slices: readonly JsonObject[] = [],
): readonly SliceAction[] {
  return planSlices({ service: own, pods, nodes, slices });
}

const firstEndpoint = (actions: readonly SliceAction[]): JsonObject => endpointsIn(actions[0]!.slice)[0]!;

test("makes a slice for each address family of the Service", () => {
  const actions = plan(service({ ipFamilies: ["IPv4", "IPv6"] }), [pod("a")]);
  const addresses = actions.map(({ slice }) => [slice["addressType"], endpointsIn(slice)[0]!["addresses"]]);
  assert.deepEqual(addresses, [
    ["IPv4", ["10.0.0.1"]],
    ["IPv6", ["fd00::1"]],
  ]);
});

test("keeps a pod that is being deleted, which serves but is not ready", () => {
  const actions = plan(service(), [pod("a", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" })]);
  assert.deepEqual(firstEndpoint(actions)["conditions"], { ready: false, serving: true, terminating: true });
});

test("leaves out pods that have ended, that have no address, or whose node is gone", () => {
  const pods = [
    pod("a", { phase: "Succeeded" }),
    pod("b", { podIP: "", podIPs: [] }),
    { ...pod("c"), spec: { nodeName: "gone", containers: [] } },
  ];
  const [action, ...more] = plan(service(), pods);
  assert.deepEqual([action!.kind, action!.slice["endpoints"], more.length], ["create", [], 0]);
});

test("uses the slice without endpoints for the first of them", () => {
  const [empty] = plan(service(), []);
  const there = { ...empty!.slice, metadata: { ...(empty!.slice["metadata"] as JsonObject), name: "web-1" } };
  assert.deepEqual(plan(service(), [], [there]), []);
  const actions = plan(service(), [pod("a")], [there]);
  assert.deepEqual(
    actions.map(({ kind, slice }) => [kind, get(slice["metadata"], "name"), endpointsIn(slice).length]),
    [["update", "web-1", 1]],
  );
});

test("deletes slices of an earlier Service of that name", () => {
  const [old] = plan(service({}, { uid: "earlier" }), [pod("a")]);
  const there = { ...old!.slice, metadata: { ...(old!.slice["metadata"] as JsonObject), name: "web-1" } };
  assert.deepEqual(
    plan(service(), [pod("a")], [there]).map(({ kind }) => kind),
    ["create", "delete"],
  );
});

test("hints at the zone where traffic is to stay, and no more when it may go anywhere", () => {
  const near = service({ trafficDistribution: "PreferClose" });
  const [action] = plan(near, [pod("a")]);
  assert.deepEqual(firstEndpoint([action!])["hints"], { forZones: [{ name: "a" }] });
  const there = { ...action!.slice, metadata: { ...(action!.slice["metadata"] as JsonObject), name: "web-1" } };
  assert.deepEqual(plan(near, [pod("a")], [there]), []);
  assert.equal(firstEndpoint(plan(service(), [pod("a")], [there]))["hints"], undefined);
});

test("says in Endpoints which addresses are ready, together where ports are the same", () => {
  const pods = [pod("a"), pod("b", { podIP: "10.0.0.2", podIPs: [{ ip: "10.0.0.2" }], conditions: [] })];
  const made = planEndpoints({ service: service(), pods, live: undefined, trigger: "2026-01-01T00:00:00Z" });
  assert.equal(made.kind, "create");
  const { subsets, metadata } = (made as { object: JsonObject }).object;
  assert.equal((subsets as JsonObject[]).length, 1);
  assert.deepEqual(get((subsets as JsonObject[])[0], "ports"), [{ port: 80, protocol: "TCP" }]);
  assert.deepEqual(get(metadata, "annotations"), {
    "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z",
  });
  const live = { ...(made as { object: JsonObject }).object };
  assert.deepEqual(planEndpoints({ service: service(), pods: pods.reverse(), live, trigger: undefined }), {
    kind: "none",
  });
});

test("mirrors a thousand addresses of a subset and says how many it left out", () => {
  const addresses = Array.from({ length: 1005 }, (_, index) => ({ ip: `192.0.${index >> 8}.${index & 255}` }));
  const endpoints = {
    metadata: { name: "web", namespace: "x", uid: "e" },
    subsets: [{ addresses, ports: [{ port: 1 }] }],
  };
  const { actions, warnings } = planMirror(endpoints, []);
  assert.deepEqual(
    actions.map(({ slice }) => endpointsIn(slice).length),
    [1000],
  );
  assert.deepEqual(warnings, [
    [
      "TooManyAddressesToMirror",
      "A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 5 addresses were skipped",
    ],
  ]);
});
