import assert from "node:assert/strict";
import { test } from "node:test";
import { conversionOf, parseAccept, takes } from "./accept.ts";

const order = (header: string): readonly string[] => parseAccept(header).map((one) => `${one.type}/${one.subtype}`);

test("tries what the client likes better first, and wildcards last", () => {
  assert.deepEqual(order("text/html;q=0.5, application/json"), ["application/json", "text/html"]);
  assert.deepEqual(order("*/*, application/*, application/json"), ["application/json", "application/*", "*/*"]);
  assert.deepEqual(order("application/yaml, application/json"), ["application/yaml", "application/json"]);
});

test("leaves out what is no media range", () => {
  assert.deepEqual(order(", /, a/b/c, json, *"), ["*/*"]);
  assert.deepEqual(order(""), []);
  assert.equal(parseAccept("a/b,".repeat(10_000)).length <= 100, true);
});

test("reads which object the client asks for instead", () => {
  const [clause] = parseAccept("application/json;as=Table;v=v1;g=meta.k8s.io");
  assert.deepEqual(conversionOf(clause!), { group: "meta.k8s.io", version: "v1", kind: "Table" });
  assert.equal(conversionOf(parseAccept("application/json;charset=utf-8")[0]!), undefined);
  assert.equal(takes(parseAccept("application/*")[0]!, "application", "json"), true);
  assert.equal(takes(parseAccept("text/*")[0]!, "application", "json"), false);
});
