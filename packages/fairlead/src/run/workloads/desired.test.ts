import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { lookup } from "../../../../kube/test/apply-fixtures.ts";
import { desiredOf } from "./desired.ts";
import { kindNames } from "../../kinds/load.ts";
import { declaredKinds, groupKindOfLookup } from "./kinds.ts";

const app: KrmObject = {
  apiVersion: "fairlead.dev/v1alpha1",
  kind: "App",
  metadata: { name: "orders", namespace: "shop", uid: "u1" },
};
const object = (kind: string, metadata: KrmObject["metadata"], apiVersion = "v1"): KrmObject => ({
  apiVersion,
  kind,
  metadata,
});

test("a declaration owns what lies in its namespace", () => {
  const { objects, needsFinalizer } = desiredOf(app, [object("Service", { name: "orders" })], lookup());
  const [service] = objects;
  assert.equal(service!.metadata.namespace, "shop");
  assert.deepEqual(service!.metadata["ownerReferences"], [
    {
      apiVersion: "fairlead.dev/v1alpha1",
      kind: "App",
      name: "orders",
      uid: "u1",
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  assert.equal(needsFinalizer, false);
});

test("what lies elsewhere or nowhere has no owner, and needs a finalizer", () => {
  for (const elsewhere of [
    object("ConfigMap", { name: "x", namespace: "other" }),
    object("Namespace", { name: "x" }),
  ]) {
    const { objects, needsFinalizer } = desiredOf(app, [elsewhere], lookup());
    assert.equal(objects[0]!.metadata["ownerReferences"], undefined);
    assert.equal(needsFinalizer, true);
  }
});

test("an object without a namespace gets none when its kind has none", () => {
  const { objects } = desiredOf(app, [object("Namespace", { name: "x" })], lookup());
  assert.equal(objects[0]!.metadata.namespace, undefined);
});

test("every kind of Fairlead's is followed but those of another controller, and what planners look up has a group", () => {
  assert.deepEqual(
    declaredKinds.map(({ kind }) => kind),
    kindNames.filter((kind) => kind !== "MeshConfig" && kind !== "SidecarPolicy"),
  );
  assert.deepEqual(["Secret", "Rollout", "constructor"].map(groupKindOfLookup), [
    "Secret",
    "Rollout.argoproj.io",
    undefined,
  ]);
});
