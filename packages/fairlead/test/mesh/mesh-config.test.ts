import assert from "node:assert/strict";
import { test } from "node:test";
import { compileText } from "../../src/compile/text.ts";

const compile = async (spec: string) => {
  const text = `apiVersion: fairlead.dev/v1alpha1\nkind: MeshConfig\nmetadata:\n  name: mesh\nspec:\n${spec}`;
  const { generated, findings } = await compileText([{ name: "mesh.yaml", text }]);
  return {
    generated,
    said: findings.map(({ code, file, line, field }) => `${code} ${file}:${line} ${field?.join(".")}`),
  };
};

test("a MeshConfig in the input becomes nothing, without a word", async () => {
  assert.deepEqual(await compile("  names:\n    suffix: mesh\n"), { generated: [], said: [] });
});

test("what its schema allows and the mesh cannot use is said where it stands", async () => {
  const { said } = await compile("  names:\n    template: '{env}.x'\n  routing:\n    ingress:\n      enabled: true\n");
  assert.deepEqual(said, ["FL820 mesh.yaml:7 spec.names.template", "FL822 mesh.yaml:10 spec.routing.ingress"]);
});

test("what its schema forbids is said once", async () => {
  const { said } = await compile("  gateways:\n    port: many\n");
  assert.deepEqual(said, ["FL051 mesh.yaml:7 spec.gateways.port"]);
});
