import assert from "node:assert/strict";
import { test } from "node:test";
import { createExpectations } from "./expectations.ts";

const at = (resourceVersion: string, uid = "u") => ({ uid, resourceVersion });

test("takes no state of an object that is older than what was written", () => {
  const expectations = createExpectations();
  expectations.wrote("SE/a", at("100"));
  assert.equal(expectations.accepts("SE/a", at("99")), false);
  assert.equal(expectations.accepts("SE/b", at("99")), true);
  assert.equal(expectations.accepts("SE/a", at("100")), true);
  assert.equal(expectations.accepts("SE/a", at("99")), true, "the watch has caught up");
});

test("the end of an older object of the name is not the end of ours", () => {
  const expectations = createExpectations();
  expectations.wrote("SE/a", at("100", "new"));
  assert.equal(expectations.acceptsDeletion("SE/a", at("90", "old")), false);
  assert.equal(expectations.acceptsDeletion("SE/a", at("90", "new")), true);
  assert.equal(expectations.size, 0);
});

test("an object that was deleted stays so until another one of its name comes", () => {
  const expectations = createExpectations();
  expectations.removed("SE/a", "u");
  assert.equal(expectations.accepts("SE/a", at("101")), false);
  assert.equal(expectations.accepts("SE/a", at("102", "other")), true);
  expectations.removed("SE/a", "other");
  assert.equal(expectations.acceptsDeletion("SE/a", at("102", "other")), true);
  assert.equal(expectations.size, 0);
});

test("a list that is newer counts, whatever it holds", () => {
  const expectations = createExpectations();
  expectations.wrote("SE/a", at("100"));
  expectations.wrote("SE/b", at("90"));
  expectations.wrote("DR/c", at("80"));
  assert.deepEqual(expectations.listed("SE/", "99"), ["SE/b"]);
  assert.equal(expectations.size, 2);
});
