import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnvFile } from "./env-file.ts";

test("reads an env file as Compose does", () => {
  const text = [
    "# comment",
    "PLAIN=value",
    "SPACED = value with spaces  # comment",
    "export EXPORTED=yes",
    "HASH=a#b",
    "SINGLE='literal $PLAIN \\n'",
    'DOUBLE="line\\nnext $PLAIN"',
    'MULTI="first',
    'second"',
    "FROM_FILE=${PLAIN}-x",
    "DEFAULT=${NOWHERE:-d}",
    "EMPTY=",
    "INHERITED",
    "",
  ].join("\r\n");
  const { variables, inherited, problems } = parseEnvFile(text, { OUTER: "o" });
  assert.deepEqual(
    { ...variables },
    {
      PLAIN: "value",
      SPACED: "value with spaces",
      EXPORTED: "yes",
      HASH: "a#b",
      SINGLE: "literal $PLAIN \\n",
      DOUBLE: "line\nnext value",
      MULTI: "first\nsecond",
      FROM_FILE: "value-x",
      DEFAULT: "d",
      EMPTY: "",
    },
  );
  assert.deepEqual(inherited, ["INHERITED"]);
  assert.deepEqual(problems, []);
});

test("names the line of what it cannot read", () => {
  const { problems } = parseEnvFile('A=1\n=x\nB="open\nC=2', {});
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2, 3],
  );
});

test("takes __proto__ as a name like any other", () => {
  const { variables } = parseEnvFile("__proto__=x", {});
  assert.deepEqual(Object.keys(variables), ["__proto__"]);
});
