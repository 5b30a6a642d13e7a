import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../../../scripts/runs.ts";
import { percentages } from "../../write/weights.ts";
import type { PolicyFact } from "../../model/facts.ts";
import { shiftAnnotation, shiftOf } from "./shift-of.ts";
import { parseWeights, stepTowards, weightsOf, weightsText, type Weights } from "./weights.ts";

const someWeights: fc.Arbitrary<Weights> = fc
  .array(fc.nat(100), { minLength: 5, maxLength: 5 })
  .filter((list) => list.some((weight) => weight > 0))
  .map((list) => weightsOf(percentages(list).map((weight, at) => ({ region: `r${at}`, weight }))));

const sum = (weights: Weights): number => [...weights.values()].reduce((all, weight) => all + weight, 0);

function distance(a: Weights, b: Weights): number {
  const regions = new Set([...a.keys(), ...b.keys()]);
  return [...regions].reduce((all, one) => all + Math.max(0, (b.get(one) ?? 0) - (a.get(one) ?? 0)), 0);
}

describe("a step", () => {
  test("moves as many points as it may, never past what is wanted, and arrives", () => {
    fc.assert(
      fc.property(someWeights, someWeights, fc.integer({ min: 1, max: 100 }), (have, wanted, percent) => {
        let now = have;
        for (let left = distance(have, wanted); left > 0; left -= percent) {
          const next = stepTowards(now, wanted, percent);
          assert.equal(sum(next), 100);
          assert.equal(distance(now, next), Math.min(percent, left));
          assert.equal(distance(next, wanted), Math.max(0, left - percent), "it goes straight there");
          now = next;
        }
        assert.equal(weightsText(stepTowards(now, wanted, percent)), weightsText(wanted));
      }),
      runs(300),
    );
  });

  test("takes and gives in proportion to what is left", () => {
    const have = new Map([["eu", 100]]);
    const wanted = new Map([
      ["ap", 25],
      ["us", 75],
    ]);
    assert.equal(weightsText(stepTowards(have, wanted, 10)), "ap=3,eu=90,us=7");
    assert.equal(weightsText(stepTowards(have, wanted, 1)), "eu=99,us=1");
  });
});

describe("weights as text", () => {
  test("are read as they are written, in any order of regions", () => {
    fc.assert(
      fc.property(someWeights, (weights) => {
        const text = weightsText(weights);
        assert.equal(text, weightsText(new Map([...weights].toReversed())));
        assert.deepEqual(parseWeights(text), weightsOf([...weights].map(([region, weight]) => ({ region, weight }))));
      }),
      runs(100),
    );
  });

  test("are nothing if they are anything else", () => {
    for (const text of [
      "",
      "eu",
      "eu=",
      "eu=0,us=100",
      "eu=50",
      "eu=50,eu=50",
      "eu=101",
      "eu=50,us=50,",
      "eu=5e1,us=50",
      7,
    ]) {
      assert.equal(parseWeights(text), undefined, String(text));
    }
    assert.equal(parseWeights(`${"e".repeat(10_000)}=100`), undefined);
    assert.equal(parseWeights(Array.from({ length: 101 }, (_, at) => `r${at}=1`).join(",")), undefined);
  });
});

test("an annotation says how far and how often, within what anybody means", () => {
  const read = (text: string) => shiftOf({ annotations: { [shiftAnnotation]: text } } as unknown as PolicyFact);
  assert.deepEqual(read("10%/5m"), { percent: 10, everyMs: 300_000 });
  assert.deepEqual(read(" 100 % / 1h30m "), { percent: 100, everyMs: 5_400_000 });
  for (const text of ["", "10%", "0%/5m", "101%/5m", "10/5m", "10%/0s", "10%/9000h", "10%/x", "-5%/5m", "1.5%/5m"]) {
    assert.equal(read(text), "unreadable", text);
  }
  assert.equal(shiftOf({ annotations: {} } as unknown as PolicyFact), undefined);
  assert.equal(shiftOf(undefined), undefined);
});
