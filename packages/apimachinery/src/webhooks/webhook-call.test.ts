import assert from "node:assert/strict";
import { test } from "node:test";
import type { Variables } from "../cel/expressions.ts";
import type { JsonObject } from "../json.ts";
import type { MatchRequest } from "./match-rules.ts";
import { webhookCall, webhookRule } from "./webhook-call.ts";

const pods = { group: "", version: "v1", resource: "pods" };
const request: MatchRequest = {
  operation: "CREATE",
  resource: pods,
  subresource: "",
  namespace: "shop",
  name: "",
  namespaceLabels: () => ({}),
  labels: { app: "web" },
  oldLabels: undefined,
  equivalents: () => [],
};
const rules = [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }];
const variables = (): Variables => ({ object: { kind: "json", value: { metadata: { labels: { app: "web" } } } } });
const conditions = (...expressions: string[]): JsonObject[] =>
  expressions.map((expression, index) => ({ name: `c${index}`, expression }));
const kindOf = (more: JsonObject): string => webhookCall(webhookRule({ rules, ...more }), request, variables).kind;

test("calls a webhook whose rules and conditions all match", () => {
  assert.equal(kindOf({}), "yes");
  assert.equal(kindOf({ matchConditions: conditions("object.metadata.labels.app == 'web'", "true") }), "yes");
  assert.equal(kindOf({ matchConditions: conditions("true", "object.metadata.labels.app == 'db'") }), "no");
});

test("asks for variables only where there are conditions to evaluate", () => {
  const asked: string[] = [];
  const ask = (resource: { readonly resource: string }): Variables => {
    asked.push(resource.resource);
    return variables();
  };
  webhookCall(webhookRule({ rules }), request, ask);
  webhookCall(webhookRule({ rules: [], matchConditions: conditions("true") }), request, ask);
  assert.deepEqual(asked, []);
  webhookCall(webhookRule({ rules, matchConditions: conditions("true") }), request, ask);
  assert.deepEqual(asked, ["pods"]);
});

test("an expression that fails is heard unless failures are ignored or another condition says no", () => {
  const broken = "object.metadata.annotations.x == 'y'";
  assert.equal(kindOf({ matchConditions: conditions(broken) }), "failed");
  assert.equal(kindOf({ matchConditions: conditions("nonsense(") }), "failed");
  assert.equal(kindOf({ matchConditions: conditions(broken), failurePolicy: "Ignore" }), "no");
  assert.equal(kindOf({ matchConditions: conditions(broken, "false") }), "no");
});
