/** Whatever users write into their objects: a plan, and never an exception. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "@fairlead/apimachinery";
import { runs } from "../../../../scripts/runs.ts";
import type { Fact, ProxyFact, SidecarFact } from "../../src/plan/mesh/model/facts.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { policy, routing } from "./facts.ts";
import { admiral, orders, ours, routedFleet } from "./routed-fleet.ts";

const host = "prd.orders.global";
const sidecars = { name: "default" };
const modes: readonly MeshSettings[] = [
  { ...admiral, scope: { ...admiral.scope, sidecars } },
  {
    ...ours,
    scope: { ...ours.scope, authorization: true, sidecars },
    routing: { ...admiral.routing, rulesPlugin: "routes" },
  },
  { ...ours, output: "ambient" },
];

const junk = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonObject[string]>;
const names = [
  "plugin",
  "hosts",
  "config",
  "policy",
  "http",
  "tls",
  "tcp",
  "host",
  "subsets",
  "trafficPolicy",
  "egress",
];
const keys = fc.constantFrom(
  ...names,
  "destination",
  "proxy",
  "gateways",
  "exportTo",
  "route",
  "__proto__",
  "constructor",
);
/** Objects with the keys that are looked at, and anything in them. */
const spec = fc.dictionary(keys, fc.oneof(junk, fc.array(fc.dictionary(keys, junk)), fc.dictionary(keys, junk)));
const rules = fc.oneof(
  fc.string(),
  junk.map((value) => JSON.stringify([value])),
);

test("is never thrown off by what an object says", () => {
  const given = fc.record({
    settings: fc.constantFrom(...modes),
    specs: fc.array(spec, { minLength: 6, maxLength: 6 }),
    rules,
  });
  let objects = 0;
  fc.assert(
    fc.property(given, ({ settings, specs, rules: text }) => {
      const [a, b, c, d, e, f] = specs as [JsonObject, JsonObject, JsonObject, JsonObject, JsonObject, JsonObject];
      const observed = { createdAt: "2025-01-01T00:00:00Z", ignored: false };
      const proxy: ProxyFact = {
        fact: "proxy",
        cluster: "home",
        namespace: "admiral",
        name: "p",
        ...observed,
        env: "prd",
        generation: 1,
        spec: { ...e, proxy: { identity: "orders" } },
      };
      const place = { cluster: "c-ap", namespace: "cart-ns", name: "default" };
      const sidecar: SidecarFact = { fact: "sidecar", ...place, ...observed, selects: undefined, spec: f };
      const facts: Fact[] = [
        ...orders(),
        policy("RoutingPolicy", "c-eu/shop/a", "orders", a),
        policy("RoutingPolicy", "c-eu/shop/b", "orders", { plugin: "routes", config: { rules: text } }),
        policy("GlobalTrafficPolicy", "c-eu/shop/b", "orders", b, { env: "prd" }),
        routing("c-eu/shop/c", "VirtualService", [host], c),
        routing("c-eu/shop/d", "DestinationRule", [host], d),
        proxy,
      ];
      const fleet = routedFleet({ settings, facts, sidecars: [sidecar] });
      for (const key of ["identity:orders", "namespace:c-ap/cart-ns", "namespace:c-eu/shop"] as const)
        for (const { desired } of planKey(fleet, key).clusters) objects += desired.length;
    }),
    runs(300),
  );
  assert.ok(objects > 1000);
});
