import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { dropManagedFields, keepFieldsOf, keepPaths } from "./strip.ts";

const deployment = (): KrmObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "orders",
    namespace: "shop",
    uid: "u",
    resourceVersion: "7",
    labels: { app: "orders" },
    annotations: { "a.b/c": "kept", "d.e/f": "dropped" },
    managedFields: [{ manager: "fairlead-workloads", operation: "Apply" }, { manager: "kubectl" }, "rubbish", {}],
  },
  spec: {
    replicas: 2,
    template: {
      spec: {
        containers: [
          { name: "app", image: "i", env: [] },
          { name: "side", image: "j" },
        ],
      },
    },
  },
  status: { replicas: 2 },
});

test("drops managedFields, and nothing else", () => {
  const { managedFields: _dropped, ...metadata } = deployment().metadata;
  assert.deepEqual(dropManagedFields(deployment()), { ...deployment(), metadata });
});

test("keeps of managedFields what managers with our prefix own", () => {
  const kept = keepFieldsOf("fairlead")(deployment());
  assert.deepEqual(kept.metadata["managedFields"], [{ manager: "fairlead-workloads", operation: "Apply" }]);
  assert.deepEqual(keepFieldsOf("nobody")(deployment()), dropManagedFields(deployment()));
});

test("keeps the parts that were named, through lists, with what identifies an object", () => {
  const strip = keepPaths("spec.template.spec.containers.image", "spec.absent", ["metadata", "annotations", "a.b/c"]);
  assert.deepEqual(strip(deployment()), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "orders", namespace: "shop", uid: "u", resourceVersion: "7", annotations: { "a.b/c": "kept" } },
    spec: { template: { spec: { containers: [{ image: "i" }, { image: "j" }] } } },
  });
});

test("keeps a whole part, whether its members are named before or after it", () => {
  for (const paths of [
    ["status", "status.replicas"],
    ["status.x", "status"],
  ]) {
    assert.deepEqual(keepPaths(...paths)(deployment())["status"], { replicas: 2 });
  }
});

test("takes a member named __proto__ as an ordinary one", () => {
  const odd = JSON.parse(
    '{"apiVersion":"v1","kind":"X","metadata":{"name":"x"},"data":{"__proto__":{"a":1}}}',
  ) as KrmObject;
  const kept = keepPaths(["data", "__proto__"])(odd);
  assert.equal(JSON.stringify(kept["data"]), '{"__proto__":{"a":1}}');
});
