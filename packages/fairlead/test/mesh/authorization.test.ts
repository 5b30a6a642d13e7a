/** Who may call: AuthorizationPolicies. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { dependency } from "./facts.ts";
import { ofKind, orders, ours, planned, routedFleet } from "./routed-fleet.ts";

const key = "identity:orders";

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
