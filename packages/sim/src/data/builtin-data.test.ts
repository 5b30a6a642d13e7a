import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bootstrapObjects } from "./bootstrap-objects.ts";
import { builtinResources, serverVersion } from "./builtin-resources.ts";
import { openApiDocuments, openApiV2Bytes, openApiV2Protobuf, openApiV3Bytes } from "./openapi-documents.ts";

test("knows what discovery tells of a resource and its subresources", () => {
  const pods = builtinResources().find((one) => one.group === "" && one.plural === "pods");
  assert.deepEqual(pods?.shortNames, ["po"]);
  assert.deepEqual(pods.categories, ["all"]);
  assert.deepEqual(pods.subresources.get("eviction"), {
    name: "eviction",
    group: "policy",
    version: "v1",
    kind: "Eviction",
    verbs: ["create"],
  });
  assert.equal(pods.subresources.get("status")?.group, "");
});

test("stores the events of both groups in one collection", () => {
  const events = builtinResources().find((one) => one.group === "events.k8s.io");
  assert.deepEqual([events?.storedIn, events?.storageVersion], ["events", "v1"]);
  const elsewhere = builtinResources().filter((one) => one.storedIn !== undefined);
  assert.equal(elsewhere.length, 1);
});

test("creates what a fresh server has, with one time everywhere", () => {
  const objects = bootstrapObjects("2026-01-02T03:04:05Z");
  const named = new Set(
    objects.map(({ kind, metadata }) => `${kind as string}/${(metadata as { name: string }).name}`),
  );
  for (const name of [
    "Namespace/default",
    "Namespace/kube-system",
    "Namespace/kube-node-lease",
    "ClusterRole/cluster-admin",
    "ClusterRoleBinding/system:basic-user",
    "Role/system:controller:bootstrap-signer",
    "RoleBinding/system::extension-apiserver-authentication-reader",
    "PriorityClass/system-node-critical",
    "FlowSchema/catch-all",
    "PriorityLevelConfiguration/exempt",
    "APIService/v1.apps",
    "ServiceCIDR/kubernetes",
  ]) {
    assert.ok(named.has(name), name);
  }
  const text = JSON.stringify(objects);
  assert.doesNotMatch(text, /"uid"|"resourceVersion":/);
  const times = new Set(text.match(/\d{4}-\d\d-\d\dT[^"]*/g));
  assert.deepEqual([...times], ["2026-01-02T03:04:05Z"]);
  assert.doesNotMatch(text, /"(creationTimestamp|time|lastTransitionTime)":""/);
});

test("gives the documents whose hashes the index names", async () => {
  assert.ok(openApiDocuments().size > 40);
  for (const { path, hash } of openApiDocuments().values()) {
    const bytes = await openApiV3Bytes(path);
    assert.equal(createHash("sha512").update(bytes!).digest("hex").toUpperCase(), hash, path);
  }
  assert.equal(await openApiV3Bytes("apis/none/v1"), undefined);
  const swagger = JSON.parse(Buffer.from(await openApiV2Bytes()).toString("utf8")) as { swagger: string };
  assert.equal(swagger.swagger, "2.0");
  assert.match(Buffer.from(await openApiV2Protobuf()).toString("latin1"), /^\n\u00032\.0/);
  assert.equal((JSON.parse(serverVersion) as { gitVersion: string }).gitVersion, "v1.36.3");
});
