import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { PolicyFact } from "../../model/facts.ts";
import { trafficRulesOf } from "./traffic-rules.ts";

function read(...policy: JsonObject[]) {
  const fact: PolicyFact = {
    fact: "policy",
    kind: "GlobalTrafficPolicy",
    cluster: "east",
    namespace: "shop",
    name: "orders",
    createdAt: "2026-01-01T00:00:00Z",
    ignored: false,
    labels: {},
    annotations: {},
    identity: "orders",
    env: "",
    priority: 0,
    lastUpdatedAt: "",
    generation: 1,
    spec: { policy },
  };
  const { rules, findings } = trafficRulesOf(fact);
  return { types: rules.map(({ type }) => type), said: findings.map(({ message }) => message) };
}

const target = [{ region: "us-west-2", weight: 100 }];

test("a policy's type is read by its name or its number", () => {
  assert.deepEqual(read({ lbType: "FAILOVER", target }, { lbType: 1, target }, { lbType: 0 }, { dnsPrefix: "west" }), {
    types: ["FAILOVER", "FAILOVER", "TOPOLOGY", "TOPOLOGY"],
    said: [],
  });
});

test("lbtype is followed, and said to be a misspelling", () => {
  assert.deepEqual(read({ lbtype: "FAILOVER", target }), {
    types: ["FAILOVER"],
    said: ["lbtype is read as lbType: definitions other than ours drop it"],
  });
  assert.deepEqual(read({ lbType: "TOPOLOGY", lbtype: "FAILOVER" }), { types: ["TOPOLOGY"], said: [] });
});

test("regions without a type tell that a cluster may have dropped it", () => {
  const { types, said } = read({ dnsPrefix: "west", target });
  assert.deepEqual(types, ["TOPOLOGY"]);
  assert.equal(said.length, 1);
  assert.match(said[0]!, /no lbType.*misspelled lbtype/);
});
