import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../json.ts";
import { matchRequest, policyMatcher, webhookMatcher, type MatchRequest } from "./match-rules.ts";

const deployments = { group: "apps", version: "v1", resource: "deployments" };
const pods = { group: "", version: "v1", resource: "pods" };

const request = (more: Partial<MatchRequest> = {}): MatchRequest => ({
  operation: "CREATE",
  resource: pods,
  subresource: "",
  namespace: "shop",
  name: "web",
  namespaceLabels: () => ({ team: "a" }),
  labels: { app: "web" },
  oldLabels: undefined,
  equivalents: () => [],
  ...more,
});

const rule = (more: JsonObject = {}): JsonObject => ({
  operations: ["CREATE", "UPDATE"],
  apiGroups: [""],
  apiVersions: ["v1"],
  resources: ["pods"],
  ...more,
});
const hook = (rules: JsonObject[], more: JsonObject = {}): JsonObject => ({ rules, ...more });
const kindOf = (webhook: JsonObject, asked: MatchRequest): string => matchRequest(webhookMatcher(webhook), asked).kind;

const rules: readonly [JsonObject, Partial<MatchRequest>, boolean][] = [
  [rule(), {}, true],
  [rule(), { operation: "DELETE" }, false],
  [rule({ operations: ["*"] }), { operation: "CONNECT" }, true],
  [rule({ apiGroups: ["apps"] }), {}, false],
  [rule({ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }), { resource: deployments }, true],
  [rule({ apiVersions: ["v2"] }), {}, false],
  [rule(), { subresource: "status" }, false],
  [rule({ resources: ["pods/status"] }), { subresource: "status" }, true],
  [rule({ resources: ["pods/status"] }), {}, false],
  [rule({ resources: ["pods/*"] }), {}, true],
  [rule({ resources: ["*/status"] }), { subresource: "status" }, true],
  [rule({ resources: ["*/*"] }), { subresource: "log" }, true],
  [rule({ scope: "Namespaced" }), {}, true],
  [rule({ scope: "Cluster" }), {}, false],
  [rule({ scope: "Cluster", resources: ["nodes"] }), { resource: { ...pods, resource: "nodes" }, namespace: "" }, true],
  [rule({ scope: "Cluster", resources: ["namespaces"] }), { resource: { ...pods, resource: "namespaces" } }, true],
  [rule({ scope: "Namespaced", resources: ["namespaces"] }), { resource: { ...pods, resource: "namespaces" } }, false],
];

for (const [one, asked, isMatch] of rules) {
  test(`${JSON.stringify(one)} ${isMatch ? "matches" : "does not match"} ${JSON.stringify(asked)}`, () => {
    assert.equal(kindOf(hook([one]), request(asked)), isMatch ? "yes" : "no");
  });
}

test("selects by the labels of the namespace", () => {
  const webhook = hook([rule()], { namespaceSelector: { matchLabels: { team: "a" } } });
  assert.equal(kindOf(webhook, request()), "yes");
  assert.equal(kindOf(webhook, request({ namespaceLabels: () => ({}) })), "no");
  assert.equal(kindOf(webhook, request({ namespaceLabels: () => undefined })), "unknown-namespace");
  assert.equal(kindOf({ ...webhook, rules: [] }, request({ namespaceLabels: () => undefined })), "no");
});

test("takes a Namespace's own labels for it, as they will be", () => {
  const webhook = hook([rule({ resources: ["namespaces"] })], { namespaceSelector: { matchLabels: { team: "a" } } });
  const namespace = { resource: { ...pods, resource: "namespaces" }, namespaceLabels: () => undefined };
  assert.equal(kindOf(webhook, request({ ...namespace, labels: { team: "a" } })), "yes");
  assert.equal(kindOf(webhook, request({ ...namespace, labels: {} })), "no");
  const gone = { ...webhook, rules: [rule({ resources: ["namespaces"], operations: ["DELETE"] })] };
  const deleted = { ...namespace, operation: "DELETE", labels: undefined };
  assert.equal(kindOf(gone, request({ ...deleted, namespaceLabels: () => ({ team: "a" }) })), "yes");
  assert.equal(kindOf(gone, request({ ...deleted, namespaceLabels: () => ({}) })), "no");
});

test("asks nothing about namespaces of what lies in none", () => {
  const webhook = hook([rule({ resources: ["nodes"] })], { namespaceSelector: { matchLabels: { team: "b" } } });
  assert.equal(kindOf(webhook, request({ resource: { ...pods, resource: "nodes" }, namespace: "" })), "yes");
});

test("selects by the labels that the object has or had", () => {
  const webhook = hook([rule()], { objectSelector: { matchLabels: { app: "web" } } });
  assert.equal(kindOf(webhook, request()), "yes");
  assert.equal(kindOf(webhook, request({ labels: {}, oldLabels: { app: "web" } })), "yes");
  assert.equal(kindOf(webhook, request({ labels: {} })), "no");
  assert.equal(kindOf(webhook, request({ labels: undefined })), "no");
});

test("finds the resource in another version unless it wants exactly its own", () => {
  const beta = { group: "apps", version: "v1beta1", resource: "deployments" };
  const asked = request({ resource: deployments, equivalents: () => [deployments, beta] });
  const webhook = hook([rule({ apiGroups: ["apps"], apiVersions: ["v1beta1"], resources: ["deployments"] })]);
  assert.deepEqual(matchRequest(webhookMatcher(webhook), asked), { kind: "yes", resource: beta });
  assert.equal(kindOf({ ...webhook, matchPolicy: "Exact" }, asked), "no");
});

test("matches a policy by names, without rules, and not what it excludes", () => {
  const kind = (resources: JsonObject, asked = request()): string => matchRequest(policyMatcher(resources), asked).kind;
  assert.equal(kind({}), "yes");
  assert.equal(kind({ resourceRules: [rule({ resourceNames: ["web"] })] }), "yes");
  assert.equal(kind({ resourceRules: [rule({ resourceNames: ["other"] })] }), "no");
  assert.equal(kind({ excludeResourceRules: [rule()] }), "no");
  assert.equal(
    kind({ resourceRules: [rule({ resources: ["*"] })], excludeResourceRules: [rule({ resourceNames: ["x"] })] }),
    "yes",
  );
});

test("passes over what has no shape of a rule", () => {
  for (const broken of [null, "x", 3, [null, "x", { operations: "CREATE" }, []]]) {
    assert.equal(matchRequest(webhookMatcher({ rules: broken }), request()).kind, "no");
  }
});
