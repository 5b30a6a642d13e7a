/** Rules of the predecessor that its examples do not show. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, blueGreenRollout, canaryRollout, stage, threeClusters } from "./scenarios.ts";
import {
  dependency,
  deployment,
  endpointsIn,
  manifest,
  plannedObject,
  registered,
  service,
  specOf,
  world,
  type WorkloadText,
  policyOf,
  localityOf,
} from "./world.ts";

const host = "stage.orders.global";
const called = [...app("ap/carts/cart", "cart"), dependency("cart", ["orders", "pay"])];

function plan(
  changes: readonly FleetChange[],
  identity = "orders",
  settings: MeshSettings = admiralSettings,
): MeshPlan {
  return planKey(world(settings, [...threeClusters, ...called, ...changes]), `identity:${identity}`);
}

const defaultRule = `${host}-default-dr`;

function gtp(place: string, policy: JsonObject[], more: { createdAt?: string; labels?: JsonObject } = {}): FleetChange {
  return manifest(
    place,
    "GlobalTrafficPolicy",
    { policy },
    { ...more, labels: { identity: "orders", env: "stage", ...more.labels } },
  );
}

const two = [...app("eu/shop/orders", "orders"), ...app("us/shop/orders", "orders")];

test("the env of a namespace's last part counts where nothing else is said", () => {
  const planned = plan(app("eu/west-prd/orders", "orders", [80], {}));
  plannedObject(planned, "ap", "ServiceEntry prd.orders.global-se");
});

test("workloads without the annotation of injection, without identity, and of other kinds are none", () => {
  const off: WorkloadText = { template: { annotations: { "sidecar.istio.io/inject": "false" } } };
  assert.deepEqual(plan(app("eu/shop/orders", "orders", [80], off)).clusters, []);
  assert.deepEqual(plan(app("eu/shop/orders", "", [80]), "default").clusters, []);
  assert.deepEqual(plan(app("eu/shop/orders", "orders", [80], { ...stage, kind: "StatefulSet" })).clusters, []);
});

test("a cluster without a region serves nobody", () => {
  const [view, , gateway] = registered("bare", "");
  const planned = plan([view!, gateway!, ...two, ...app("bare/shop/orders", "orders")]);
  assert.deepEqual(endpointsIn(planned, "ap", host), [
    "lb-eu.acme.example. http=15443",
    "lb-us.acme.example. http=15443",
  ]);
});

test("a name has one port: 80, of the protocol that the port's name starts with", () => {
  const annotated: WorkloadText = {
    template: {
      annotations: { "admiral.io/env": "stage", "traffic.sidecar.istio.io/includeInboundPorts": "x,9090,8080" },
    },
  };
  const changes = [
    deployment("eu/shop/orders", "orders", annotated),
    service("eu/shop/orders", ["http:80>8080", "grpc-web-api:81>9090"]),
  ];
  const spec = specOf(plan(changes), "eu", `ServiceEntry ${host}-se`);
  assert.deepEqual(spec["ports"], [{ number: 80, name: "grpc-web", protocol: "grpc-web" }]);
  assert.deepEqual(endpointsIn(plan(changes), "eu", host), ["orders.shop.svc.cluster.local grpc-web=81"]);
});

test("the oldest of several Services counts", () => {
  const planned = plan([
    deployment("eu/shop/orders", "orders", stage),
    service("eu/shop/a", [80], { selector: { app: "orders" }, createdAt: "2025-03-01T00:00:00Z" }),
    service("eu/shop/b", [81], { selector: { app: "orders" }, createdAt: "2025-02-01T00:00:00Z" }),
  ]);
  assert.deepEqual(endpointsIn(planned, "eu", host), ["b.shop.svc.cluster.local http=81"]);
});

test("a policy of TOPOLOGY gives an empty locality setting, one without targets none", () => {
  const target = [{ region: "eu-west-1", weight: 100 }];
  assert.deepEqual(
    localityOf(plan([...two, gtp("eu/shop/gtp", [{ dnsPrefix: "default", lbType: 0, target }])]), "ap", defaultRule),
    {},
  );
  assert.equal(
    localityOf(plan([...two, gtp("eu/shop/gtp", [{ dnsPrefix: "stage", lbType: 1 }])]), "ap", defaultRule),
    undefined,
  );
  assert.equal(localityOf(plan(two), "ap", defaultRule), undefined);
});

test("a policy in the cluster of a workload and in its namespace counts, and no other", () => {
  const prefix = (name: string) => [{ dnsPrefix: name }];
  const planned = plan([...two, gtp("ap/shop/a", prefix("a")), gtp("eu/other/b", prefix("b"))]);
  assert.deepEqual(
    planned.reports.map(({ object, reason }) => [object.name, reason]),
    [
      ["a", "NoMatch"],
      ["b", "NoMatch"],
    ],
  );
});

test("a prefix stands in front of a canary's name too", () => {
  const policy = manifest(
    "us/pay/gtp",
    "GlobalTrafficPolicy",
    { policy: [{ dnsPrefix: "west" }] },
    { labels: { identity: "pay", env: "stage" } },
  );
  // Its VirtualService has to name the Services as they are called there.
  const planned = plan([...canaryRollout, policy], "pay");
  const { annotations } = plannedObject(planned, "ap", "ServiceEntry west.canary.stage.pay.global-se").metadata;
  assert.deepEqual(annotations, {
    "app.kubernetes.io/created-by": "admiral",
    identity: "pay",
    "dns-prefix": "west.canary",
    "associated-gtp": "gtp",
  });
  plannedObject(planned, "ap", "DestinationRule west.canary.stage.pay.global-dr");
  plannedObject(planned, "ap", "DestinationRule canary.stage.pay.global-default-dr");
});

test("an annotation notes what a policy calls a host, even the host itself; a preview has none of its own", () => {
  const noted = (changes: readonly FleetChange[], identity: string, name: string) =>
    get(plannedObject(plan(changes, identity), "eu", `ServiceEntry ${name}-se`).metadata.annotations, "dns-prefix");
  const own = gtp("eu/shop/gtp", [{ dnsPrefix: "stage" }, { dnsPrefix: "North" }]);
  assert.equal(noted([...two, own], "orders", host), "stage");
  assert.equal(noted([...two, own], "orders", `north.${host}`), "North");
  const north = plannedObject(plan([...two, own]), "eu", `ServiceEntry north.${host}-se`);
  assert.deepEqual(get(north["spec"], "hosts"), [`North.${host}`]);
  assert.equal(noted([...two, gtp("eu/shop/gtp", [{ dnsPrefix: "default" }])], "orders", host), undefined);
  assert.equal(noted(blueGreenRollout, "web", "preview.stage.web.global"), undefined);
  const web = manifest(
    "eu/web/gtp",
    "GlobalTrafficPolicy",
    { policy: [{ dnsPrefix: "west" }] },
    {
      labels: { identity: "web", env: "stage" },
    },
  );
  assert.equal(noted([...blueGreenRollout, web], "web", "west.preview.stage.web.global"), "west");
});

test("a preview's name under another suffix is the one of what it is a preview of", () => {
  const names = { ...admiralSettings.names, additional: { suffixes: ["mesh"], labels: ["*"] } };
  const planned = plan(blueGreenRollout, "web", { ...admiralSettings, names });
  const found = planned.clusters
    .flatMap(({ cluster, desired }) => desired.map((object) => ({ cluster, object })))
    .filter(({ cluster, object }) => cluster === "eu" && object.kind === "VirtualService")
    .filter(({ object }) => String(object.metadata.name).endsWith(".mesh-vs"));
  assert.deepEqual(
    found.map(({ object }) => [object.metadata.name, get(object["spec"], "http")]),
    [["stage.web.mesh-vs", [{ route: [{ destination: { host: "stage.web.global", port: { number: 80 } } }] }]]],
  );
});

test("outlier detection spares a Service alone, and a third of a gateway alone", () => {
  const planned = plan(app("eu/shop/orders", "orders"));
  assert.equal(get(policyOf(planned, "eu", defaultRule), "outlierDetection"), undefined);
  assert.equal(get(get(policyOf(planned, "ap", defaultRule), "outlierDetection"), "maxEjectionPercent"), 33);
  const off = { ...admiralSettings, traffic: { ...admiralSettings.traffic, outlierOnlyIfAsked: true } };
  assert.deepEqual(get(policyOf(plan(two, "orders", off), "ap", defaultRule), "outlierDetection"), {
    consecutiveGatewayErrors: 0,
    consecutive5xxErrors: 0,
  });
});

test("an OutlierDetection counts before a policy's numbers, the newest of all clusters", () => {
  const od = (place: string, base: number, createdAt: string) =>
    manifest(
      place,
      "OutlierDetection",
      { outlier_config: { base_ejection_time: base } },
      { createdAt, labels: { identity: "orders", env: "stage", priority: String(-base) } },
    );
  const planned = plan([
    ...two,
    gtp("eu/shop/gtp", [{ dnsPrefix: "default", outlier_detection: { base_ejection_time: 7, interval: 8 } }]),
    od("eu/shop/old", 11, "2025-01-01T00:00:00Z"),
    od("us/shop/new", 12, "2025-02-01T00:00:00Z"),
  ]);
  const detection = get(policyOf(planned, "ap", defaultRule), "outlierDetection");
  assert.deepEqual([get(detection, "baseEjectionTime"), get(detection, "interval")], ["12s", "60s"]);
});

test("more namespaces of callers than the limit are everybody", () => {
  const settings = {
    ...admiralSettings,
    scope: { ...admiralSettings.scope, exportTo: { identities: ["*"], most: 2 } },
  };
  const planned = plan([...two, ...app("eu/carts/cart", "cart")], "orders", settings);
  assert.deepEqual(specOf(planned, "ap", `ServiceEntry ${host}-se`)["exportTo"], ["carts"]);
  assert.deepEqual(specOf(planned, "eu", `ServiceEntry ${host}-se`)["exportTo"], ["*"]);
});

test("active and passive: the first region that served keeps all, until there is a policy", () => {
  const settings = { ...admiralSettings, traffic: { ...admiralSettings.traffic, activePassive: true } };
  const first = plan(app("eu/shop/orders", "orders"), "orders", settings);
  const sticky = { distribute: [{ from: "*", to: { "eu-west-1": 100 } }] };
  assert.deepEqual(localityOf(first, "ap", defaultRule), sticky);
  const rule = plannedObject(first, "ap", `DestinationRule ${host}-default-dr`);
  const written: FleetChange = { kind: "put", cluster: "ap", object: rule };
  assert.deepEqual(localityOf(plan([...two, written], "orders", settings), "ap", defaultRule), sticky);
  assert.equal(localityOf(plan(two, "orders", settings), "ap", defaultRule), undefined);
  const target = [{ region: "us-east-1", weight: 100 }];
  const withPolicy = plan(
    [...two, written, gtp("eu/shop/gtp", [{ dnsPrefix: "default", lbType: 1, target }])],
    "orders",
    settings,
  );
  assert.deepEqual(localityOf(withPolicy, "ap", defaultRule), {
    distribute: [{ from: "ap-south-1/*", to: { "us-east-1": 100 } }],
  });
});

test("a ServiceEntry whose endpoints stand in another order is left as it is", () => {
  const entry = plannedObject(plan(two), "ap", `ServiceEntry ${host}-se`);
  const spec = entry["spec"] as JsonObject;
  const reversed = { ...entry, spec: { ...spec, endpoints: (spec["endpoints"] as JsonValue[]).toReversed() } };
  const written: FleetChange = { kind: "put", cluster: "ap", object: reversed };
  assert.deepEqual(plannedObject(plan([...two, written]), "ap", `ServiceEntry ${host}-se`), reversed);
});

test("a canary's weights are read from a route whose hosts are bare names only", () => {
  const planned = plan(canaryRollout, "pay");
  const endpoints = specOf(planned, "us", "ServiceEntry stage.pay.global-se")["endpoints"] as JsonObject[];
  assert.deepEqual(
    endpoints.map(({ address, weight }) => [address, weight]),
    [["pay-stable.pay.svc.cluster.local", undefined]],
  );
});

test("the gateway of a cluster is found by other labels where settings say so, or by its node port", () => {
  const settings = {
    ...admiralSettings,
    gateways: { ...admiralSettings.gateways, overrides: { eu: { app: "nlb" } } },
  };
  const nlb = service("eu/istio-system/nlb", ["tls:15443"], {
    labels: { app: "nlb" },
    status: { loadBalancer: { ingress: [{ hostname: "nlb.acme.example" }] } },
  });
  const bare = manifest(
    "us/istio-system/gateway",
    "Service",
    { externalIPs: ["192.0.2.7"], ports: [{ name: "tls", port: 15_443, nodePort: 31_443 }] },
    { apiVersion: "v1", labels: { app: "istio-ingressgateway" } },
  );
  assert.deepEqual(endpointsIn(plan([...two, nlb, bare], "orders", settings), "ap", host), [
    "192.0.2.7 http=31443",
    "nlb.acme.example. http=15443",
  ]);
});
