import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerWarning } from "./client.ts";
import { createWarnings } from "./warnings.ts";

function texts(...headers: (string | string[])[]): string[] {
  const told: ServerWarning[] = [];
  const read = createWarnings((warning) => told.push(warning));
  for (const header of headers) read(header, "GET", "/x");
  return told.map(({ text }) => text);
}

test("reads one warning, several in one header, and several headers", () => {
  assert.deepEqual(texts('299 - "old"'), ["old"]);
  assert.deepEqual(texts('299 - "a, 299 - b", 299 kube-apiserver "c" "Sat, 21 Nov 2026 10:00:00 GMT"'), [
    "a, 299 - b",
    "c",
  ]);
  assert.deepEqual(texts(['299 - "a"', '299 - "b"']), ["a", "b"]);
});

test("takes away the backslashes", () => {
  assert.deepEqual(texts('299 - "unknown field \\"spec.x\\" in C:\\\\"'), ['unknown field "spec.x" in C:\\']);
});

test("tells each text once, and nothing of other codes and of rubbish", () => {
  assert.deepEqual(texts('299 - "a"', '299 - "a"', '199 - "b"', "299 - c", '299 - "open'), ["a"]);
});

test("tells where it came from", () => {
  const told: ServerWarning[] = [];
  createWarnings((warning) => told.push(warning))('299 kube "a"', "PATCH", "/apis/x");
  assert.deepEqual(told, [{ text: "a", agent: "kube", method: "PATCH", path: "/apis/x" }]);
});
