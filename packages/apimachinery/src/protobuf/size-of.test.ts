import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { JsonObject } from "../json.ts";
import { parseJson } from "../parse-json.ts";
import { protobufSize } from "./size-of.ts";

/** Objects of all kinds, encoded by Kubernetes' own code: Protobuf in base64 and JSON. */
const samples = readFileSync(path.join(import.meta.dirname, "../../test/recorded/protobuf.txt"), "utf8")
  .trim()
  .split("\n")
  .map((line) => {
    const [bytes, ...json] = line.split(" ") as [string, ...string[]];
    return { bytes: Buffer.from(bytes, "base64"), object: parseJson(json.join(" ")) as JsonObject };
  });

/** How many bytes a size is off; what JSON does not tell apart costs a few: nil and empty, kinds of zero. */
function distance({ bytes, object }: (typeof samples)[number]): number {
  return Math.abs(protobufSize(object)! - bytes.length);
}

test("knows how many bytes Kubernetes' own code writes", () => {
  const wrong = samples
    .filter((one) => distance(one) > one.bytes.length / 12 + 2)
    .map((one) => `${String(one.object["kind"])}: ${protobufSize(one.object)} for ${one.bytes.length}`);
  assert.deepEqual(wrong, []);
});

test("knows no size of custom resources", () => {
  assert.equal(protobufSize({ apiVersion: "example.com/v1", kind: "Thing" }), undefined);
});
