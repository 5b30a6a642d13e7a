import assert from "node:assert/strict";
import { test } from "node:test";
import fc, { type Arbitrary } from "fast-check";
import { definition, formatProblem, schemaForKind, validate } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { runs } from "../../../../scripts/runs.ts";

/** What the API server would refuse, by the vendored schemas; kinds of others have none. */
export function problemsOf(object: KrmObject): string[] {
  const schema = schemaForKind(object.apiVersion, object.kind);
  return schema === undefined ? [] : validate(object, schema, { resolve: definition }).map(formatProblem);
}

/** A law of every planner. */
export function testSameForSame<Spec, Around>(
  specs: Arbitrary<Spec>,
  around: Arbitrary<Around>,
  plan: (spec: Spec, given: Around) => unknown,
): void {
  test("gives the same plan for the same input, and leaves the input as it was", () => {
    fc.assert(
      fc.property(specs, around, (spec, given) => {
        const before = JSON.stringify([spec, given]);
        assert.equal(JSON.stringify(plan(spec, given)), JSON.stringify(plan(spec, given)));
        assert.equal(JSON.stringify([spec, given]), before);
      }),
      runs(150),
    );
  });
}
