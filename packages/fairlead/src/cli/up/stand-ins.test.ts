import assert from "node:assert/strict";
import { test } from "node:test";
import { standIns } from "./stand-ins.ts";

const object = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: "x", namespace: "shop" } });

test("a kind that nobody defines is stood in for, once, and that is said", () => {
  const { definitions, findings } = standIns([
    object("keda.sh/v1alpha1", "ScaledObject"),
    object("keda.sh/v1alpha1", "ScaledObject"),
    object("apps/v1", "Deployment"),
    object("fairlead.dev/v1alpha1", "App"),
  ]);
  assert.deepEqual(
    definitions.map(({ metadata }) => metadata.name),
    ["scaledobjects.keda.sh"],
  );
  assert.deepEqual(
    findings.map(({ code }) => code),
    ["FL782"],
  );
});

test("a kind of a mesh gets its own definition, with its schema and its status, without a word", () => {
  const { definitions, findings } = standIns([object("admiral.io/v1alpha1", "GlobalTrafficPolicy")]);
  const [definition] = definitions;
  assert.equal(definition!.metadata.name, "globaltrafficpolicies.admiral.io");
  assert.equal(definition!.metadata.annotations, undefined);
  assert.deepEqual(findings, []);
});
