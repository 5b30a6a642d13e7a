/** Plans of the default mode, scenario by scenario. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { app, blueGreenRollout, canaryRollout, database, machines, stage, trafficPolicy } from "./scenarios.ts";
import { dependency, deployment, endpointsIn, plannedObject, service, specOf, hostsOf, policyOf } from "./world.ts";
import { codes, host, orders, plan } from "./default-plan.ts";

describe("objects", () => {
  const planned = plan(orders);

  test("are marked as ours, and name their owner", () => {
    assert.deepEqual(plannedObject(planned, "eu", `ServiceEntry ${host}-se`).metadata, {
      name: `${host}-se`,
      namespace: "fairlead-mesh",
      labels: { "admiral.io/env": "stage", "app.kubernetes.io/managed-by": "fairlead" },
      annotations: { identity: "orders", "fairlead.dev/owner": "Identity//orders" },
    });
  });

  test("say of each endpoint whose it is and where", () => {
    const endpoints = specOf(planned, "ap", `ServiceEntry ${host}-se`)["endpoints"] as JsonObject[];
    assert.deepEqual(endpoints[0], {
      address: "lb-eu.acme.example.",
      ports: { "http-80": 15_443, "http-8080": 15_443 },
      locality: "eu-west-1",
      labels: {
        "security.istio.io/tlsMode": "istio",
        "topology.istio.io/cluster": "eu",
        "topology.kubernetes.io/region": "eu-west-1",
      },
    });
  });

  test("let callers check the servers' accounts", () => {
    assert.deepEqual(specOf(planned, "ap", `ServiceEntry ${host}-se`)["subjectAltNames"], [
      "spiffe://cluster.local/ns/shop/sa/orders",
      "spiffe://cluster.local/ns/store/sa/orders",
    ]);
  });

  test("lead to the caller's region first, and elsewhere when that fails", () => {
    assert.deepEqual(policyOf(planned, "eu", `${host}-default-dr`), {
      tls: { mode: "ISTIO_MUTUAL" },
      connectionPool: { http: { maxRequestsPerConnection: 100 }, tcp: { connectTimeout: "2s" } },
      loadBalancer: {
        simple: "LEAST_REQUEST",
        warmupDurationSecs: "45s",
        localityLbSetting: { enabled: true },
      },
      outlierDetection: {
        baseEjectionTime: "30s",
        consecutiveGatewayErrors: 5,
        consecutive5xxErrors: 0,
        interval: "5s",
        maxEjectionPercent: 100,
      },
    });
  });

  test("have no outlier detection for a single endpoint, which nothing could stand in for", () => {
    const single = plan(app("eu/shop/orders", "orders"));
    assert.equal(get(policyOf(single, "ap", `${host}-default-dr`), "outlierDetection"), undefined);
  });
});

describe("ports", () => {
  test("are those of all clusters under their own numbers, and 80 for the first of HTTP", () => {
    const planned = plan([
      ...app("eu/shop/orders", "orders", ["http:8080", "grpc-api:9090", "db:5432", "dns:53/UDP"]),
      ...app("us/store/orders", "orders", ["web:3000"], { ...stage, createdAt: "2025-02-01T00:00:00Z" }),
    ]);
    assert.deepEqual(specOf(planned, "ap", `ServiceEntry ${host}-se`)["ports"], [
      { number: 80, name: "http-80", protocol: "HTTP" },
      { number: 3000, name: "http-3000", protocol: "HTTP" },
      { number: 5432, name: "tcp-5432", protocol: "TCP" },
      { number: 8080, name: "http-8080", protocol: "HTTP" },
      { number: 9090, name: "grpc-9090", protocol: "GRPC" },
    ]);
    assert.deepEqual(endpointsIn(planned, "us", host)[1], "orders.store.svc.cluster.local http-80=3000 http-3000=3000");
    assert.deepEqual(codes(planned), [
      "FL808 info: port 53 (UDP) of shop/orders in cluster eu is not part of stage.orders.global: only TCP is",
      "FL808 info: shop/orders in cluster eu does not serve port 3000 of stage.orders.global",
      "FL808 info: store/orders in cluster us does not serve port 5432, 8080, 9090 of stage.orders.global",
    ]);
  });

  test("have the protocol of the oldest source where two disagree", () => {
    const planned = plan([
      ...app("eu/shop/orders", "orders", ["grpc:9000"], { ...stage, createdAt: "2025-02-01T00:00:00Z" }),
      ...app("us/store/orders", "orders", ["tcp:9000"]),
    ]);
    assert.ok(
      codes(planned).includes(
        "FL808 warning: port 9000 of stage.orders.global is TCP elsewhere, and GRPC at shop/orders in cluster eu: TCP counts",
      ),
    );
    assert.deepEqual(
      get((specOf(planned, "ap", `ServiceEntry ${host}-se`)["ports"] as JsonObject[])[1], "protocol"),
      "TCP",
    );
  });
});

describe("workloads", () => {
  test("of a canary are weighted in their own cluster, beside other clusters at full weight", () => {
    const changes = [...canaryRollout, ...app("eu/pay/pay", "pay", ["grpc:9000"])];
    const planned = plan(changes, "pay");
    const endpoints = specOf(planned, "us", "ServiceEntry stage.pay.global-se")["endpoints"] as JsonObject[];
    assert.deepEqual(
      endpoints.map(({ address, weight }) => [address, weight]),
      [
        ["lb-eu.acme.example.", 100],
        ["pay-stable.pay.svc.cluster.local", 85],
        ["pay-canary.pay.svc.cluster.local", 15],
      ],
    );
    assert.deepEqual(endpointsIn(planned, "ap", "canary.stage.pay.global"), [
      "lb-us.acme.example. grpc-80=15443 grpc-9000=15443",
    ]);
  });

  test("beside a canary in its own cluster count as much as both of its versions", () => {
    const planned = plan([...canaryRollout, ...app("us/pay/old", "pay", ["grpc:9000"])], "pay");
    const endpoints = specOf(planned, "us", "ServiceEntry stage.pay.global-se")["endpoints"] as JsonObject[];
    assert.deepEqual(
      endpoints.map(({ address, weight }) => [address, weight]),
      [
        ["old.pay.svc.cluster.local", 100],
        ["pay-stable.pay.svc.cluster.local", 85],
        ["pay-canary.pay.svc.cluster.local", 15],
      ],
    );
  });

  test("of a blue-green rollout have a preview of their own", () => {
    const planned = plan(blueGreenRollout, "web");
    assert.deepEqual(hostsOf(planned, "ap"), ["preview.stage.web.global", "stage.web.global"]);
    assert.deepEqual(endpointsIn(planned, "eu", "preview.stage.web.global"), [
      "web-preview.web.svc.cluster.local http-80=80",
    ]);
  });

  test("that move from a Deployment to a Rollout serve from both", () => {
    const both = [...app("eu/web/old", "web", [80]), ...blueGreenRollout];
    assert.deepEqual(endpointsIn(plan(both, "web"), "eu", "stage.web.global"), [
      "old.web.svc.cluster.local http-80=80",
      "web-active.web.svc.cluster.local http-80=80",
    ]);
  });

  test("of a StatefulSet have a name for each pod", () => {
    const planned = plan(database, "db");
    assert.deepEqual(hostsOf(planned, "ap"), ["db-0.stage.db.global", "db-1.stage.db.global", "stage.db.global"]);
    assert.deepEqual(endpointsIn(planned, "eu", "db-1.stage.db.global"), [
      "db-1.db.data.svc.cluster.local tcp-5432=5432",
    ]);
  });

  test("outside Kubernetes are reached through their cluster's gateway, or directly if they are in no mesh", () => {
    const ledger = plan(machines, "ledger");
    assert.deepEqual(endpointsIn(ledger, "eu", "default.ledger.global"), ["10.1.2.3 http-80=8080 http-8080=8080"]);
    assert.deepEqual(endpointsIn(ledger, "ap", "default.ledger.global"), [
      "lb-eu.acme.example. http-80=15443 http-8080=15443",
    ]);
    const rates = plan(machines, "rates");
    for (const cluster of ["us", "ap"]) {
      const spec = specOf(rates, cluster, "ServiceEntry default.rates.global-se");
      assert.equal(spec["location"], "MESH_EXTERNAL");
      assert.deepEqual(endpointsIn(rates, cluster, "default.rates.global"), ["api.rates.example tls-443=443"]);
      assert.equal(get(policyOf(rates, cluster, "default.rates.global-default-dr"), "tls"), undefined);
    }
  });

  test("that no Service selects are told so", () => {
    const planned = plan([
      deployment("eu/shop/orders", "orders", stage),
      service("eu/shop/other", [80]),
      dependency("cart", ["orders"]),
    ]);
    assert.deepEqual(planned.clusters, []);
    assert.match(
      codes(planned)[0]!,
      /^FL809 warning: no Service with a TCP port selects Deployment shop\/orders of cluster eu/,
    );
  });

  test("with an identity that makes no host are told so", () => {
    const planned = plan(app("eu/shop/orders", "my_orders"), "my_orders");
    assert.deepEqual(planned.clusters, []);
    assert.match(codes(planned)[0]!, /^FL812 error: my_orders in stage would be reached as stage.my_orders.global/);
  });
});

test("a Dependency is told where its destinations go", () => {
  const planned = plan([...orders, ...app("ap/carts/cart", "cart"), dependency("cart", ["orders"])], "cart");
  assert.deepEqual(planned.reports, [
    {
      object: { cluster: "home", namespace: "admiral", name: "cart", kind: "Dependency" },
      generation: 0,
      accepted: true,
      reason: "Applied",
      message: "The clusters of cart get its destinations.",
      hosts: [],
      clusters: ["ap"],
    },
  ]);
  const idle = plan([...orders, dependency("cart", ["orders"])], "cart");
  assert.deepEqual(
    idle.reports.map(({ reason, accepted }) => [reason, accepted]),
    [["NoMatch", false]],
  );
  const everybody = plan([...orders, dependency("*", ["orders"])], "*");
  assert.deepEqual(
    everybody.reports.map(({ reason, message }) => [reason, message]),
    [["Applied", "Every cluster gets its destinations."]],
  );
});

describe("a name", () => {
  const newer = { ...stage, createdAt: "2025-06-01T00:00:00Z" };

  test("is the older namespace's in a cluster, and nobody takes it over", () => {
    const planned = plan([...app("eu/shop/orders", "orders"), ...app("eu/thief/orders", "orders", [8080], newer)]);
    assert.deepEqual(endpointsIn(planned, "eu", host), ["orders.shop.svc.cluster.local http-80=8080 http-8080=8080"]);
    assert.match(
      codes(planned)[0]!,
      /^FL807 warning: Deployment thief\/orders claims orders in stage, which belongs to namespace shop/,
    );
    const shouted = { ...newer, template: { annotations: { "admiral.io/env": "STAGE" } } };
    const inCapitals = plan([...app("eu/shop/orders", "orders"), ...app("eu/thief/orders", "orders", [8080], shouted)]);
    assert.equal(endpointsIn(inCapitals, "eu", host).length, 1);
    assert.match(codes(inCapitals)[0]!, /^FL807/);
  });

  test("with dots is not what stands in front of an older identity's name", () => {
    const west = trafficPolicy("eu/shop/gtp", "orders", { dnsPrefix: "west" });
    const inWest = { template: { annotations: { "admiral.io/env": "west" } } };
    const dotted = (createdAt: string) => app("eu/thief/thief", "stage.orders", [80], { ...inWest, createdAt });
    const late = [...orders, west, ...dotted("2026-01-01T00:00:00Z")];
    assert.deepEqual(plan(late, "stage.orders").clusters, []);
    assert.match(
      codes(plan(late, "stage.orders")).join(),
      /^FL807 warning: west\.stage\.orders\.global of stage\.orders/,
    );
    assert.deepEqual(hostsOf(plan(late), "ap"), [host, `west.${host}`]);
    const early = [...orders, west, ...dotted("2024-01-01T00:00:00Z")];
    assert.deepEqual(hostsOf(plan(early, "stage.orders"), "ap"), [`west.${host}`]);
    assert.deepEqual(hostsOf(plan(early), "ap"), [host]);
  });

  test("serves from both namespaces while it is handed over", () => {
    const giving = { ...stage, annotations: { "fairlead.dev/hand-over": "team-b" } };
    const planned = plan([
      ...app("eu/shop/orders", "orders", [8080], giving),
      ...app("eu/team-b/orders", "orders", [8080], newer),
    ]);
    assert.equal(endpointsIn(planned, "eu", host).length, 2);
    assert.deepEqual(planned.findings, []);
  });

  test("is seen where its callers are, by their namespaces", () => {
    const planned = plan([...orders, ...app("ap/carts/cart", "cart"), dependency("cart", ["orders"])]);
    assert.deepEqual(
      planned.clusters.map(({ cluster }) => cluster),
      ["ap", "eu", "us"],
    );
    const seen = (cluster: string) => specOf(planned, cluster, `ServiceEntry ${host}-se`)["exportTo"];
    assert.deepEqual([seen("ap"), seen("eu")], [["carts"], ["istio-system", "shop"]]);
    const nobody = plan([...orders, ...app("us/carts/cart", "cart"), dependency("cart", ["orders"])]);
    assert.deepEqual(
      nobody.clusters.map(({ cluster }) => cluster),
      ["eu", "us"],
    );
  });
});
