/** What policies of traffic do in the default mode. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { app, shares, trafficPolicy } from "./scenarios.ts";
import { manifest, plannedObject, specOf, hostsOf, policyOf, localityOf } from "./world.ts";
import { codes, host, localitiesIn, orders, plan } from "./default-plan.ts";

describe("policies of traffic", () => {
  test("of one region make tiers: it, the standbys in their order, and the rest at last", () => {
    const rule = {
      dnsPrefix: "west",
      lbType: "FAILOVER",
      target: [
        { region: "us-east-1", weight: 0 },
        { region: "eu-west-1", weight: 100 },
      ],
    };
    const all = [...orders, ...app("ap/shop/orders", "orders")];
    const planned = plan([...all, trafficPolicy("eu/shop/gtp", "orders", rule)]);
    assert.deepEqual(localitiesIn(planned, "eu", `west.${host}`), {
      "lb-ap.acme.example.": "last-resort",
      "lb-us.acme.example.": "standby",
      "orders.shop.svc.cluster.local": "eu-west-1",
    });
    // The first choice is called the caller's own region, wherever that is.
    assert.deepEqual(localitiesIn(planned, "us", `west.${host}`), {
      "lb-ap.acme.example.": "last-resort",
      "lb-eu.acme.example.": "us-east-1",
      "orders.store.svc.cluster.local": "standby",
    });
    const failover = (from: string) => ({ enabled: true, failover: [{ from, to: "standby" }] });
    assert.deepEqual(localityOf(planned, "eu", `west.${host}-dr`), failover("eu-west-1"));
    assert.deepEqual(localityOf(planned, "us", `west.${host}-dr`), failover("us-east-1"));
    assert.deepEqual(localityOf(planned, "ap", `${host}-default-dr`), { enabled: true });
    // What other clusters send to the gateway stays in its cluster.
    const { namespace } = plannedObject(planned, "eu", `DestinationRule west.${host}-gateway-dr`).metadata;
    assert.equal(namespace, "istio-system");
    assert.deepEqual(specOf(planned, "eu", `DestinationRule west.${host}-gateway-dr`)["exportTo"], ["."]);
    assert.deepEqual(localityOf(planned, "us", `west.${host}-gateway-dr`), {
      enabled: true,
      distribute: [{ from: "*", to: { standby: 100 } }],
    });
    const { annotations } = plannedObject(planned, "ap", `ServiceEntry west.${host}-se`).metadata;
    assert.equal(annotations!["dns-prefix"], "west");
    assert.equal(annotations!["associated-gtp"], "gtp");
  });

  test("of several regions make a host for each, with the others as its standbys", () => {
    const all = [...orders, ...app("ap/shop/orders", "orders")];
    const planned = plan([...all, trafficPolicy("eu/shop/gtp", "orders", shares)]);
    assert.deepEqual(hostsOf(planned, "ap"), [`eu-west-1.region.${host}`, host, `us-east-1.region.${host}`]);
    assert.deepEqual(
      Object.values(localitiesIn(planned, "ap", `us-east-1.region.${host}`)).toSorted(),
      ["ap-south-1", "last-resort", "standby"].toSorted(),
    );
    assert.equal(localitiesIn(planned, "ap", `us-east-1.region.${host}`)["lb-us.acme.example."], "ap-south-1");
    const rules = specOf(planned, "ap", `VirtualService ${host}-vs`)["http"] as JsonObject[];
    assert.deepEqual(
      (rules[0]!["route"] as JsonObject[]).map(({ destination, weight }) => [get(destination, "host"), weight]),
      [
        [`eu-west-1.region.${host}`, 70],
        [`us-east-1.region.${host}`, 30],
      ],
    );
  });

  test("are told where their weights are not 100 or name a region where nothing runs", () => {
    const rule = {
      lbType: "FAILOVER",
      target: [
        { region: "eu-west-1", weight: 50 },
        { region: "us-east-1", weight: 25 },
        { region: "moon", weight: 5 },
      ],
    };
    const planned = plan([...orders, trafficPolicy("eu/shop/gtp", "orders", rule)]);
    const rules = specOf(planned, "ap", `VirtualService ${host}-vs`)["http"] as JsonObject[];
    assert.deepEqual(
      (rules[0]!["route"] as JsonObject[]).map(({ weight }) => weight),
      [67, 33],
    );
    assert.deepEqual(codes(planned), [
      "FL810 warning: nothing runs in region moon, which default names: its share goes to the others",
      "FL810 warning: the weights of default add up to 80: they are scaled to 100",
    ]);
  });

  test("count by priority, then by what was updated last, then by age; the others are told who won", () => {
    const gtp = (name: string, labels: JsonObject, annotations: JsonObject, createdAt: string) =>
      manifest(
        `eu/shop/${name}`,
        "GlobalTrafficPolicy",
        { policy: [{ dnsPrefix: name }] },
        { labels: { identity: "orders", ...labels }, annotations, createdAt },
      );
    const low = gtp("low", {}, { lastUpdatedAt: "2026-01-01" }, "2025-03-01T00:00:00Z");
    const late = gtp("late", {}, { lastUpdatedAt: "2026-02-01" }, "2025-01-01T00:00:00Z");
    const high = gtp("high", { priority: "5" }, {}, "2024-01-01T00:00:00Z");
    assert.ok(hostsOf(plan([...orders, low, late]), "ap").includes(`late.${host}`));
    const planned = plan([...orders, low, late, high]);
    assert.deepEqual(hostsOf(planned, "ap"), [`high.${host}`, host]);
    assert.deepEqual(
      planned.reports.map(({ object, reason, accepted }) => [object.name, reason, accepted]),
      [
        ["high", "Applied", true],
        ["late", "Overruled", false],
        ["low", "Overruled", false],
      ],
    );
    const [applied] = planned.reports;
    assert.deepEqual(applied!.hosts, [`high.${host}`, host]);
    assert.deepEqual(applied!.clusters, ["ap", "eu", "us"]);
  });

  test("are for their own namespace, identity and environment", () => {
    const planned = plan([
      ...orders,
      trafficPolicy("eu/elsewhere/gtp", "orders", { dnsPrefix: "a" }),
      manifest(
        "eu/shop/other-env",
        "GlobalTrafficPolicy",
        { policy: [{ dnsPrefix: "b" }] },
        { labels: { identity: "orders", env: "prd" } },
      ),
      trafficPolicy("eu/shop/other", "cart", { dnsPrefix: "c" }),
    ]);
    assert.deepEqual(hostsOf(planned, "ap"), [host]);
    assert.deepEqual(
      planned.reports.map(({ object, reason }) => [object.name, reason]),
      [
        ["gtp", "NoMatch"],
        ["other-env", "NoMatch"],
      ],
    );
  });

  test("are read in the spelling of old files, with a hint", () => {
    const target = [{ region: "eu-west-1", weight: 100 }];
    const planned = plan([
      ...orders,
      trafficPolicy("eu/shop/gtp", "orders", { dnsPrefix: "west", lbtype: "FAILOVER", target }),
    ]);
    assert.deepEqual(localitiesIn(planned, "ap", `west.${host}`), {
      "lb-eu.acme.example.": "ap-south-1",
      "lb-us.acme.example.": "standby",
    });
    assert.deepEqual(codes(planned), ["FL810 warning: lbtype is read as lbType: definitions other than ours drop it"]);
  });

  test("without identity are for workloads without one in their namespace", () => {
    const bare = [...app("eu/shop/thing", "", [80]), ...app("us/store/thing", "", [80])];
    const gtp = manifest("eu/shop/gtp", "GlobalTrafficPolicy", { policy: [{ dnsPrefix: "west" }] });
    const planned = plan([...bare, ...orders, gtp], "default");
    assert.deepEqual(hostsOf(planned, "ap"), ["stage.default.global", "west.stage.default.global"]);
    assert.deepEqual(hostsOf(plan([...bare, ...orders, gtp]), "ap"), [host]);
  });

  test("of outliers and connections shape every rule, in every field", () => {
    const planned = plan([
      ...orders,
      manifest(
        "eu/shop/od",
        "OutlierDetection",
        { outlier_config: { base_ejection_time: 20, consecutive_gateway_errors: 3, interval: 4 } },
        { labels: { identity: "orders" } },
      ),
      manifest(
        "us/store/ccc",
        "ClientConnectionConfig",
        {
          connectionPool: {
            tcp: { maxConnections: 50, connectTimeout: "1500ms", tcpKeepalive: { probes: 3, time: "2h" } },
            http: { maxRetries: 4, idleTimeout: "soon", h2UpgradePolicy: 2, useClientProtocol: true },
          },
          tunnel: { protocol: "CONNECT", targetHost: "proxy.acme", targetPort: 443 },
        },
        { labels: { identity: "orders" } },
      ),
    ]);
    const policy = policyOf(planned, "ap", `${host}-default-dr`);
    assert.deepEqual(get(policy, "connectionPool"), {
      tcp: { maxConnections: 50, connectTimeout: "1.5s", tcpKeepalive: { probes: 3, time: "7200s" } },
      http: { maxRequestsPerConnection: 100, maxRetries: 4, useClientProtocol: true },
    });
    assert.deepEqual(get(policy, "tunnel"), { protocol: "CONNECT", targetHost: "proxy.acme", targetPort: 443 });
    assert.equal(get(get(policy, "outlierDetection"), "baseEjectionTime"), "20s");
    assert.deepEqual(codes(planned), [
      "FL810 warning: http.idleTimeout soon cannot be read: it is left out",
      "FL810 warning: http.h2UpgradePolicy UPGRADE has no effect beside useClientProtocol: it is left out",
    ]);
  });

  test("of connections leave out what Istio would refuse the whole rule for", () => {
    const of = (tunnel: JsonObject, http: JsonObject = {}) =>
      plan([
        ...orders,
        manifest(
          "eu/shop/orders",
          "ClientConnectionConfig",
          { connectionPool: { http }, tunnel },
          { labels: { identity: "orders" } },
        ),
      ]);
    const tunnels = [
      [{ protocol: "TELNET", targetHost: "proxy.acme", targetPort: 443 }, "tunnel.protocol TELNET is neither CONNECT"],
      [{ targetHost: "proxy_1.acme", targetPort: 443 }, "tunnel.targetHost proxy_1.acme is no name of a host"],
      [{ targetHost: "10.1", targetPort: 443 }, "tunnel.targetHost 10.1 is no name of a host"],
    ] as const;
    for (const [tunnel, message] of tunnels) {
      const planned = of(tunnel);
      assert.equal(get(policyOf(planned, "ap", `${host}-default-dr`), "tunnel"), undefined);
      assert.match(codes(planned).join(), new RegExp(message));
    }
    // Whole milliseconds.
    const pool = get(policyOf(of({}, { idleTimeout: "1s1234us" }), "ap", `${host}-default-dr`), "connectionPool");
    assert.equal(get(get(pool, "http"), "idleTimeout"), "1.001s");
  });

  test("of slow start set how long new endpoints warm up", () => {
    const config = manifest(
      "home/admiral/tc",
      "TrafficConfig",
      { edgeService: { slowStartConfig: [{ workloadEnvSelectors: ["stage"], duration: "2m" }] } },
      { labels: { asset: "orders", env: "stage" } },
    );
    const policy = policyOf(plan([...orders, config]), "ap", `${host}-default-dr`);
    assert.equal(get(get(policy, "loadBalancer"), "warmupDurationSecs"), "120s");
  });
});
