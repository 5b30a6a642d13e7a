import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "../json.ts";
import { requestDeclarations } from "./admission-variables.ts";
import type { AuthorizationCheck } from "./authorizer.ts";
import { compileExpression, type ExpressionResult, type Variables } from "./expressions.ts";

const object: JsonValue = {
  metadata: { name: "web", labels: { tier: "front" } },
  spec: { replicas: 3, ports: [80, 443], containers: [{ name: "c", image: "x:1" }] },
};
const variables: Variables = { object: { kind: "json", value: object } };

function evaluate(text: string, given: Variables = variables): ExpressionResult {
  const compiled = compileExpression(text, {
    variables: requestDeclarations({ params: true, authorizer: true }),
  });
  if ("problem" in compiled) assert.fail(compiled.problem);
  return compiled.evaluate(given);
}

const values: readonly [string, JsonValue | undefined][] = [
  ["object.metadata.name == 'web'", true],
  ["has(object.spec.none)", false],
  ["object.spec.ports.map(p, p * 2)", [160, 886]],
  ["object.spec.ports.all(i, p, i < p)", true],
  ["object.spec.ports.exists(i, p, i == p)", false],
  ["object.spec.ports.transformList(i, p, i > 0, p)", [443]],
  ["object.metadata.labels.transformMap(k, v, v + k)", { tier: "fronttier" }],
  ["object.?spec.?none.orValue(7)", 7],
  ["object.?spec.replicas.orValue(7)", 3],
  ["object.spec.ports[?5].hasValue()", false],
  ["has(object.?spec.?none.deeper)", false],
  ["object.?spec.?replicas.optMap(r, r + 1).orValue(0)", 4],
  ["[1, ?object.?none, ?optional.of(3)]", [1, 3]],
  ["{'a': 1, ?'b': object.?spec.?replicas, ?'c': object.?none}", { a: 1, b: 3 }],
  ["Object{spec: Object.spec{replicas: 1, ?none: object.?none}}", { spec: { replicas: 1 } }],
  ["'/metadata/labels/' + jsonpatch.escapeKey('a/b~c')", "/metadata/labels/a~1b~0c"],
  ["object.spec.ports.sortBy(p, -p)", [443, 80]],
  ["[3, 1, 3].distinct().sort()", [1, 3]],
  ["'%s and %d'.format([[1, 'a', {'k': 1.5}], 2])", '[1, "a", {"k":1.500000}] and 2'],
  ["quantity('1Gi')", undefined],
  ["lists.range(20000).map(x, x).size()", 20_000],
];

for (const [text, value] of values) {
  test(`evaluates ${text}`, () => {
    const result = evaluate(text);
    assert.deepEqual(result.kind === "value" ? result.value : result.message, value);
  });
}

const failures: readonly [string, string][] = [
  ["object.spec.none == 1", "no such key: none"],
  ["object.spec.ports[7]", "index out of bounds: 7"],
  ["object.spec.replicas > 'a'", "no such overload"],
  ["1 / (object.spec.replicas - 3) == 1", "division by zero"],
];

for (const [text, message] of failures) {
  test(`says of ${text} what cel-go says`, () => {
    const result = evaluate(text);
    assert.equal(result.kind, "error");
    assert.equal(result.message, message);
  });
}

const problems: readonly [string, string][] = [
  [
    "foo.bar",
    "compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo.bar\n | ^",
  ],
  [
    "true && nope(1)",
    "compilation failed: ERROR: <input>:1:13: undeclared reference to 'nope' (in container '')\n | true && nope(1)\n | ............^",
  ],
  ["request.x", "compilation failed: ERROR: <input>:1:8: undefined field 'x'\n | request.x\n | .......^"],
  ["object.spec.enabled", "must evaluate to bool but got dyn"],
  ["'a' + 'b'", "must evaluate to bool but got string"],
];

for (const [text, problem] of problems) {
  test(`refuses ${text}`, () => {
    const compiled = compileExpression(text, { variables: requestDeclarations(), returns: ["bool"] });
    assert.deepEqual(compiled, { problem });
  });
}

test("reads variables of its own only when they are asked for, and once", () => {
  const asked: string[] = [];
  const read = (name: string): ExpressionResult => {
    asked.push(name);
    return evaluate(name === "count" ? "size(object.spec.ports)" : "object.none");
  };
  const lazy = { ...variables, variables: { kind: "lazy" as const, names: ["count", "bad"], read } };
  const compiled = compileExpression("variables.count + variables.count == 4 || variables.bad", {
    variables: { variables: "dyn" },
  });
  assert.ok("evaluate" in compiled);
  assert.deepEqual(compiled.evaluate(lazy), { kind: "value", value: true, raw: true });
  assert.deepEqual(asked, ["count"]);
});

test("asks the authorizer about the request's own resource, others and paths", () => {
  const asked: AuthorizationCheck[] = [];
  const given: Variables = {
    authorizer: {
      kind: "authorizer",
      authorize: (check) => {
        asked.push(check);
        return { allowed: check.kind === "path", reason: "because" };
      },
      request: { group: "apps", resource: "deployments", subresource: "", namespace: "a", name: "web" },
    },
  };
  assert.deepEqual(evaluate("authorizer.requestResource.check('delete').allowed()", given), {
    kind: "value",
    value: false,
    raw: false,
  });
  evaluate("authorizer.path('/healthz').check('get').allowed()", given);
  evaluate(
    "authorizer.serviceAccount('a', 'b').group('').resource('pods').namespace('n').check('get').reason()",
    given,
  );
  assert.deepEqual(asked, [
    {
      kind: "resource",
      verb: "delete",
      group: "apps",
      resource: "deployments",
      subresource: "",
      namespace: "a",
      name: "web",
    },
    { kind: "path", verb: "get", path: "/healthz" },
    {
      kind: "resource",
      verb: "get",
      serviceAccount: { namespace: "a", name: "b" },
      group: "",
      resource: "pods",
      subresource: "",
      namespace: "n",
      name: "",
    },
  ]);
});

test("stops an expression that goes on for too long, whatever stands around it", () => {
  const endless = "true || lists.range(1000).all(x, lists.range(1000).all(y, lists.range(9).all(z, true)))";
  assert.equal(evaluate(endless.slice("true || ".length)).kind, "error");
  const compiled = compileExpression("[1, 2, 3].all(x, x > 0)", { variables: {} });
  assert.ok("evaluate" in compiled);
  const budget = { turns: 4 };
  assert.equal(compiled.evaluate({}, budget).kind, "value");
  assert.deepEqual(compiled.evaluate({}, budget), {
    kind: "error",
    message: "operation cancelled: actual cost limit exceeded",
  });
});

test("never throws on text that is no expression", () => {
  for (const text of ["", "1 +", "a.?", "[?", "{?a", "'", "(((", "a.?b[", "\u0000", "@turn", "x".repeat(100_001)]) {
    assert.ok("problem" in compileExpression(text, { variables: {} }), JSON.stringify(text));
  }
});

test("takes the names of JavaScript for ordinary ones", () => {
  const compiled = compileExpression("constructor", { variables: {} });
  assert.ok("problem" in compiled);
  assert.deepEqual(evaluate("has(object.constructor) || has(object.__proto__)"), {
    kind: "value",
    value: false,
    raw: false,
  });
});
