import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { get, type JsonObject, textOf } from "@fairlead/apimachinery";
import { parseJwt } from "../../src/authn/jwt.ts";
import { signingKeys } from "../../src/authn/signing-keys.ts";
import { clusterRoleAggregator } from "../../src/controllers/clusterroles/cluster-role-aggregator.ts";
import { tokensController } from "../../src/controllers/serviceaccounts/tokens-controller.ts";
import { simCluster } from "./sim-cluster.ts";

const roles = "clusterroles.rbac.authorization.k8s.io";

test("aggregated cluster roles get the rules of those that they select, and lose them again", async () => {
  const cluster = simCluster([clusterRoleAggregator()]);
  await cluster.settled();
  const rulesOf = (name: string): JsonObject[] =>
    (get(cluster.api.get(roles, { namespace: "", name }), "rules") ?? []) as JsonObject[];
  // Roles of a fresh cluster: what administers includes what edits, which includes what views.
  const [view, edit, admin] = ["view", "edit", "admin"].map((name) => JSON.stringify(rulesOf(name)));
  assert.ok(view!.length > 1000 && edit!.includes(view!.slice(1, 200)) && admin!.length > edit!.length);

  const rule = { verbs: ["get"], apiGroups: ["x.io"], resources: ["things"] };
  const metadata = { name: "things", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } };
  await cluster.api.create(roles, { metadata, rules: [rule] });
  await cluster.settled();
  const has = (name: string): boolean => JSON.stringify(rulesOf(name)).includes("x.io");
  assert.deepEqual(["view", "edit", "admin"].map(has), [true, true, true]);
  const fields = get(get(cluster.api.get(roles, { namespace: "", name: "view" }), "metadata"), "managedFields");
  const managers = (fields as JsonObject[]).map(({ manager, operation }) => [manager, operation]);
  assert.deepEqual(managers[0], ["clusterrole-aggregation-controller", "Apply"]);

  await cluster.api.delete(roles, { namespace: "", name: "things" });
  await cluster.settled();
  assert.deepEqual(["view", "edit", "admin"].map(has), [false, false, false]);
  assert.deepEqual(cluster.errors, []);
});

test("Secrets for tokens are filled, and deleted with their service account", async () => {
  const keys = signingKeys({ privateKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey });
  const cluster = simCluster([tokensController({ keys, certificate: () => "PEM" })]);
  const namespace = "default";
  const secret = (name: string, account: string, more: JsonObject = {}): Promise<JsonObject> =>
    cluster.api.create("secrets", {
      metadata: { name, namespace, annotations: { "kubernetes.io/service-account.name": account, ...more } },
      type: "kubernetes.io/service-account-token",
    });
  const account = await cluster.api.create("serviceaccounts", {
    metadata: { name: "robot", namespace },
    secrets: [{ name: "token" }, { name: "other" }],
  });
  await secret("token", "robot");
  await secret("nobody", "nobody");
  await secret("wrong", "robot", { "kubernetes.io/service-account.uid": "x" });
  await cluster.settled();
  const read = (name: string): JsonObject | undefined => cluster.api.get("secrets", { namespace, name });
  const data = get(read("token"), "data") as Record<string, string>;
  const text = (key: string): string => Buffer.from(data[key]!, "base64").toString();
  assert.deepEqual([text("ca.crt"), text("namespace")], ["PEM", namespace]);
  const uid = textOf(get(get(account, "metadata"), "uid"));
  assert.equal(parseJwt(text("token"))!.payload["kubernetes.io/serviceaccount/service-account.uid"], uid);
  assert.equal(get(get(get(read("token"), "metadata"), "annotations"), "kubernetes.io/service-account.uid"), uid);
  assert.deepEqual([read("nobody"), read("wrong")], [undefined, undefined]);

  await cluster.api.delete("secrets", { namespace, name: "token" });
  await cluster.settled();
  const robot = cluster.api.get("serviceaccounts", { namespace, name: "robot" });
  assert.deepEqual(get(robot, "secrets"), [{ name: "other" }]);

  await secret("again", "robot");
  await cluster.settled();
  assert.notEqual(get(read("again"), "data"), undefined);
  await cluster.api.delete("serviceaccounts", { namespace, name: "robot" });
  await cluster.settled();
  assert.equal(read("again"), undefined);
  assert.deepEqual(cluster.errors, []);
});
