import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { runs } from "../../../scripts/runs.ts";
import { applyDefaults } from "./schema/apply-defaults.ts";
import { prune } from "./schema/prune.ts";
import { validate } from "./schema/validate.ts";
import { applyDiff } from "./merge/apply-diff.ts";
import { diff } from "./merge/diff.ts";
import { jsonMerge } from "./merge/json-merge.ts";
import { strategicMerge } from "./merge/strategic-merge.ts";
import { threeWay } from "./merge/three-way.ts";
import { definition, definitionName } from "./openapi/definitions.ts";
import { defaultObject } from "./defaults/default-object.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { parseQuantity } from "./quantity/quantity.ts";
import { parseSelector } from "./selector/parse-selector.ts";
import { labelSelector } from "./selector/selector.ts";
import { cronProblem } from "./names/cron.ts";
import { durationProblem } from "./names/duration.ts";

const kinds = [
  ["v1", "Pod"],
  ["v1", "Service"],
  ["v1", "Secret"],
  ["v1", "Namespace"],
  ["v1", "LimitRange"],
  ["v1", "ReplicationController"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "DaemonSet"],
  ["batch/v1", "Job"],
  ["batch/v1", "CronJob"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["rbac.authorization.k8s.io/v1", "RoleBinding"],
  ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
] as const;

const scalar = fc.constantFrom<JsonValue>(null, "", "x", 0, -1, 1.5, true, 2 ** 40, "1Gi", "__proto__", {}, [], [null]);

/** A value of the shape that a definition asks for, with anything at all in some places. */
function shaped(name: string, depth: number): fc.Arbitrary<JsonValue> {
  const schema = definition(name);
  const properties = Object.entries(schema?.properties ?? {}).filter(([key]) => key !== "status");
  if (properties.length === 0 || depth > 4) return scalar;
  const fields = properties.map(([key, property]) => {
    const target = property.$ref ?? property.items?.$ref;
    const inner =
      target === undefined
        ? scalar
        : fc.oneof(
            { weight: 1, arbitrary: scalar },
            { weight: 5, arbitrary: fc.constant(null).chain(() => shaped(target, depth + 1)) },
          );
    return [
      key,
      property.items === undefined
        ? inner
        : fc.oneof({ weight: 1, arbitrary: scalar }, { weight: 4, arbitrary: fc.array(inner, { maxLength: 2 }) }),
    ] as const;
  });
  return fc
    .subarray(fields, { maxLength: Math.min(6, fields.length) })
    .chain((some) => fc.record(Object.fromEntries(some), { noNullPrototype: true })) as fc.Arbitrary<JsonValue>;
}

const objects = fc.constantFrom(...kinds).chain(([apiVersion, kind]) =>
  shaped(definitionName(apiVersion, kind)!, 0).map((value): JsonObject => ({
    ...(isObject(value) ? value : {}),
    apiVersion,
    kind,
  })),
);
const settings = runs(400);

test("takes any JSON for a built-in object, changes no input and throws nothing", () => {
  fc.assert(
    fc.property(objects, objects, (one, other) => {
      const before = JSON.stringify([one, other]);
      const schema = definition(definitionName(one["apiVersion"] as string, one["kind"] as string)!)!;
      validate(one, schema);
      applyDefaults(one, schema);
      prune(one, schema);
      const once = defaultObject(one);
      assert.deepEqual(defaultObject(once), once);
      strategicMerge(one, other, schema);
      jsonMerge(one, other);
      threeWay(one, other, once, schema);
      assert.deepEqual(applyDiff(one, diff(one, other, schema), schema), other);
      assert.equal(JSON.stringify([one, other]), before);
    }),
    settings,
  );
});

test("takes any text for a quantity, a selector, a schedule or a duration", () => {
  const alphabet = fc.string({ unit: fc.constantFrom(..."0123456789.+-eEmKiG,=!()<>*/@TZ ahsin é\u0000") });
  fc.assert(
    fc.property(alphabet, fc.jsonValue(), (text, value) => {
      parseQuantity(text);
      parseSelector(text);
      cronProblem(text);
      durationProblem(text);
      labelSelector(value as JsonValue);
    }),
    runs(1000),
  );
});
