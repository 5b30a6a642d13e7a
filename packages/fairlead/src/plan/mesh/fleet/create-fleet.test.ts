import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MeshKey } from "../model/fleet.ts";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import type { FleetChange } from "./change.ts";
import type { FleetSnapshot } from "./create-fleet.ts";
import {
  dependency,
  fleetOf,
  gateway,
  gone,
  namespace,
  node,
  policy,
  put,
  service,
  workload,
} from "../../../../test/mesh/fleet-objects.ts";

function keysOf(fleet: FleetSnapshot, ...changes: readonly FleetChange[]): readonly MeshKey[] {
  return fleet.with(changes).keys;
}

const base = [
  workload({ cluster: "eu", name: "orders" }),
  service({ cluster: "eu", name: "orders" }),
  workload({ cluster: "us", name: "orders", namespace: "market" }),
  service({ cluster: "us", name: "orders", namespace: "market" }),
  workload({ cluster: "ap", name: "cart", namespace: "carts" }),
  workload({ cluster: "eu", name: "pay" }),
  service({ cluster: "eu", name: "pay" }),
  gateway("eu"),
  gateway("us"),
  node("eu", "a", "eu-west-1", "eu-west-1a"),
  node("us", "a", "us-east-1", "us-east-1a"),
];

describe("what a fleet finds", () => {
  const fleet = fleetOf(base);

  test("workloads of an identity in every cluster, by cluster", () => {
    const workloads = fleet.identity("orders")!.workloads;
    assert.deepEqual(
      workloads.map((one) => `${one.cluster}/${one.namespace}/${one.name}`),
      ["eu/shop/orders", "us/market/orders"],
    );
    assert.equal(fleet.identity("nobody"), undefined);
    assert.deepEqual(fleet.identitiesIn("eu", "shop"), ["orders", "pay"]);
    assert.deepEqual(fleet.identitiesIn("eu", "none"), []);
  });

  test("clusters by name, with region, zones and gateway", () => {
    assert.deepEqual(
      fleet.clusters.map(({ name, region, gateway: found }) => [name, region, found?.address, found?.port]),
      [
        ["ap", "", undefined, undefined],
        ["eu", "eu-west-1", "eu.example.", 15_443],
        ["us", "us-east-1", "us.example.", 15_443],
      ],
    );
    assert.deepEqual(fleet.cluster("eu")!.zones, ["eu-west-1a"]);
  });

  test("everything that there is to plan", () => {
    assert.deepEqual([...fleet.keys()].sort(), ["identity:cart", "identity:orders", "identity:pay"]);
  });

  test("identities whatever the case of their names, and the name as the oldest workload writes it", () => {
    const mixed = fleetOf([
      workload({ cluster: "eu", name: "b", identity: "ORDERS", createdAt: "2026-02-01T00:00:00Z" }),
      workload({ cluster: "us", name: "a", identity: "Orders", createdAt: "2026-01-01T00:00:00Z" }),
    ]);
    assert.equal(mixed.identity("orders")!.name, "Orders");
    assert.equal(mixed.identity("orders")!.workloads.length, 2);
  });
});

describe("a change touches", () => {
  const fleet = fleetOf([...base, dependency("cart", "cart", ["orders"])]);

  test("nothing if it changes no fact", () => {
    assert.deepEqual(keysOf(fleet, ...base), []);
  });

  test("the identity of a workload, and no other", () => {
    const changed = workload({ cluster: "eu", name: "orders", labels: { version: "2" } });
    assert.deepEqual(keysOf(fleet, changed), ["identity:orders"]);
    assert.deepEqual(keysOf(fleet, gone(changed)), ["identity:orders"]);
  });

  test("the old and the new identity of a workload that is renamed", () => {
    const changed = workload({ cluster: "eu", name: "orders", identity: "sales" });
    assert.deepEqual(keysOf(fleet, changed), ["identity:orders", "identity:sales"]);
  });

  test("the identities of the workloads that a Service selects, or selected", () => {
    const changed = service({ cluster: "eu", name: "orders", selector: { app: "pay" } });
    assert.deepEqual(keysOf(fleet, changed), ["identity:orders", "identity:pay"]);
    assert.deepEqual(keysOf(fleet, service({ cluster: "eu", name: "idle", selector: { app: "idle" } })), []);
  });

  test("the identity that a policy names", () => {
    assert.deepEqual(keysOf(fleet, policy("eu", "p", { labels: { identity: "Pay" } })), ["identity:pay"]);
  });

  test("what a client calls when it runs elsewhere, but not when it is only changed", () => {
    assert.deepEqual(keysOf(fleet, workload({ cluster: "ap", name: "cart", namespace: "carts", labels: { a: "b" } })), [
      "identity:cart",
    ]);
    const second = workload({ cluster: "us", name: "cart", namespace: "carts" });
    assert.deepEqual(keysOf(fleet, second), ["identity:cart", "identity:orders"]);
    const same = workload({
      cluster: "ap",
      name: "cart-2",
      namespace: "carts",
      identity: "cart",
      serviceAccount: "cart",
    });
    assert.deepEqual(keysOf(fleet, same), ["identity:cart"]);
  });

  test("what runs in a cluster whose gateway is another", () => {
    assert.deepEqual(keysOf(fleet, gateway("us", "other.example")), ["identity:orders"]);
  });

  test("all that a cluster gets when its nodes are in another region, or no longer in one zone: tiers are called by them", () => {
    const all = ["identity:cart", "identity:orders", "identity:pay"];
    assert.deepEqual(keysOf(fleet, node("us", "a", "us-west-2", "us-west-2a")), all);
    assert.deepEqual(keysOf(fleet, node("us", "b", "us-east-1", "us-east-1b")), all);
    assert.deepEqual(keysOf(fleet, node("us", "b", "us-east-1", "us-east-1a")), []);
  });

  test("only what runs in a cluster whose nodes are in more zones, where there are no tiers", () => {
    const traffic = { ...defaultSettings.traffic, failover: "distribute" } as const;
    const weighted = fleetOf(base, { ...defaultSettings, traffic });
    assert.deepEqual(keysOf(weighted, node("us", "b", "us-east-1", "us-east-1b")), ["identity:orders"]);
  });

  test("what everybody gets when a cluster is registered", () => {
    const keys = keysOf(fleet, { kind: "cluster", cluster: "sa", view: "current" });
    assert.deepEqual(keys, ["identity:cart", "identity:pay"]);
  });

  test("all that runs anywhere when a cluster goes on in which somebody runs who may call everything", () => {
    const scope = { ...defaultSettings.scope, withoutDependency: "nowhere" } as const;
    const all = fleetOf([...base, dependency("cart", "cart", ["*"])], { ...defaultSettings, scope });
    const { fleet: next } = all.with([{ kind: "cluster", cluster: "ap", view: "paused" }]);
    const keys = keysOf(next, { kind: "cluster", cluster: "ap", view: "current" });
    assert.deepEqual(keys, ["identity:cart", "identity:orders", "identity:pay"]);
  });

  test("nothing when a cluster does not answer: what is known of it stays", () => {
    const { fleet: next, keys } = fleet.with([{ kind: "cluster", cluster: "us", view: "stale" }]);
    assert.deepEqual(keys, []);
    assert.equal(next.cluster("us")!.view, "stale");
    assert.equal(next.identity("orders")!.workloads.length, 2);
  });

  test("everything while a cluster has never been read: nothing may be deleted", () => {
    const unread = fleet.with([{ kind: "cluster", cluster: "sa", view: "unread" }]);
    assert.deepEqual(unread.keys, ["identity:cart", "identity:orders", "identity:pay"]);
    const read = unread.fleet.with([{ kind: "cluster", cluster: "sa", view: "current" }]);
    assert.deepEqual(read.keys, ["identity:cart", "identity:orders", "identity:pay"]);
  });

  test("what ran in a cluster that is forgotten", () => {
    const { fleet: next, keys } = fleet.with([{ kind: "forget", cluster: "us" }]);
    assert.ok(keys.includes("identity:orders"));
    assert.equal(next.cluster("us"), undefined);
    assert.deepEqual(
      next.identity("orders")!.workloads.map(({ cluster }) => cluster),
      ["eu"],
    );
  });

  test("the identities of the workloads whose Service is exported", () => {
    const exported = put("eu", "multicluster.x-k8s.io/v1alpha1", "ServiceExport", { name: "pay" }, {});
    const { fleet: next, keys } = fleet.with([exported]);
    assert.deepEqual(keys, ["identity:pay", "identity:pay.shop.svc.clusterset.local"]);
    assert.equal(next.identity("pay")!.exports.length, 1);
    assert.equal(next.with([gone(service({ cluster: "eu", name: "pay" }))]).fleet.identity("pay")!.exports.length, 0);
    assert.equal(next.with([gone(exported)]).fleet.identity("pay")!.exports.length, 0);
  });

  test("the identity of a rollout whose VirtualService has other weights, and the copy of one that a rollout takes", () => {
    const canary = { trafficRouting: { istio: { virtualService: { name: "pay" } } } };
    const strategy = { canary: { stableService: "pay", canaryService: "pay-canary", ...canary } };
    const template = { metadata: { labels: { app: "pay", identity: "pay", "sidecar.istio.io/inject": "true" } } };
    const rollout = put("eu", "argoproj.io/v1alpha1", "Rollout", { name: "pay" }, { strategy, template });
    const weights = (weight: number): FleetChange =>
      put(
        "eu",
        "networking.istio.io/v1",
        "VirtualService",
        { name: "pay" },
        {
          hosts: ["pay.example"],
          http: [{ route: [{ destination: { host: "pay" }, weight }] }],
        },
      );
    const copy = "copy:eu/shop/VirtualService/pay";
    const { fleet: routed } = fleet.with([weights(90)]);
    const taken = routed.with([rollout]);
    assert.deepEqual(taken.keys, [copy, "identity:pay"]);
    assert.deepEqual(keysOf(taken.fleet, weights(80)), [copy, "identity:pay"]);
    assert.deepEqual(keysOf(taken.fleet, gone(rollout)), [copy, "identity:pay"]);
    assert.deepEqual(keysOf(routed, weights(80)), [copy]);
  });

  test("the identity of a host whose addresses are known", () => {
    const hosts = new Map([["default.orders.global", ["240.0.0.1"]]]);
    const { fleet: next, keys } = fleet.with([{ kind: "addresses", store: "a", hosts }]);
    assert.deepEqual(keys, ["identity:orders"]);
    assert.deepEqual(next.addresses("Default.Orders.global"), ["240.0.0.1"]);
    assert.equal(fleet.addresses("default.orders.global"), undefined);
    const cleared = next.with([{ kind: "addresses", store: "a", hosts: new Map() }]).fleet;
    assert.equal(cleared.addresses("default.orders.global"), undefined);
  });
});

describe("identity", () => {
  const bare = workload({ cluster: "eu", name: "bare", identity: "" });

  test("is that of the pod template's label, then its annotation, then the label of a Service", () => {
    const both = workload({ cluster: "eu", name: "a", identity: "one", annotations: { identity: "two" } });
    assert.ok(fleetOf([both]).identity("one"));
    const annotated = workload({ cluster: "eu", name: "a", identity: "", annotations: { identity: "two" } });
    const labelled = service({ cluster: "eu", name: "a", labels: { identity: "three" } });
    assert.ok(fleetOf([annotated, labelled]).identity("two"));
    const plain = workload({ cluster: "eu", name: "a", identity: "" });
    assert.ok(fleetOf([plain, labelled]).identity("three"));
    assert.deepEqual(keysOf(fleetOf([plain]), labelled), ["identity:default", "identity:three"]);
  });

  test("is `default` without a name, but for gateways; in the predecessor's mode there is none", () => {
    assert.deepEqual(
      fleetOf([bare])
        .identity("default")!
        .workloads.map(({ name }) => name),
      ["bare"],
    );
    const gate = workload({
      cluster: "eu",
      name: "g",
      identity: "",
      annotations: { "inject.istio.io/templates": "gateway" },
    });
    assert.equal(fleetOf([gate]).identity("default"), undefined);
    assert.deepEqual([...fleetOf([bare], admiralSettings).keys()], []);
  });

  test("is found by the label that a Dependency names, where that Dependency means it", () => {
    const coded = workload({ cluster: "eu", name: "a", identity: "", labels: { "app-id": "Ledger" } });
    const fleet = fleetOf([coded]);
    const { fleet: next, keys } = fleet.with([dependency("d", "cart", ["ledger"], { identityLabel: "app-id" })]);
    assert.ok(next.identity("ledger"));
    assert.equal(next.identity("default"), undefined);
    assert.deepEqual(keys, ["identity:cart", "identity:default", "identity:ledger"]);
    const other = next.with([dependency("d", "cart", ["ledger"])]).fleet;
    assert.equal(other.identity("ledger"), undefined);
    assert.ok(other.identity("default"));
  });

  test("by the key of the settings counts before that of a Dependency, and the conflict is said", () => {
    const both = workload({ cluster: "eu", name: "a", identity: "one", labels: { "app-id": "two" } });
    const fleet = fleetOf([both, dependency("d", "cart", ["two"], { identityLabel: "app-id" })]);
    assert.equal(fleet.identity("two"), undefined);
    assert.deepEqual(
      fleet.identity("one")!.findings.map(({ code }) => code),
      ["FL801"],
    );
  });

  test("of a Rollout that refers to a Deployment is the Deployment's, which has none of its own then", () => {
    const spec = { workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" } };
    const rollout = put("eu", "argoproj.io/v1alpha1", "Rollout", { name: "r" }, spec);
    const fleet = fleetOf([workload({ cluster: "eu", name: "a" })]);
    const { fleet: next, keys } = fleet.with([rollout]);
    assert.deepEqual(keys, ["identity:a"]);
    assert.deepEqual(
      next.identity("a")!.workloads.map(({ kind, name }) => `${kind} ${name}`),
      ["Rollout r"],
    );
    assert.equal(next.with([gone(workload({ cluster: "eu", name: "a" }))]).fleet.identity("a"), undefined);
    const renamed = workload({ cluster: "eu", name: "a", identity: "b" });
    assert.deepEqual(keysOf(next, renamed), ["identity:a", "identity:b"]);
    assert.equal(next.with([gone(rollout)]).fleet.identity("a")!.workloads[0]!.kind, "Deployment");
  });

  test("is nobody's who is ignored, by the template's label, the workload or the namespace", () => {
    const ignore = { "admiral.io/ignore": "true" };
    assert.equal(
      fleetOf([workload({ cluster: "eu", name: "a", labels: { "admiral-ignore": "true" } })]).identity("a"),
      undefined,
    );
    assert.equal(fleetOf([workload({ cluster: "eu", name: "a", marks: ignore })]).identity("a"), undefined);
    const fleet = fleetOf([workload({ cluster: "eu", name: "a" })]);
    const { fleet: next, keys } = fleet.with([namespace("eu", "shop", {}, ignore)]);
    assert.equal(next.identity("a"), undefined);
    assert.deepEqual(keys, ["identity:a"]);
  });
});
