import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { fleetOf, gateway, put, workload } from "../../../../test/mesh/fleet-objects.ts";
import type { FleetChange } from "./change.ts";
import type { FleetSnapshot } from "./create-fleet.ts";

describe("written objects", () => {
  const written = (name: string, kind: string, spec: JsonObject, annotations: JsonObject = {}): FleetChange =>
    put(
      "c",
      "networking.istio.io/v1",
      kind,
      {
        name,
        namespace: "fairlead-mesh",
        annotations: { "app.kubernetes.io/created-by": "admiral", ...annotations },
      },
      spec,
    );
  const namesOf = (fleet: FleetSnapshot, key: Parameters<FleetSnapshot["written"]>[0]): string[] =>
    fleet.written(key).map(({ name }) => name);
  const rule = written("prd.orders.global-default-dr", "DestinationRule", { host: "prd.orders.global" });

  test("of the predecessor belong to the identity that they name, or whose host they are for", () => {
    const entry = written(
      "prd.orders.global-se",
      "ServiceEntry",
      { hosts: ["prd.orders.global"] },
      { identity: "Orders" },
    );
    const fleet = fleetOf([entry, rule, workload({ cluster: "c", name: "orders", labels: { env: "prd" } })]);
    assert.deepEqual(namesOf(fleet, "identity:orders"), ["prd.orders.global-se", "prd.orders.global-default-dr"]);
    assert.deepEqual([...fleet.keys()], ["identity:orders"]);
  });

  test("belong to the longest identity that is there, for hosts with dots and prefixes", () => {
    const host = "west.prd.team.orders.global";
    const dotted = written("w", "DestinationRule", { host });
    const there = workload({ cluster: "c", name: "a", identity: "team.orders", labels: { env: "prd" } });
    const fleet = fleetOf([dotted, there]);
    assert.deepEqual(namesOf(fleet, "identity:team.orders"), ["w"]);
    assert.deepEqual(fleet.identitiesOf(host), ["team.orders"]);
    const { keys } = fleetOf([dotted]).with([there]);
    assert.ok(keys.includes("identity:team.orders"));
    assert.ok(keys.includes("identity:prd.team.orders"), "whoever had it before is told");
  });

  test("without anything that they could be for are still to be planned, and so removed", () => {
    assert.deepEqual([...fleetOf([rule]).keys()], ["identity:orders"]);
    const odd = written("shop-x", "VirtualService", { hosts: ["x.example"] });
    const fleet = fleetOf([odd]);
    assert.deepEqual([...fleet.keys()], ["copy:c/fairlead-mesh/VirtualService/shop-x"]);
    assert.deepEqual(namesOf(fleet, "copy:c/fairlead-mesh/VirtualService/shop-x"), ["shop-x"]);
  });

  test("are copies of the user's object whose name they have", () => {
    const user = put("c", "networking.istio.io/v1", "VirtualService", { name: "x" }, { hosts: ["x.example"] });
    const copy = written("shop-x", "VirtualService", { hosts: ["x.example"] });
    assert.deepEqual(namesOf(fleetOf([user, copy]), "copy:c/shop/VirtualService/x"), ["shop-x"]);
  });

  test("of ours say whose they are, and nobody else's objects are ours", () => {
    const ours = { "app.kubernetes.io/managed-by": "fairlead" };
    const annotations = { "fairlead.dev/owner": "Namespace/c/shop" };
    const object = (labels: JsonObject, where = "fairlead-mesh"): FleetChange =>
      put(
        "c",
        "networking.istio.io/v1",
        "DestinationRule",
        { name: "r", namespace: where, labels, annotations },
        { host: "h.example" },
      );
    for (const place of ["fairlead-mesh", "istio-system"])
      assert.deepEqual(namesOf(fleetOf([object(ours, place)]), "namespace:c/shop"), ["r"], place);
    const forged = fleetOf([object(ours, "mine")]);
    assert.deepEqual(
      [...forged.keys()],
      [],
      "nor is a mark in a namespace that is not written to, and it asks nothing",
    );
    assert.equal(forged.routing("h.example").length, 0);
    assert.deepEqual(namesOf(fleetOf([object({})]), "namespace:c/shop"), []);
    assert.equal(fleetOf([object({})]).routing("H.example").length, 1);
  });

  test("touch their own key alone", () => {
    const fleet = fleetOf([workload({ cluster: "c", name: "orders", labels: { env: "prd" } }), gateway("c")]);
    assert.deepEqual(fleet.with([rule]).keys, ["identity:orders"]);
  });
});
