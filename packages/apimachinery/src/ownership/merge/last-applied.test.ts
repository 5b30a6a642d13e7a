import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject } from "../../json.ts";
import { applyConfiguration, type ApplyResult } from "./apply-configuration.ts";
import { managedFieldsOf } from "./owners.ts";
import { updateManagers } from "./update-managers.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

function configMap(data: JsonObject, annotations: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", annotations }, data };
}

/** What client-side `kubectl apply` leaves, and what another manager has changed since. */
function stored(applied: JsonObject, now: JsonObject): JsonObject {
  const annotations = { [annotation]: JSON.stringify(configMap(applied)) };
  const created = configMap(applied, annotations);
  const first = updateManagers({ updated: created, manager: "kubectl-client-side-apply" });
  const before = withManagers(created, managedFieldsOf(first));
  const updated = { ...before, data: now };
  return withManagers(updated, managedFieldsOf(updateManagers({ live: before, updated, manager: "other" })));
}

function withManagers(object: JsonObject, managedFields: JsonObject[]): JsonObject {
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), uid: "1", managedFields } };
}

function apply(live: JsonObject, data: JsonObject, manager = "kubectl"): ApplyResult {
  return applyConfiguration({ live, applied: configMap(data), manager });
}

test("kubectl takes over what it has applied on the client side", () => {
  const live = stored({ a: "1" }, { a: "1" });
  assert.equal(apply(live, { a: "2" }).conflicts.length, 0);
  assert.equal(apply(live, { a: "2" }, "somebody").conflicts.length, 1);
});

test("kubectl does not take over what another has changed since", () => {
  const { conflicts } = apply(stored({ a: "1", b: "1" }, { a: "9", b: "1" }), { a: "2", b: "2" });
  assert.deepEqual(
    conflicts.map(({ owner }) => owner.manager),
    ["other"],
  );
});

test("kubectl brings its annotation up to date, in which the annotation itself is not", () => {
  const live = stored({ a: "1" }, { a: "1" });
  const text = get(get(apply(live, { a: "<2>" }).object["metadata"], "annotations"), annotation);
  const expected = {
    apiVersion: "v1",
    data: { a: "<2>" },
    kind: "ConfigMap",
    metadata: { annotations: {}, name: "x" },
  };
  assert.equal(text, `${JSON.stringify(expected).replace("<2>", String.raw`\u003c2\u003e`)}\n`);
});

test("an annotation that would be too long is left out", () => {
  const live = stored({ a: "1" }, { a: "1" });
  const annotations = get(apply(live, { a: "x".repeat(300_000) }).object["metadata"], "annotations");
  assert.equal(get(annotations, annotation), undefined);
});

test("an object without the annotation does not get one", () => {
  const live = stored({ a: "1" }, { a: "1" });
  const { [annotation]: _, ...rest } = get(live["metadata"], "annotations") as JsonObject;
  const bare = { ...live, metadata: { ...(live["metadata"] as JsonObject), annotations: rest } };
  const { object } = applyConfiguration({ live: bare, applied: configMap({ a: "1" }), manager: "kubectl" });
  assert.equal(get(get(object["metadata"], "annotations"), annotation), undefined);
});
