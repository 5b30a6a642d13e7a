import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeReferences, shellWords } from "./words.ts";

test("splits a command line as a shell does", () => {
  assert.deepEqual(shellWords('python -m api --flag \'a b\' "c \\"d\\""'), [
    "python",
    "-m",
    "api",
    "--flag",
    "a b",
    'c "d"',
  ]);
  assert.deepEqual(shellWords("  a\\ b\tc\n"), ["a b", "c"]);
  assert.deepEqual(shellWords("''"), [""]);
  assert.deepEqual(shellWords("a'b'c\"d\""), ["abcd"]);
  assert.deepEqual(shellWords('"\\n"'), ["\\n"]);
  assert.deepEqual(shellWords(""), []);
});

test("refuses a quote that is never closed", () => {
  assert.equal(shellWords("a 'b"), undefined);
  assert.equal(shellWords('a "b'), undefined);
});

/** What the kubelet makes of a value: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */
function expandedByKubernetes(text: string, values: { [name: string]: string }): string {
  let result = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "$" || at + 1 >= text.length) result += text[at]!;
    else if (text[at + 1] === "$") {
      result += "$";
      at++;
    } else if (text[at + 1] === "(") {
      const end = text.indexOf(")", at);
      if (end < 0) result += "$(";
      else result += values[text.slice(at + 2, end)] ?? text.slice(at, end + 1);
      at = end < 0 ? at + 1 : end;
    } else {
      result += text.slice(at, at + 2);
      at++;
    }
  }
  return result;
}

test("Kubernetes gives back what was escaped, whatever variables there are", () => {
  for (const text of ["$(HOME)", "$$", "a$b", "$$(HOME)", "$$$", "cost: 5$", "$", "$$$$(X)", "$(unclosed", "x$$y"]) {
    assert.equal(expandedByKubernetes(escapeReferences(text), { HOME: "wrong", X: "wrong" }), text);
  }
});
