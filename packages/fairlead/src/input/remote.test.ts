import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { InputError } from "./error.ts";
import { refuseRemote } from "./remote.ts";

async function refusal(kustomization: string): Promise<string | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-test-"));
  try {
    writeFileSync(path.join(folder, "kustomization.yaml"), kustomization);
    await refuseRemote(".", folder);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof InputError);
    assert.equal(error.code, "remote-refused");
    return error.message;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("refuses what kustomize would fetch", () => {
  const url = "https://example.com/x";
  const cases: readonly (readonly [field: string, kustomization: string])[] = [
    ["resources", `resources: [${url}]`],
    ["resources", `resources: ["git::https://example.com/org/repo"]`],
    ["resources", `resources: ["git@example.com:org/repo"]`],
    ["patchesStrategicMerge", `patchesStrategicMerge: [${url}]`],
    ["patches.path", `patches: [{path: "${url}"}]`],
    ["patchesJson6902.path", `patchesJson6902: [{path: "${url}", target: {kind: App, name: a}}]`],
    ["replacements.path", `replacements: [{path: "${url}"}]`],
    ["openapi.path", `openapi: {path: "${url}"}`],
    ["configMapGenerator.files", `configMapGenerator: [{name: c, files: ["${url}"]}]`],
    ["configMapGenerator.envs", `configMapGenerator: [{name: c, envs: ["${url}"]}]`],
    ["secretGenerator.files", `secretGenerator: [{name: s, files: ["key=${url}"]}]`],
    ["secretGenerator.env", `secretGenerator: [{name: s, env: "${url}"}]`],
    ["helmCharts", `helmCharts: [{name: c}]`],
  ];
  for (const [field, kustomization] of cases) {
    test(kustomization, async () => {
      assert.match((await refusal(kustomization)) ?? "", new RegExp(`kustomization\\.yaml: ${field} names `));
    });
  }

  test("but not an address that is a value", async () => {
    const literals = `configMapGenerator: [{name: c, literals: ["URL=${url}"], files: [a=b.txt]}]`;
    assert.equal(await refusal(`${literals}\ncommonAnnotations: {home: "${url}"}\nresources: [missing]`), undefined);
  });
});
