import assert from "node:assert/strict";
import { test } from "node:test";
import { kind } from "../../../kinds/generated/mesh-config.ts";
import { modeDifferences, modeRows, modeSentences, needlessSentences } from "./modes.ts";

test("every setting that differs between the modes has a sentence, and no sentence is left over", () => {
  assert.deepEqual(
    modeRows()
      .map(({ field }) => field)
      .sort(),
    Object.keys(modeSentences).sort(),
    "write a sentence for each difference in modes.ts, and remove those that nothing needs",
  );
  assert.deepEqual(needlessSentences(), []);
});

test("the fields are those of a MeshConfig", () => {
  for (const { field } of modeDifferences()) {
    const schema = field
      .split(".")
      .reduce<typeof kind.spec | undefined>((at, step) => at?.properties?.[step], kind.spec);
    assert.ok(schema !== undefined, field);
  }
});

test("a difference that the modes are for is there, and what they share is not", () => {
  const fields = new Map(modeDifferences().map((one) => [one.field, one]));
  assert.deepEqual(fields.get("workloads.ports"), { field: "workloads.ports", ours: "all", theirs: "first" });
  assert.equal(fields.has("names.suffix"), false);
  assert.equal(fields.has("compat"), false);
});
