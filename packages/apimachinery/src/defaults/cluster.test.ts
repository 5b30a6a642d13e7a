import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "../json.ts";
import { valueAt, type FieldPath } from "../path.ts";
import { defaultObject } from "./default-object.ts";

/** What a real API server 1.36 answered to a dry-run create, field by field. */
const cases: readonly (readonly [name: string, object: JsonObject, path: FieldPath, expected: JsonValue])[] = [
  [
    "a pod's account also has its deprecated name",
    { apiVersion: "v1", kind: "Pod", spec: { serviceAccountName: "new", serviceAccount: "old" } },
    ["spec", "serviceAccount"],
    "new",
  ],
  [
    "the deprecated name of a pod's account is read",
    { apiVersion: "v1", kind: "Pod", spec: { serviceAccount: "old" } },
    ["spec", "serviceAccountName"],
    "old",
  ],
  [
    "an amount that is null is zero",
    { apiVersion: "v1", kind: "ResourceQuota", spec: { hard: { pods: null } } },
    ["spec", "hard", "pods"],
    "0",
  ],
  [
    "an empty word is a missing one",
    { apiVersion: "apps/v1", kind: "StatefulSet", spec: { updateStrategy: { type: "" } } },
    ["spec", "updateStrategy"],
    { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
  ],
  [
    "a priority class preempts",
    { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", value: 5 },
    ["preemptionPolicy"],
    "PreemptLowerPriority",
  ],
  [
    "a CSI driver's lifecycle is persistent",
    { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", spec: {} },
    ["spec", "volumeLifecycleModes"],
    ["Persistent"],
  ],
  [
    "a custom kind's other names follow from its kind",
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      spec: { names: { kind: "Thing", plural: "things" } },
    },
    ["spec", "names"],
    { kind: "Thing", plural: "things", singular: "thing", listKind: "ThingList" },
  ],
];

for (const [name, object, path, expected] of cases) {
  test(name, () => {
    assert.deepEqual(valueAt(defaultObject(object), path), expected);
  });
}
