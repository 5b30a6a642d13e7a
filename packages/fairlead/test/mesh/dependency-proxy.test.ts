/** Names that lead to a proxy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { ProxyFact } from "../../src/plan/mesh/model/facts.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { dependency, workload } from "./facts.ts";
import { admiral, orders, ours, planned, routedFleet } from "./routed-fleet.ts";

const key = "identity:orders";

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
