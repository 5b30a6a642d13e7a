import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../test/processor-time.ts";
import { recorded } from "../../test/recorded.ts";
import type { JsonObject } from "../json.ts";
import { formatPath } from "../path.ts";
import type { Schema } from "../schema/schema.ts";
import { checkRules } from "./rules.ts";

type Request = { schema: Schema; object: JsonObject; old?: JsonObject };
type Answer = { errors?: string[] };

function ruleOf(schema: Schema): string {
  return schema.properties!["spec"]!["x-kubernetes-validations"]?.[0]?.rule ?? "several";
}

/** `spec.i: Forbidden: the message` without the kind of error and the value between. */
function split(error: string): { path: string; rest: string } {
  const colon = error.indexOf(": ");
  return { path: error.slice(0, colon), rest: error.slice(colon + 2) };
}

for (const { request, answer } of recorded<Request, Answer>("rules")) {
  const title = `${ruleOf(request.schema)} on ${JSON.stringify(request.object["spec"])}`;
  test(`judges as kube-apiserver: ${title}`, () => {
    const { schema, object, old } = request;
    const problems = checkRules(object, schema, old === undefined ? {} : { old });
    const theirs = answer.errors ?? [];
    const text = JSON.stringify({ ours: problems, theirs });
    assert.equal(problems.length, theirs.length, text);
    for (const [index, problem] of problems.entries()) {
      const { path, rest } = split(theirs[index]!);
      assert.equal(formatPath(problem.path), path === "<nil>" ? "" : path, text);
      assert.equal(rest.endsWith(problem.message), true, text);
    }
  });
}

const schema = (rule: string): Schema => ({
  type: "object",
  properties: { name: { type: "string" } },
  "x-kubernetes-validations": [{ rule }],
});

test("says of a rule that cannot be read that it failed, and never throws", () => {
  const [problem] = checkRules({ name: "a" }, schema("self.name =="));
  assert.equal(problem?.failed, true);
  assert.match(problem.message, /^rule compile error: compilation failed: /);
  assert.equal(checkRules({ name: "a" }, schema("self.missing == 1"))[0]?.failed, true);
  const [notBoolean] = checkRules({ name: "a" }, schema("self.name"));
  assert.equal(notBoolean?.failed, true);
  assert.match(notBoolean.message, /bool/);
  assert.equal(checkRules({ name: "a" }, schema("nope(self)"))[0]?.failed, true);
  assert.deepEqual(checkRules({ name: "Ab" }, schema("self.name.matches('^(?i)[a-z]+$')")), []);
});

test("judges many objects quickly once a rule is planned", async (t) => {
  const rule = schema("self.name.startsWith('a') && size(self.name) < 10");
  checkRules({ name: "abc" }, rule);
  const took = await processorMs(() => {
    for (let round = 0; round < 2000; round++) checkRules({ name: "abc" }, rule);
  });
  t.diagnostic(`${took.toFixed(0)} ms for 2,000`);
  assert.ok(took < 1000);
});

test("knows optionals, macros of two variables, and an end", () => {
  const map: Schema = {
    type: "object",
    properties: { names: { type: "object", additionalProperties: { type: "string" } } },
  };
  const check = (rule: string) =>
    checkRules({ names: { a: "b" } }, { ...map, "x-kubernetes-validations": [{ rule }] }).map(({ message }) => message);
  assert.deepEqual(check("self.?names[?'z'].orValue('none') == 'none'"), []);
  assert.deepEqual(check("self.names.all(k, v, k < v)"), []);
  assert.deepEqual(check("lists.range(1000).all(x, lists.range(1000).all(y, true))"), [
    "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: lists.range(1000).all(x, lists.range(1000).all(y, true))",
  ]);
});
