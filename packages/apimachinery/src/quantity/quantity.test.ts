import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { recorded } from "../../test/recorded.ts";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityProblem,
  quantityUnits,
} from "./quantity.ts";

type Request = { text: string; other?: string };
type Answer = { error?: string; value?: { text: string; compare?: number; sum?: string } };

test("reads, prints, compares and adds as Kubernetes does", () => {
  for (const { request, answer } of recorded<Request, Answer>("quantities")) {
    assert.equal(quantityProblem(request.text), answer.error, request.text);
    const quantity = parseQuantity(request.text);
    if (quantity === undefined || answer.value === undefined) continue;
    assert.equal(formatQuantity(quantity), answer.value.text, request.text);
    if (request.other === undefined) continue;
    const other = parseQuantity(request.other)!;
    assert.equal(compareQuantities(quantity, other), answer.value.compare, `${request.text} ? ${request.other}`);
    assert.equal(
      formatQuantity(addQuantities(quantity, other)),
      answer.value.sum,
      `${request.text} + ${request.other}`,
    );
  }
});

test("prints a number beyond every suffix with an exponent, where Kubernetes prints another number", () => {
  assert.equal(canonicalQuantity("1000E"), "1e21");
});

test("takes a JSON number for its text", () => {
  assert.equal(canonicalQuantity(0.5), "500m");
  assert.equal(canonicalQuantity(2), "2");
});

test("counts bytes and thousandths, rounded up", () => {
  assert.equal(quantityUnits(parseQuantity("1Gi")!), 1073741824n);
  assert.equal(quantityUnits(parseQuantity("1.5")!, -3), 1500n);
  assert.equal(quantityUnits(parseQuantity("100u")!, -3), 1n);
});

test("refuses exponents and lengths that would take for ever", () => {
  assert.equal(parseQuantity("1e999999999"), undefined);
  assert.equal(parseQuantity("1".repeat(10_000)), undefined);
});

const written = fc
  .tuple(
    fc.bigInt(-(10n ** 15n), 10n ** 15n),
    fc.constantFrom("", "m", "u", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "e-3"),
  )
  .map(([number, suffix]) => `${number}${suffix}`);

test("keeps the value when it prints, and prints once for all", () => {
  fc.assert(
    fc.property(written, (text) => {
      const quantity = parseQuantity(text)!;
      const printed = formatQuantity(quantity);
      assert.equal(compareQuantities(parseQuantity(printed)!, quantity), 0);
      assert.equal(canonicalQuantity(printed), printed);
    }),
    runs(300),
  );
});
