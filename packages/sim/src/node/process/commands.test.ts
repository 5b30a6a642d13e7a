import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { commandsOf, splitWords } from "./commands.ts";
import { asPod } from "./pod-types.ts";

function pod(annotation: string | undefined): ReturnType<typeof asPod> {
  const annotations: JsonObject = annotation === undefined ? {} : { "fairlead.dev/process": annotation };
  const spec = { initContainers: [{ name: "init" }], containers: [{ name: "app" }, { name: "__proto__" }] };
  return asPod({ metadata: { name: "web", namespace: "default", annotations }, spec });
}

function read(annotation: string | undefined): unknown {
  const commands = commandsOf(pod(annotation));
  return commands.kind === "commands"
    ? [...commands.of]
    : commands.kind === "problem"
      ? commands.message
      : commands.kind;
}

test("reads one command for the first container, and a map for several", () => {
  const cases: [string | undefined, unknown][] = [
    [undefined, "none"],
    ["  ", "none"],
    ["{}", "none"],
    ["node server.ts --port 80", [["app", ["node", "server.ts", "--port", "80"]]]],
    ['["node", "a b.ts", 8080]', [["app", ["node", "a b.ts", "8080"]]]],
    [
      "app: node server.ts\ninit: [sh, -c, 'exit 0']",
      [
        ["app", ["node", "server.ts"]],
        ["init", ["sh", "-c", "exit 0"]],
      ],
    ],
    ['{"__proto__": "sh"}', [["__proto__", ["sh"]]]],
  ];
  for (const [annotation, expected] of cases) assert.deepEqual(read(annotation), expected, annotation);
});

test("says what is wrong with an annotation", () => {
  const cases: [string, RegExp][] = [
    ["nobody: sh", /the pod has no container "nobody"/],
    ["[]", /the command is empty/],
    ["app: []", /app: the command is empty/],
    ["app: {a: b}", /app: a command is a text or a list of texts/],
    ["[sh, {a: b}]", /a command is a list of texts/],
    ["'sh -c \"open'", /a quote is not closed/],
    ["17", /a command is a text or a list of texts/],
    ["a: [", /annotation fairlead.dev\/process: /],
    [`sh ${"x".repeat(70_000)}`, /longer than 65536 characters/],
  ];
  for (const [annotation, message] of cases) assert.match(String(read(annotation)), message);
});

test("splits words as a shell does", () => {
  const cases: [string, readonly string[] | undefined][] = [
    ["", []],
    ["  a   b\tc ", ["a", "b", "c"]],
    [`a 'b c' "d e" f'g'"h"`, ["a", "b c", "d e", "fgh"]],
    [`"" ''`, ["", ""]],
    [String.raw`a\ b "c\"d" 'e\f' "g\h"`, ["a b", 'c"d', String.raw`e\f`, String.raw`g\h`]],
    ["'open", undefined],
  ];
  for (const [text, words] of cases) assert.deepEqual(splitWords(text), words, text);
});
