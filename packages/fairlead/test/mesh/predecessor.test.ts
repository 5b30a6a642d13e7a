/** What Admiral does wrong, or not at all, and what is asked of it; docs/explanation/mesh-predecessor.md lists all. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { formatRef } from "@fairlead/krm";
import { changesOf } from "../../src/cli/mesh/changes.ts";
import { allocateAddresses } from "../../src/plan/mesh/addresses/allocate.ts";
import { readMeshConfigSpec } from "../../src/plan/mesh/config/read-mesh-config.ts";
import type { FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planFleet } from "../../src/plan/mesh/plan-fleet.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, canaryRollout, shares, stage, threeClusters, trafficPolicy } from "./scenarios.ts";
import {
  afterWriting,
  dependency,
  endpointsIn,
  manifest,
  plansOf,
  registered,
  service,
  specOf,
  world,
} from "./world.ts";

const host = "stage.orders.global";
const orders = app("eu/shop/orders", "orders");
const cart = app("ap/carts/cart", "cart");
const nowhere: MeshSettings = {
  ...defaultSettings,
  scope: { ...defaultSettings.scope, withoutDependency: "nowhere" },
};

function plan(changes: readonly FleetChange[], settings: MeshSettings = defaultSettings): MeshPlan {
  return planKey(world(settings, [...threeClusters, ...changes]), "identity:orders");
}

const gone = (changes: readonly FleetChange[]): FleetChange[] =>
  changes.map((change) => ({ ...change, kind: "delete" }) as FleetChange);

/** `CLUSTER Kind NAMESPACE/NAME` of everything that is removed when something happens to a fleet that is written. */
function removedBy(then: readonly FleetChange[], before: FleetSnapshot): readonly string[] {
  const { fleet } = before.with(then);
  const diffs = changesOf({
    fleet,
    plans: [...plansOf(fleet).values()],
    stores: [],
    changedStores: [],
    findings: [],
  });
  return diffs.flatMap(({ cluster, diffs: own }) =>
    own.flatMap(({ kind, ref }) => (kind === "removed" ? [`${cluster} ${formatRef(ref)}`] : [])),
  );
}

function written(changes: readonly FleetChange[], settings: MeshSettings = nowhere): FleetSnapshot {
  return afterWriting(world(settings, [...threeClusters, ...changes]));
}

/** Everything of a fleet's plan that is about a name. */
function about(fleet: FleetSnapshot, name: string): readonly string[] {
  return [...plansOf(fleet).values()].flatMap(({ clusters }) =>
    clusters.flatMap(({ cluster, desired }) =>
      desired.flatMap((object) =>
        JSON.stringify(object["spec"]).includes(name) ? [`${cluster} ${object.kind} ${object.metadata.name}`] : [],
      ),
    ),
  );
}

describe("what is deleted", () => {
  test("a service that runs no more leaves nothing behind, its cluster's own routing included", () => {
    const inCluster = { enabled: { "*": ["*"] }, disabled: {}, mergeCreatedBy: undefined };
    const settings = { ...nowhere, routing: { ...nowhere.routing, inCluster } };
    const before = written([...orders, ...cart, dependency("cart", ["orders"])], settings);
    const mine = about(before, host);
    assert.ok(
      mine.some((one) => one.includes("-incluster-vs")),
      mine.join("\n"),
    );
    const removed = removedBy(gone(orders), before);
    for (const one of mine) {
      const [cluster, kind, name] = one.split(" ");
      assert.ok(
        removed.some((other) => other.startsWith(`${cluster} ${kind}`) && other.includes(name!)),
        `${one} stays: ${removed.join("\n")}`,
      );
    }
    assert.deepEqual(about(before.with(gone(orders)).fleet, "orders"), []);
  });

  test("a Dependency takes what was written for it along, and so does a destination that is taken off it", () => {
    const both = dependency("cart", ["orders", "pay"]);
    const before = written([...orders, ...app("eu/pay/pay", "pay"), ...cart, both]);
    const entry = removedBy(gone([both]), before).filter((one) => one.includes("ServiceEntry"));
    assert.equal(entry.length, 2);
    for (const one of entry) assert.match(one, /^ap ServiceEntry .*stage\.(orders|pay)\.global-se/);
    const removed = removedBy([dependency("cart", ["pay"])], before);
    assert.equal(removed.length, 2);
    for (const one of removed) assert.match(one, /^ap .*stage\.orders\.global/);
  });

  test("a policy takes its names along", () => {
    const policy = trafficPolicy("eu/shop/gtp", "orders", { dnsPrefix: "west", lbType: "TOPOLOGY" });
    const before = written([...orders, ...cart, dependency("cart", ["orders"]), policy]);
    const removed = removedBy(gone([policy]), before);
    assert.ok(removed.length >= 4, removed.join("\n"));
    for (const one of removed) assert.match(one, /west\.stage\.orders\.global/);
  });

  test("a workload that is marked as ignored is gone for everybody", () => {
    const before = written([...orders, ...cart, dependency("cart", ["orders"])]);
    const ignored = app("eu/shop/orders", "orders", ["http:8080"], {
      ...stage,
      annotations: { "admiral.io/ignore": "true" },
    });
    const removed = removedBy(ignored, before);
    assert.ok(
      removed.some((one) => one.startsWith("eu ServiceEntry")) &&
        removed.some((one) => one.startsWith("ap ServiceEntry")),
    );
    assert.deepEqual(about(before.with(ignored).fleet, "orders"), []);
  });

  test("a cluster that is removed from the registry takes its endpoints out of all others", () => {
    const before = written([...orders, ...app("us/shop/orders", "orders"), ...cart, dependency("cart", ["orders"])]);
    const { fleet } = before.with([{ kind: "forget", cluster: "us" }]);
    const after = planKey(fleet, "identity:orders");
    assert.deepEqual(endpointsIn(after, "ap", host), ["lb-eu.acme.example. http-80=15443 http-8080=15443"]);
    assert.deepEqual(endpointsIn(after, "eu", host).length, 1);
  });

  test("a RoutingPolicy takes its filters along, also when the controller has started anew in between", () => {
    const spec = { plugin: "geo", hosts: [host], config: { wasmPath: "/etc/istio/geo.wasm" } };
    const policy = manifest("eu/shop/geo", "RoutingPolicy", spec, { labels: { identity: "orders" } });
    const settings = { ...nowhere, filters: { ...nowhere.filters, proxyVersions: ["1.28"] } };
    const others = [...orders, ...cart, dependency("cart", ["orders"])];
    const before = world(settings, [...threeClusters, ...others, policy]);
    const filters = [...plansOf(before).values()].flatMap(({ clusters }) =>
      clusters.flatMap(({ cluster, desired }) =>
        desired.map((object): FleetChange => ({ kind: "put", cluster, object })),
      ),
    );
    assert.ok(filters.some((one) => one.kind === "put" && one.object["kind"] === "EnvoyFilter"));
    const restarted = world(settings, [...threeClusters, ...others, ...filters]);
    assert.ok(removedBy([], restarted).some((one) => one.includes("EnvoyFilter")));
  });
});

describe("virtual addresses", () => {
  const names = Array.from({ length: 1_500 }, (_, index) => `stage.service-${index}.global`);
  const { addresses, changed } = allocateAddresses([], names, defaultSettings.addresses, 0);

  test("are spread over stores, each far below the size of a ConfigMap", () => {
    assert.equal(changed.length, defaultSettings.addresses.shards);
    for (const store of changed) assert.ok(JSON.stringify(store).length < 100_000);
  });

  test("are never one for two names, and none is the first or the last of its block", () => {
    const all = [...addresses.values()].flat();
    assert.equal(new Set(all).size, names.length);
    assert.ok(!all.includes("240.0.0.0") && !all.includes("240.0.255.255"));
  });

  test("follow from the name: the order of events is no matter", () => {
    const other = allocateAddresses([], names.toReversed(), defaultSettings.addresses, 0);
    assert.deepEqual([...other.addresses].sort(), [...addresses].sort());
  });
});

describe("places", () => {
  test("a gateway without an address is nobody's endpoint: the others serve, and it is said", () => {
    const labels = { istio: "eastwestgateway" };
    const fleet = world(defaultSettings, [
      ...threeClusters,
      ...registered("dark", "eu-north-1").slice(0, 2),
      service("dark/istio-system/gateway", ["tls:15443"], { labels }),
      ...orders,
      ...app("dark/shop/orders", "orders"),
    ]);
    const planned = planKey(fleet, "identity:orders");
    assert.deepEqual(endpointsIn(planned, "ap", host), ["lb-eu.acme.example. http-80=15443 http-8080=15443"]);
    assert.ok(endpointsIn(planned, "dark", host).includes("orders.shop.svc.cluster.local http-80=8080 http-8080=8080"));
    const said = planFleet(fleet, [], 0).findings.map(({ code, message }) => `${code} ${message}`);
    assert.deepEqual(said, ["FL804 nothing outside cluster dark reaches what runs there"]);
  });

  test("a cluster whose nodes name no region serves all the same", () => {
    const [view, , gateway] = registered("bare", "");
    const planned = plan([view!, gateway!, ...app("bare/shop/orders", "orders")]);
    assert.deepEqual(endpointsIn(planned, "eu", host), ["lb-bare.acme.example. http-80=15443 http-8080=15443"]);
  });

  test("regions are called as they are called: shares of any three, none of them known before", () => {
    const changes = ["mars", "venus", "moon"].flatMap((name) => [
      ...registered(name, `${name}-base`),
      ...app(`${name}/shop/orders`, "orders"),
    ]);
    const target = ["mars", "venus", "moon"].map((name, index) => ({
      region: `${name}-base`,
      weight: [50, 30, 20][index]!,
    }));
    const planned = planKey(
      world(defaultSettings, [
        ...changes,
        trafficPolicy("mars/shop/gtp", "orders", { dnsPrefix: "default", lbType: "FAILOVER", target }),
      ]),
      "identity:orders",
    );
    const http = specOf(planned, "moon", `VirtualService ${host}-vs`)["http"] as JsonObject[];
    const routes = (http[0]!["route"] as JsonObject[]).map(({ destination, weight }) => [
      get(destination, "host"),
      weight,
    ]);
    assert.deepEqual(routes.toSorted(), [
      [`mars-base.region.${host}`, 50],
      [`moon-base.region.${host}`, 20],
      [`venus-base.region.${host}`, 30],
    ]);
  });

  test("a cluster of one zone says so in its endpoints", () => {
    const labels = { "topology.kubernetes.io/region": "eu-north-1", "topology.kubernetes.io/zone": "eu-north-1a" };
    const node: FleetChange = {
      kind: "put",
      cluster: "zoned",
      object: { apiVersion: "v1", kind: "Node", metadata: { name: "node", labels } },
    };
    const planned = plan([...registered("zoned", "eu-north-1"), node, ...app("zoned/shop/orders", "orders")]);
    const endpoints = specOf(planned, "ap", `ServiceEntry ${host}-se`)["endpoints"] as JsonObject[];
    assert.equal(endpoints[0]!["locality"], "eu-north-1/eu-north-1a");
  });

  test("Services have the domain of their cluster", () => {
    const { settings } = readMeshConfigSpec({ clusters: [{ name: "eu", domain: "corp.internal" }] });
    assert.deepEqual(endpointsIn(plan(orders, settings), "eu", host), [
      "orders.shop.svc.corp.internal http-80=8080 http-8080=8080",
    ]);
  });
});

describe("what serves", () => {
  test("ports have their own numbers and protocols, by appProtocol before their names", () => {
    const ports = [
      { name: "web", port: 8080, appProtocol: "http2" },
      { name: "grpc-api", port: 9090 },
      { name: "sql", port: 5432, appProtocol: "tcp" },
    ];
    const [workload] = orders;
    const planned = plan([workload!, service("eu/shop/orders", [], { spec: { ports } })]);
    const seen = (specOf(planned, "ap", `ServiceEntry ${host}-se`)["ports"] as JsonObject[]).map(
      ({ number, protocol }) => `${String(number)} ${String(protocol)}`,
    );
    assert.deepEqual(seen, ["80 HTTP2", "5432 TCP", "8080 HTTP2", "9090 GRPC"]);
  });

  test("a DaemonSet is a service like any other", () => {
    const planned = plan(app("eu/shop/orders", "orders", ["http:8080"], { ...stage, kind: "DaemonSet" }));
    assert.equal(endpointsIn(planned, "ap", host).length, 1);
  });

  test("injection by namespace needs no annotation on each pod template", () => {
    const namespace: FleetChange = {
      kind: "put",
      cluster: "eu",
      object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { "istio.io/rev": "canary" } } },
    };
    const template = { labels: {}, annotations: { "admiral.io/env": "stage" } };
    const plain = app("eu/shop/orders", "orders").map((change): FleetChange => {
      if (change.kind !== "put" || change.object["kind"] !== "Deployment") return change;
      const spec = change.object["spec"] as JsonObject;
      const metadata = { labels: { app: "orders", identity: "orders" }, annotations: template.annotations };
      return { ...change, object: { ...change.object, spec: { ...spec, template: { metadata, spec: {} } } } };
    });
    assert.equal(endpointsIn(plan([namespace, ...plain]), "ap", host).length, 1);
    assert.deepEqual(plan(plain).clusters, []);
  });

  test("the weight of a canary is read also where the route names its Services in full", () => {
    const planned = planKey(world(defaultSettings, [...threeClusters, ...canaryRollout]), "identity:pay");
    const endpoints = specOf(planned, "us", "ServiceEntry stage.pay.global-se")["endpoints"] as JsonObject[];
    assert.deepEqual(
      endpoints.map(({ address, weight }) => [address, weight]),
      [
        ["pay-stable.pay.svc.cluster.local", 85],
        ["pay-canary.pay.svc.cluster.local", 15],
      ],
    );
  });
});

describe("settings that the predecessor has fixed", () => {
  test("names: suffix, template, the labels of identity and of clusters' Secrets", () => {
    const { settings, registry } = readMeshConfigSpec({
      names: { suffix: "mesh.acme", template: "{identity}-{env}.{suffix}" },
      workloads: { identityKey: "app.kubernetes.io/part-of" },
      registry: { secretLabel: { key: "mesh.acme/cluster", value: "yes" } },
    });
    const text = {
      template: { labels: { "app.kubernetes.io/part-of": "orders" }, annotations: { "admiral.io/env": "stage" } },
    };
    const planned = plan([...app("eu/shop/orders", "", ["http:8080"], text)], settings);
    assert.equal(endpointsIn(planned, "ap", "orders-stage.mesh.acme").length, 1);
    assert.equal(registry.labelSelector, "mesh.acme/cluster=yes");
  });

  test("outlier detection: every limit, answers 5xx and the most that may be out among them", () => {
    const { settings } = readMeshConfigSpec({
      traffic: { outlierDetection: { consecutive5xxErrors: 7, maxEjectionPercent: 50, baseEjectionTime: "1m" } },
    });
    const planned = plan([...orders, ...app("us/shop/orders", "orders")], settings);
    const policy = get(specOf(planned, "ap", `DestinationRule ${host}-default-dr`), "trafficPolicy");
    const outlier = get(policy, "outlierDetection");
    assert.deepEqual(
      [get(outlier, "consecutive5xxErrors"), get(outlier, "maxEjectionPercent"), get(outlier, "baseEjectionTime")],
      [7, 50, "60s"],
    );
  });
});

test("a region with a share that dies hands it on: no rule sends requests to a fixed part of endpoints", () => {
  const planned = plan([...orders, ...app("us/shop/orders", "orders"), trafficPolicy("eu/shop/gtp", "orders", shares)]);
  for (const { desired } of planned.clusters) {
    for (const object of desired) {
      // A gateway does not choose between regions: callers do.
      if (object.kind !== "DestinationRule" || object.metadata.name!.endsWith("-gateway-dr")) continue;
      const setting = get(get(get(object["spec"], "trafficPolicy"), "loadBalancer"), "localityLbSetting");
      assert.equal(get(setting, "distribute"), undefined, object.metadata.name);
    }
  }
});

test("rules say whose they are, as entries do", () => {
  const planned = plan(orders);
  for (const { desired } of planned.clusters) {
    for (const { kind, metadata } of desired) {
      assert.equal(get(metadata.annotations, "fairlead.dev/owner"), "Identity//orders", kind);
      assert.equal(get(metadata.labels, "admiral.io/env"), "stage", kind);
    }
  }
});
