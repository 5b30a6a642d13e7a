/** Filters, callers' rights, Sidecars, copies of users' routing, and names that lead to a proxy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Fact, ProxyFact, RoutingFact, SidecarFact } from "../../src/plan/mesh/model/facts.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { dependency, policy, routing, workload } from "./facts.ts";
import { admiral, edits, orders, ours, planned, routedFleet, shares, written } from "./routed-fleet.ts";

const key = "identity:orders";

function ofKind(objects: { readonly [name: string]: KrmObject }, kind: string): KrmObject[] {
  return Object.values(objects).filter((object) => object.kind === kind);
}

/** A RoutingPolicy with a plug-in of Wasm. */
function plugin(config: JsonObject = { ttl: "30", wasmPath: "/code.wasm" }): Fact {
  const spec = { plugin: "Geo", hosts: ["prd.orders.global"], config };
  return policy("RoutingPolicy", "c-eu/shop/orders-rp", "orders", spec, { env: "prd", labels: { identity: "orders" } });
}

test("writes the predecessor's filter for each client, version and cluster", () => {
  const settings = { ...admiral, filters: { ...admiral.filters, proxyVersions: ["1.17", "1.20"] } };
  const fleet = routedFleet({ settings, facts: [...orders(), plugin()] });
  const [old, filter, ...others] = ofKind(planned(fleet, key, "c-ap"), "EnvoyFilter");
  assert.deepEqual(others, []);
  assert.match(old!.metadata.name!, /^geo-dr-[a-z0-9]{20}-[a-z0-9]{20}-1\.17$/);
  const name = filter!.metadata.name!;
  assert.match(name, /-1\.20$/);
  assert.deepEqual(filter, {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: {
      name,
      namespace: "istio-system",
      annotations: { "associated-routing-policy-name": "orders-rp", "associated-routing-policy-identity": "orders" },
    },
    spec: {
      workloadSelector: { labels: { assetAlias: "cart" } },
      configPatches: [
        {
          applyTo: "HTTP_FILTER",
          match: {
            context: "SIDECAR_OUTBOUND",
            proxy: { proxyVersion: String.raw`^1\.20.*` },
            listener: {
              filterChain: {
                filter: {
                  name: "envoy.filters.network.http_connection_manager",
                  subFilter: { name: "envoy.filters.http.router" },
                },
              },
            },
          },
          patch: {
            operation: "INSERT_BEFORE",
            value: {
              name: "dynamicRoutingFilterPatch",
              typed_config: {
                "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
                type_url: "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                value: {
                  config: {
                    configuration: {
                      "@type": "type.googleapis.com/google.protobuf.StringValue",
                      value: "ttl: 30\nhosts: prd.orders.global\nplugin: Geo",
                    },
                    vm_config: {
                      runtime: "envoy.wasm.runtime.v8",
                      vm_id: name,
                      code: { local: { filename: "/etc/istio/extensions/dynamicrouter.wasm" } },
                    },
                  },
                },
              },
            },
          },
        },
      ],
    },
  });
  assert.deepEqual(ofKind(planned(fleet, key, "c-us"), "EnvoyFilter"), []);
});

test("keeps the name and the order of lines of a filter that the predecessor wrote", () => {
  const config = { a: "1", b: "2", wasmPath: "x" };
  const facts = [...orders(), plugin(config)];
  const [fresh] = ofKind(planned(routedFleet({ settings: admiral, facts }), key, "c-ap"), "EnvoyFilter");
  const name = "geo-dr-3f0c9e1a2b3c4d5e6f70-77ab1e1a2b3c4d5e6f70-1.20";
  const text = JSON.stringify(fresh)
    .replaceAll(fresh!.metadata.name!, name)
    .replace(String.raw`a: 1\nb: 2`, String.raw`b: 2\na: 1`);
  const theirs = JSON.parse(text) as KrmObject;
  assert.notDeepEqual(theirs, fresh);
  const fleet = routedFleet({ settings: admiral, facts: [...facts, written(key, "c-ap", theirs)] });
  assert.deepEqual(ofKind(planned(fleet, key, "c-ap"), "EnvoyFilter"), [theirs]);
});

test("selects the pods of clients by the labels they have, and runs the code that the policy names", () => {
  const fleet = routedFleet({ settings: ours, facts: [...orders(), plugin()] });
  const [filter] = ofKind(planned(fleet, key, "c-ap"), "EnvoyFilter");
  const text = JSON.stringify(filter);
  assert.match(text, /"workloadSelector":\{"labels":\{"identity":"cart"\}\}/);
  assert.match(text, /"filename":"\/code\.wasm"/);
  assert.doesNotMatch(text, /proxyVersion/);
  assert.equal(filter!.metadata.annotations?.["fairlead.dev/owner"], "Identity//orders");
});

test("writes one filter for all proxies where everybody may call", () => {
  const everywhere = { ...ours, scope: { ...ours.scope, withoutDependency: "everywhere" as const } };
  const facts = [...orders().filter(({ fact }) => fact !== "dependency"), plugin()];
  const fleet = routedFleet({ settings: everywhere, facts });
  for (const cluster of ["c-ap", "c-eu", "c-us"]) {
    const [filter, ...others] = ofKind(planned(fleet, key, cluster), "EnvoyFilter");
    assert.deepEqual(others, []);
    assert.equal((filter!["spec"] as JsonObject)["workloadSelector"], undefined);
  }
});

test("writes no filter without code, and says so", () => {
  const fleet = routedFleet({ settings: ours, facts: [...orders(), plugin({ ttl: "30" })] });
  assert.deepEqual(ofKind(planned(fleet, key, "c-ap"), "EnvoyFilter"), []);
  const { findings, reports } = planKey(fleet, key);
  assert.deepEqual(
    findings.map(({ code, message }) => [code, message]),
    [["FL817", "spec.config.wasmPath names no file"]],
  );
  assert.ok(reports.some(({ reason, object }) => reason === "Invalid" && object.kind === "RoutingPolicy"));
});

test("counts a policy that stands in several clusters once in each", () => {
  const twin = { ...plugin({ ttl: "60", wasmPath: "/code.wasm" }), cluster: "c-ap" };
  const fleet = routedFleet({ settings: ours, facts: [...orders(), plugin(), twin] });
  const [local, ...others] = ofKind(planned(fleet, key, "c-ap"), "EnvoyFilter");
  assert.deepEqual(others, []);
  assert.match(JSON.stringify(local), /ttl: 60/);
  const [elsewhere] = ofKind(planned(fleet, key, "c-eu"), "EnvoyFilter");
  assert.match(JSON.stringify(elsewhere), /ttl: 30/);
});

const guarded: MeshSettings = { ...ours, scope: { ...ours.scope, authorization: true } };

test("lets the callers in that Dependencies name, the service itself and the gateways", () => {
  const fleet = routedFleet({ settings: guarded, facts: orders() });
  const [rule, ...others] = ofKind(planned(fleet, key, "c-eu"), "AuthorizationPolicy");
  assert.deepEqual(others, []);
  assert.equal(rule!.metadata.namespace, "shop");
  assert.deepEqual(rule!["spec"], {
    selector: { matchLabels: { app: "orders-svc" } },
    action: "ALLOW",
    rules: [
      {
        from: [
          {
            source: {
              principals: [
                "cluster.local/ns/cart-ns/sa/cart",
                "cluster.local/ns/istio-system/sa/*",
                "cluster.local/ns/shop/sa/orders",
              ],
            },
          },
        ],
      },
    ],
  });
  assert.deepEqual(ofKind(planned(fleet, key, "c-ap"), "AuthorizationPolicy"), []);
});

test("locks nobody out where no caller is known, and says so", () => {
  const ghosts = [...orders().filter(({ fact }) => fact !== "dependency"), dependency("ghost", "ghost", "Orders")];
  for (const facts of [ghosts, orders().filter(({ fact }) => fact !== "dependency")]) {
    const fleet = routedFleet({ settings: guarded, facts });
    assert.deepEqual(ofKind(planned(fleet, key, "c-eu"), "AuthorizationPolicy"), []);
    assert.deepEqual(
      planKey(fleet, key).findings.map(({ code }) => code),
      ["FL816"],
    );
  }
  const open = { ...guarded, scope: { ...guarded.scope, withoutDependency: "everywhere" as const } };
  const everybody = routedFleet({ settings: open, facts: orders().filter(({ fact }) => fact !== "dependency") });
  assert.deepEqual(planKey(everybody, key).findings, []);
});

function sidecar(hosts: string[], more: Partial<SidecarFact> = {}): SidecarFact {
  const place = { cluster: "c-ap", namespace: "cart-ns", name: "default" };
  const observed = { createdAt: "2025-01-01T00:00:00Z", ignored: false, selects: undefined };
  return { fact: "sidecar", ...place, ...observed, spec: { egress: [{ hosts }] }, ...more };
}

function edited(settings: MeshSettings, given: SidecarFact, facts: readonly Fact[] = orders()) {
  return edits(routedFleet({ settings, facts, sidecars: [given] }), "namespace:c-ap/cart-ns", "c-ap");
}

test("adds what the predecessor adds to a Sidecar, and removes nothing", () => {
  const settings = { ...admiral, scope: { ...admiral.scope, sidecars: { name: "default" } } };
  const hosts = ["istio-system/*", "fairlead-mesh/old.global"];
  const [edit] = edited(settings, sidecar(hosts, { ours: ["fairlead-mesh/old.global"] }));
  assert.deepEqual(edit?.hosts, [...hosts, "shop/orders-svc.shop.svc.cluster.local", "shop/prd.orders.global"]);
  assert.deepEqual(edited(settings, sidecar([...edit.hosts])), []);
});

test("adds the names that a namespace calls, and takes back what it added and is no longer called", () => {
  const [edit] = edited(
    ours,
    sidecar(["istio-system/*", "fairlead-mesh/old.global"], { ours: ["fairlead-mesh/old.global"] }),
  );
  assert.deepEqual(edit, {
    kind: "sidecar-hosts",
    object: { apiVersion: "networking.istio.io/v1", kind: "Sidecar", namespace: "cart-ns", name: "default" },
    hosts: ["istio-system/*", "fairlead-mesh/prd.orders.global"],
    ours: ["fairlead-mesh/prd.orders.global"],
  });
  const done = sidecar([...edit.hosts], { ours: [...edit.ours] });
  assert.deepEqual(edited(ours, done), []);
  const [back] = edited(
    ours,
    done,
    orders().filter(({ fact }) => fact !== "dependency"),
  );
  assert.deepEqual([back?.hosts, back?.ours], [["istio-system/*"], []]);
});

test("adds nothing that a Sidecar lets through already, and leaves listeners of one port alone", () => {
  for (const entry of ["*/*", "fairlead-mesh/*", "*/prd.orders.global", "fairlead-mesh/*.global"])
    assert.deepEqual(edited(ours, sidecar([entry])), [], entry);
  const spec = { egress: [{ port: { number: 80, protocol: "HTTP", name: "a" }, hosts: ["./*"] }, { hosts: ["./*"] }] };
  const [edit] = edited(ours, sidecar([], { spec }));
  assert.deepEqual([edit?.egress, edit?.hosts], [1, ["./*", "fairlead-mesh/prd.orders.global"]]);
});

test("adds further names, and the Services that a cluster's callers are routed to", () => {
  const inCluster = { enabled: { "*": ["*"] }, disabled: {}, mergeCreatedBy: undefined };
  const additional = { suffixes: ["mesh"], labels: ["*"] };
  const settings: MeshSettings = {
    ...ours,
    names: { ...ours.names, additional },
    routing: { ...ours.routing, inCluster },
  };
  const given = sidecar(["./*"], { cluster: "c-eu" });
  const fleet = routedFleet({ settings, facts: orders(), sidecars: [given] });
  const [edit] = edits(fleet, "namespace:c-eu/cart-ns", "c-eu");
  assert.deepEqual(edit?.ours, [
    "fairlead-mesh/prd.orders.global",
    "fairlead-mesh/prd.orders.mesh",
    "shop/*.svc.cluster.local",
  ]);
});

test("makes no Sidecar, and edits none of another name", () => {
  assert.deepEqual(edited(ours, sidecar(["./*"], { name: "special" })), []);
});

function own(kind: RoutingFact["kind"], place = "c-eu/shop/mine", spec: JsonObject = {}): RoutingFact {
  const hosts = ["prd.orders.global"];
  const service = { host: "orders-svc.shop.svc.cluster.local", port: { number: 8080 } };
  const whole =
    kind === "VirtualService"
      ? { hosts, http: [{ route: [{ destination: service }], timeout: "3s" }], ...spec }
      : { host: hosts[0]!, subsets: [{ name: "v1" }], ...spec };
  return { ...routing(place, kind, hosts, whole), labels: { team: "a", "app.kubernetes.io/instance": "x" } };
}

test("copies a user's VirtualService and DestinationRule as the predecessor does", () => {
  const fleet = routedFleet({ settings: admiral, facts: [...orders(), own("VirtualService"), own("DestinationRule")] });
  for (const cluster of ["c-ap", "c-eu"]) {
    const objects = planned(fleet, key, cluster);
    assert.deepEqual(objects["VirtualService shop-mine"], {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: {
        name: "shop-mine",
        namespace: "admiral-sync",
        labels: { team: "a" },
        annotations: { "app.kubernetes.io/created-by": "admiral" },
      },
      spec: {
        hosts: ["prd.orders.global"],
        http: [{ route: [{ destination: { host: "prd.orders.global", port: { number: 8080 } } }], timeout: "3s" }],
        exportTo: cluster === "c-ap" ? ["cart-ns"] : ["cart-ns", "istio-system", "shop"],
      },
    });
    assert.deepEqual((objects["DestinationRule mine"]!["spec"] as JsonObject)["subsets"], [{ name: "v1" }]);
  }
});

test("copies to clusters that have none of their own, with the namespace in front, and with the shares of regions", () => {
  const facts = [
    ...orders(),
    own("VirtualService"),
    own("DestinationRule"),
    shares({ "eu-west-1": 70, "us-east-1": 30 }),
  ];
  const fleet = routedFleet({ settings: ours, facts });
  assert.equal(planned(fleet, key, "c-eu")["VirtualService shop-mine"], undefined);
  const objects = planned(fleet, key, "c-ap");
  assert.ok(objects["DestinationRule shop-mine"]);
  const http = (objects["VirtualService shop-mine"]!["spec"] as { http: { route: JsonObject[] }[] }).http;
  assert.deepEqual(http[0]!.route, [
    { destination: { host: "eu-west-1.region.prd.orders.global", port: { number: 8080 } }, weight: 70 },
    { destination: { host: "us-east-1.region.prd.orders.global", port: { number: 8080 } }, weight: 30 },
  ]);
});

test("puts a user's DestinationRule in place of the host's own, with the mesh's TLS and what it does not say", () => {
  const trafficPolicy = {
    tls: { mode: "DISABLE" },
    loadBalancer: { consistentHash: { useSourceIp: true } },
    connectionPool: { tcp: { maxConnections: 7 } },
    portLevelSettings: [{ port: { number: 80 }, outlierDetection: { interval: "1s" } }],
  };
  const rule = own("DestinationRule", "c-eu/shop/mine", { trafficPolicy });
  const fleet = routedFleet({ settings: ours, facts: [...orders(), rule] });
  for (const cluster of ["c-ap", "c-eu", "c-us"]) {
    const objects = planned(fleet, key, cluster);
    assert.equal(objects["DestinationRule prd.orders.global-default-dr"], undefined);
    const object = objects["DestinationRule shop-mine"]!;
    assert.equal(object.metadata.annotations?.["fairlead.dev/owner"], "Identity//orders");
    const spec = object["spec"] as { trafficPolicy: JsonObject } & JsonObject;
    const without = planned(routedFleet({ settings: ours, facts: orders() }), key, cluster);
    const plain = without["DestinationRule prd.orders.global-default-dr"]!["spec"] as typeof spec;
    assert.deepEqual(spec["subsets"], [{ name: "v1" }]);
    assert.deepEqual(spec.trafficPolicy, {
      tls: { mode: "ISTIO_MUTUAL" },
      connectionPool: { http: { maxRequestsPerConnection: 100 }, tcp: { maxConnections: 7 } },
      loadBalancer: {
        localityLbSetting: (plain.trafficPolicy["loadBalancer"] as JsonObject)["localityLbSetting"]!,
        consistentHash: { useSourceIp: true },
      },
      outlierDetection: plain.trafficPolicy["outlierDetection"]!,
      portLevelSettings: [
        { port: { number: 80 }, outlierDetection: { interval: "1s" }, tls: { mode: "ISTIO_MUTUAL" } },
      ],
    });
  }
});

test("prefers a user's DestinationRule of the same cluster, and says which do not count", () => {
  const other = { ...own("DestinationRule", "c-us/shop/theirs", { subsets: [] }), createdAt: "2026-01-01T00:00:00Z" };
  const fleet = routedFleet({ settings: ours, facts: [...orders(), own("DestinationRule"), other] });
  const names = (cluster: string): string[] =>
    Object.keys(planned(fleet, key, cluster)).filter((name) => name.startsWith("DestinationRule"));
  assert.deepEqual(names("c-ap"), ["DestinationRule shop-mine"]);
  assert.deepEqual(names("c-us"), ["DestinationRule shop-theirs"]);
  const { findings } = planKey(fleet, key);
  assert.deepEqual(new Set(findings.map(({ code }) => code)), new Set(["FL818"]));
});

test("copies neither what is not for everybody, nor the mesh's own, nor several hosts", () => {
  const several = { ...own("VirtualService"), hosts: ["prd.orders.global", "x"] };
  const not: RoutingFact[] = [
    { ...own("VirtualService"), exportTo: ["."] },
    { ...own("VirtualService"), ignored: true },
    own("VirtualService", "c-eu/kube-system/mine"),
    own("VirtualService", "c-eu/shop/mine", { gateways: ["edge"] }),
    several,
  ];
  for (const fact of not) {
    const objects = planned(routedFleet({ settings: ours, facts: [...orders(), fact] }), key, "c-ap");
    const copies = Object.keys(objects).filter((name) => name.endsWith("-mine"));
    assert.deepEqual(copies, []);
  }
  const { findings } = planKey(routedFleet({ settings: ours, facts: [...orders(), several] }), key);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ["FL818"],
  );
});

test("copies the oldest of two that would be one object, and says whose is left out", () => {
  const young = own("VirtualService", "c-us/shop/mine", { http: [] });
  const old = { ...own("VirtualService"), createdAt: "2024-01-01T00:00:00Z" };
  const fleet = routedFleet({ settings: ours, facts: [...orders(), young, old] });
  const copy = planned(fleet, key, "c-ap")["VirtualService shop-mine"];
  assert.match(JSON.stringify(copy), /"timeout":"3s"/);
  const { findings } = planKey(fleet, key);
  assert.deepEqual(
    findings.filter(({ code }) => code === "FL818").map(({ message }) => /cluster c-us differs/.test(message)),
    [true],
  );
});

test("copies routing of a host that is no identity's to all others where settings say so", () => {
  const foreign = { ...own("VirtualService"), hosts: ["shop.acme"] };
  const facts = [...orders(), foreign, { ...foreign, cluster: "c-us", createdAt: "2026-01-01T00:00:00Z" }];
  const clustersOf = (settings: MeshSettings, cluster: string): string[] =>
    planKey(routedFleet({ settings, facts }), `copy:${cluster}/shop/VirtualService/mine`).clusters.map(
      (one) => one.cluster,
    );
  assert.deepEqual(clustersOf(admiral, "c-eu"), ["c-ap", "c-eu", "c-us"]);
  assert.deepEqual(clustersOf(admiral, "c-us"), [], "the older one is copied by its own key");
  assert.deepEqual(clustersOf(ours, "c-eu"), []);
  const everywhere = { ...ours, copies: { ...ours.copies, withoutDependents: "everywhere" as const } };
  assert.deepEqual(clustersOf(everywhere, "c-eu"), ["c-ap"]);
});

function proxy(spec: JsonObject, env = "prd"): ProxyFact {
  const place = { cluster: "home", namespace: "admiral", name: "dp" };
  return { fact: "proxy", ...place, createdAt: "2025-01-01T00:00:00Z", ignored: false, env, generation: 1, spec };
}

const destination = { identity: "Legacy", dns_suffix: "acme", dns_prefixes: ["west.prd"] };

test("leads the names of one identity to the proxy in front of it", () => {
  const facts = [
    ...orders(),
    proxy({ destination, proxy: { identity: "orders" } }),
    dependency("legacy", "cart", "legacy"),
  ];
  const fleet = routedFleet({ settings: admiral, facts });
  assert.deepEqual(planned(fleet, key, "c-ap")["VirtualService prd.legacy.acme-vs"], {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: {
      name: "prd.legacy.acme-vs",
      namespace: "admiral-sync",
      annotations: { "app.kubernetes.io/created-by": "admiral", identity: "Orders" },
    },
    spec: {
      hosts: ["prd.legacy.acme", "west.prd.Legacy.acme"],
      exportTo: ["cart-ns"],
      http: [{ route: [{ destination: { host: "prd.orders.global", port: { number: 80 } } }] }],
    },
  });
  assert.equal(planned(fleet, key, "c-us")["VirtualService prd.legacy.acme-vs"], undefined, "nobody calls it there");
});

test("reads a DependencyProxy in every spelling of its fields alike", () => {
  const planOf = (spelled: JsonObject) => {
    const spec = { destination: { identity: "Legacy", ...spelled }, proxy: { identity: "orders" } };
    const facts = [...orders(), proxy(spec), dependency("legacy", "cart", "legacy")];
    return planned(routedFleet({ settings: admiral, facts }), key, "c-ap")["VirtualService prd.legacy.acme-vs"];
  };
  const wanted = planOf({ dns_suffix: "acme", dns_prefixes: ["west.prd"] });
  assert.ok(wanted !== undefined);
  assert.deepEqual(planOf({ dnsSuffix: "acme", dnsPrefixes: ["west.prd"] }), wanted);
  assert.deepEqual(planOf({ dns_suffix: "acme", dns_prefix: ["west.prd"] }), wanted);
});

test("says what a DependencyProxy lacks", () => {
  const cases: [JsonObject, string, RegExp][] = [
    [{ destination }, "", /no environment/],
    [{ destination: { ...destination, identity: "" } }, "prd", /destination\.identity/],
    [{ destination: { ...destination, dns_suffix: "" } }, "prd", /dns_suffix/],
    [{ destination: { ...destination, dns_suffix: "a b" } }, "prd", /no host name/],
    [{ destination }, "stg", /does not run in env stg/],
  ];
  for (const [spec, env, message] of cases) {
    const fact = proxy({ ...spec, proxy: { identity: "orders" } }, env);
    const { findings, reports } = planKey(routedFleet({ settings: ours, facts: [...orders(), fact] }), key);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL819"],
    );
    assert.match(findings[0]!.message, message);
    assert.ok(reports.some(({ object, accepted }) => object.kind === "DependencyProxy" && !accepted));
  }
});

test("is nobody's proxy that another identity stands for", () => {
  const facts = [
    ...orders(),
    workload("c-eu/x/x", { identity: "x" }),
    proxy({ destination, proxy: { identity: "x" } }),
  ];
  assert.deepEqual(planKey(routedFleet({ settings: ours, facts }), key).findings, []);
});
