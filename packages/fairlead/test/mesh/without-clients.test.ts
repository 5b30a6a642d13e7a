/** Dependencies that name callers which run nowhere: a name is no more open for that than with callers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { app, threeClusters } from "./scenarios.ts";
import { dependency, plansOf, world } from "./world.ts";

/** Who sees the ServiceEntry and the DestinationRule of orders, by cluster. */
function seen(settings: MeshSettings, ...callers: string[]): { readonly [cluster: string]: readonly unknown[] } {
  const prd = { template: { annotations: { "admiral.io/env": "prd" } } };
  const fleet = world(settings, [
    ...threeClusters,
    ...app("eu/shop/orders", "orders", ["http:8080"], prd),
    ...app("us/front/cart", "cart", ["http:8080"], prd),
    ...callers.map((caller) => dependency(caller, ["orders"])),
  ]);
  const { clusters } = plansOf(fleet).get("identity:orders")!;
  return Object.fromEntries(
    clusters.map(({ cluster, desired }) => [
      cluster,
      desired
        .filter(({ metadata }) => metadata.namespace === settings.scope.syncNamespace)
        .map((object) => (object["spec"] as JsonObject)["exportTo"]),
    ]),
  );
}

const own = ["istio-system", "shop"];

test("where no caller runs anywhere, a name stays with the namespaces that serve it, and their gateway", () => {
  assert.deepEqual(seen(defaultSettings, "ghost"), { eu: [own, own] });
});

test("a caller that comes sees it, and nobody else", () => {
  assert.deepEqual(seen(defaultSettings, "ghost", "cart"), { eu: [own, own], us: [["front"], ["front"]] });
});

test("a name that no Dependency mentions, and that is known nowhere then, stays there as well", () => {
  const scope = { ...defaultSettings.scope, withoutDependency: "nowhere" as const };
  assert.deepEqual(seen({ ...defaultSettings, scope }), { eu: [own, own] });
  const { eu } = seen(defaultSettings);
  assert.deepEqual(eu, [undefined, undefined], "everybody calls what is known everywhere");
});

test("the predecessor opens it to everybody where it runs, and a setting does so by default", () => {
  const limits = { exportTo: { identities: ["*"], most: 35 } };
  const compat = { ...admiralSettings, scope: { ...admiralSettings.scope, ...limits } };
  assert.deepEqual(seen(compat, "ghost"), { eu: [undefined, undefined] });
  const open = { ...defaultSettings, scope: { ...defaultSettings.scope, withoutClients: "everybody" as const } };
  assert.deepEqual(seen(open, "ghost"), { eu: [undefined, undefined] });
});
