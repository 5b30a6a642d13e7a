/** Filters of clients by RoutingPolicies. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Fact } from "../../src/plan/mesh/model/facts.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { policy } from "./facts.ts";
import { admiral, ofKind, orders, ours, planned, routedFleet, written } from "./routed-fleet.ts";

const key = "identity:orders";

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
