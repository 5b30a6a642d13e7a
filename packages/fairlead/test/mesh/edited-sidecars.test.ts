/** Sidecars of users, and what is added to them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fact, SidecarFact } from "../../src/plan/mesh/model/facts.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { admiral, edits, orders, ours, routedFleet } from "./routed-fleet.ts";

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
