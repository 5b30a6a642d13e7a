import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { equal } from "@fairlead/apimachinery";
import { runs } from "../../../../../../scripts/runs.ts";
import type { Condition } from "./condition.ts";
import { alternativeKey, alternatives } from "./alternatives.ts";
import { parseRule } from "./parse-rule.ts";
import { printRule } from "./print-rule.ts";

/** Rules as the parser gives them: no list in a list of its own kind, no list of one. */
const text = fc.string({ maxLength: 8 }).filter((value) => !value.includes("\\"));
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: fc.constant("matcher" as const), name: fc.constant("Host"), values: fc.tuple(text) }),
  fc.record({ kind: fc.constant("matcher" as const), name: fc.constant("Header"), values: fc.tuple(text, text) }),
  fc.record({
    kind: fc.constant("matcher" as const),
    name: fc.constant("Path"),
    values: fc.tuple(text.filter((value) => !/[{}]/.test(value)).map((value) => `/${value}`)),
  }),
);
const list = (kind: "and" | "or", terms: fc.Arbitrary<Condition>) =>
  fc
    .array(
      terms.filter((term) => term.kind !== kind),
      { minLength: 2, maxLength: 3 },
    )
    .map((found): Condition => ({ kind, terms: found }));
const { rule } = fc.letrec<{ rule: Condition }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.record({ kind: fc.constant("not" as const), term: tie("rule") }),
    list("or", tie("rule")),
    list("and", tie("rule")),
  ),
}));

function conditionOf(written: string): Condition {
  const parsed = parseRule(written);
  assert.equal(parsed.kind, "rule", parsed.kind === "problem" ? parsed.message : "");
  return (parsed as { condition: Condition }).condition;
}

describe("Traefik's rules", () => {
  test("are read and printed again without a change of meaning", () => {
    fc.assert(
      fc.property(rule, (condition) => {
        assert.ok(equal(conditionOf(printRule(condition)), condition), printRule(condition));
      }),
      runs(200),
    );
  });

  test("&& binds more tightly than ||", () => {
    const written = "Host(`a`) || Host(`b`) && Path(`/x`)";
    const condition = conditionOf(written);
    assert.equal(condition.kind, "or");
    assert.equal(printRule(condition), written);
  });

  const spellings: readonly [string, string][] = [
    ["pathprefix(`/a`)", "PathPrefix(`/a`)"],
    ['  Host( "a\\"b" )', 'Host(`a"b`)'],
    ["!(Path(`/a`)||Path(`/b`))", "!(Path(`/a`) || Path(`/b`))"],
    ["((Path(`/a`)))", "Path(`/a`)"],
    ["Header(`X`,`a,b`)", "Header(`X`, `a,b`)"],
    ["Query(`mobile`)", "Query(`mobile`)"],
  ];
  for (const [written, printed] of spellings) {
    test(`${written} is ${printed}`, () => assert.equal(printRule(conditionOf(written)), printed));
  }

  test("never make the reader throw", () => {
    const noise = fc.array(
      fc.constantFrom("Path(`/`)", "(", ")", "&&", "||", "!", "`", '"', "\\", ",", "Host", " ", "é"),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          noise.map((parts) => parts.join("")),
          fc.string(),
        ),
        (written) => {
          assert.ok(["rule", "problem"].includes(parseRule(written).kind));
        },
      ),
      runs(200),
    );
  });
});

describe("a rule that cannot be read", () => {
  const cases: readonly [string, RegExp, RegExp?][] = [
    ["", /empty/],
    ["   ", /empty/],
    ["Path(/x)", /character 6.*backticks/],
    ["Path('/x')", /character 6.*backticks/],
    ["Path(`/x`", /character 10.*\) was expected, found the end/],
    ["Path(`/x`) Path(`/y`)", /&&, \|\| or the end/],
    ["Path(`/x`) &&", /matcher such as/],
    ["Pth(`/x`)", /unknown matcher Pth/, /did you mean Path\?/],
    ["Headers(`a`, `b`)", /unknown matcher Headers/, /did you mean Header\?/],
    ["HostSNI(`a`)", /unknown matcher HostSNI/, /tcp/],
    ["Nonsense(`a`)", /unknown matcher/, /use one of ClientIP/],
    ["Host(`a`, `b`)", /takes one value, found 2/, /Host\(`a`\) \|\| Host\(`b`\)/],
    ["Header(`a`)", /takes 2 values, found 1/],
    ["PathPrefix(`x`)", /does not start with \//],
    ["Path(`/{id:[0-9]+}`)", /pattern/, /PathRegexp/],
    [`${"(".repeat(100)}Path(\`/\`)${")".repeat(100)}`, /nests deeper/],
    [`Path(\`/${"x".repeat(20_000)}\`)`, /longer than/],
  ];
  for (const [written, message, hint] of cases) {
    test(`${JSON.stringify(written.slice(0, 40))} says ${message.source}`, () => {
      const parsed = parseRule(written);
      assert.equal(parsed.kind, "problem");
      if (parsed.kind !== "problem") return;
      assert.match(parsed.message, message);
      if (hint !== undefined) assert.match(parsed.hint ?? "", hint);
    });
  }
});

describe("the alternatives of a rule", () => {
  const keys = (written: string) => alternatives(conditionOf(written))?.map(alternativeKey);

  test("are every way in which it holds", () => {
    assert.deepEqual(keys("(Path(`/a`) || Path(`/b`)) && Method(`GET`)"), [
      "Method(`GET`) && Path(`/a`)",
      "Method(`GET`) && Path(`/b`)",
    ]);
  });

  test("turn round below !", () => {
    assert.deepEqual(keys("!(Path(`/a`) && Method(`GET`))"), ["!Path(`/a`)", "!Method(`GET`)"]);
    assert.deepEqual(keys("!(Path(`/a`) || Path(`/b`))"), ["!Path(`/a`) && !Path(`/b`)"]);
  });

  test("are equal however they are written", () => {
    assert.deepEqual(
      keys("Method(`get`) && Host(`A`) && Header(`X-A`, `B`)"),
      keys("Header(`x-a`, `B`) && Host(`a`) && Method(`GET`)"),
    );
    assert.notDeepEqual(keys("Path(`/a`)"), keys("Path(`/A`)"));
  });

  test("of everything are one that says nothing", () => {
    assert.deepEqual(keys("PathPrefix(`/`)"), [""]);
    assert.deepEqual(alternatives(undefined), [[]]);
  });

  test("are given up where they would be too many", () => {
    const pair = "(Path(`/a`) || Path(`/b`))";
    assert.equal(keys(Array.from({ length: 7 }, () => pair).join(" && ")), undefined);
  });
});
