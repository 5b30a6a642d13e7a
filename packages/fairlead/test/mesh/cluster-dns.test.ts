import assert from "node:assert/strict";
import { test } from "node:test";
import { intentOf } from "../../src/plan/mesh/identity/intent.ts";
import { clusterDns } from "../../src/plan/mesh/write/cluster-dns.ts";
import { orders, ours, routedFleet } from "./routed-fleet.ts";

const fleet = routedFleet({ settings: ours, facts: orders() });
const { hosts } = intentOf(fleet, "orders").intent;

function block(cluster: string, answer: "addresses" | "services"): string {
  const { object } = clusterDns(fleet, cluster, hosts, answer);
  return (object["data"] as { [file: string]: string })["mesh.server"]!;
}

test("answers with virtual addresses", () => {
  assert.equal(
    block("c-ap", "addresses"),
    `global:53 {
    errors
    cache 30
    hosts {
        ${hosts[0]!.addresses[0]} prd.orders.global
    }
}
`,
  );
});

test("answers with the Service where the service runs, and not at all elsewhere", () => {
  assert.equal(
    block("c-eu", "services"),
    `global:53 {
    errors
    cache 30
    rewrite stop {
        name exact prd.orders.global orders-svc.shop.svc.cluster.local
        answer auto
    }
    kubernetes cluster.local
}
`,
  );
  assert.doesNotMatch(block("c-ap", "services"), /orders/);
});

test("says which names have no room", () => {
  const [host] = hosts;
  const many = Array.from({ length: 30_000 }, (_, at) => ({
    ...host!,
    host: `h${String(at).padStart(5, "0")}.global`,
  }));
  const { object, omitted } = clusterDns(fleet, "c-ap", many, "addresses");
  assert.ok(JSON.stringify(object).length < 1_000_000);
  assert.equal(omitted.at(-1), "h29999.global");
});
