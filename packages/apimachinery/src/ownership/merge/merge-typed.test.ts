import assert from "node:assert/strict";
import { test } from "node:test";
import { definition } from "../../openapi/definitions.ts";
import { atomicPaths, mergeTyped } from "./merge-typed.ts";

const schema = definition("io.k8s.api.apps.v1.Deployment");

test("merges lists by their keys and removes nothing", () => {
  const live = {
    spec: { replicas: 1, template: { spec: { containers: [{ name: "a", image: "x" }, { name: "b" }] } } },
  };
  const applied = {
    spec: { replicas: 2, template: { spec: { containers: [{ name: "a", image: "y" }, { name: "c" }] } } },
  };
  const merged = mergeTyped(live, applied, { schema });
  assert.deepEqual(merged, {
    spec: {
      replicas: 2,
      template: { spec: { containers: [{ name: "a", image: "y" }, { name: "b" }, { name: "c" }] } },
    },
  });
});

test("names the atomic parts that are said something in", () => {
  assert.deepEqual(atomicPaths({ spec: { replicas: 1 } }, { schema }), []);
  const applied = {
    spec: { selector: { matchLabels: { a: "b" } }, template: { spec: { tolerations: [{ key: "a" }] } } },
  };
  assert.deepEqual(atomicPaths(applied, { schema }), [".spec.selector", ".spec.template.spec.tolerations"]);
});
