import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseJson } from "../parse-json.ts";
import { decodeProtobuf } from "./decode-protobuf.ts";

/** Objects of all kinds, encoded by Kubernetes' own code: Protobuf in base64 and JSON. */
const samples = readFileSync(path.join(import.meta.dirname, "../../test/recorded/protobuf.txt"), "utf8")
  .trim()
  .split("\n")
  .map((line) => {
    const [bytes, ...json] = line.split(" ") as [string, ...string[]];
    return { bytes: Buffer.from(bytes, "base64"), json: json.join(" ") };
  });

function objectOf(bytes: Uint8Array): unknown {
  const decoded = decodeProtobuf(bytes);
  assert.ok("object" in decoded, "problem" in decoded ? decoded.problem : "");
  return decoded.object;
}

function problemOf(bytes: Uint8Array): string {
  const decoded = decodeProtobuf(bytes);
  return "problem" in decoded ? decoded.problem : "";
}

test("reads of every field of every kind what Go's JSON encoder writes of it", () => {
  assert.ok(samples.length > 150);
  for (const { bytes, json } of samples) {
    // In the order of the fields too.
    assert.equal(JSON.stringify(objectOf(bytes)), JSON.stringify(parseJson(json)));
  }
});

test("passes over fields that it does not know", () => {
  const { bytes, json } = samples.find((one) => one.json.includes('"kind":"ConfigMap"'))!;
  const unknown = Buffer.from([0xa2, 0x06, 0x03, 0x61, 0x62, 0x63]);
  assert.deepEqual(objectOf(Buffer.concat([bytes, unknown])), parseJson(json));
});

test("says what is no message", () => {
  const { bytes } = samples[0]!;
  assert.match(
    problemOf(Buffer.from("{}")),
    /^provided data does not appear to be a protobuf message, expected prefix/,
  );
  assert.match(problemOf(Buffer.from("k8s\0")), /Kind/);
  assert.equal(problemOf(bytes.subarray(0, bytes.length - 3)), "unexpected EOF");
  assert.match(problemOf(Buffer.from("6b387300ff", "hex")), /unexpected EOF/);
  assert.match(problemOf(Buffer.from("6b38730007", "hex")), /illegal wireType 7/);
  const envelope = Buffer.from("k8s\0\n\x0c\n\x02v1\x12\x06Secre_");
  assert.equal(problemOf(envelope), 'no kind "Secre_" is registered for version "v1"');
});

test("bounds what a small message may stand for", () => {
  const schema = (depth: number): Buffer => {
    let nested = Buffer.alloc(0);
    // JSONSchemaProps.not
    for (let level = 0; level < depth; level++)
      nested = Buffer.concat([Buffer.from([0xe2, 1]), length(nested), nested]);
    return definition(nested);
  };
  assert.equal(problemOf(schema(20)), "");
  assert.equal(problemOf(schema(5_000)), "the message nests too deep");
  // Empty containers.
  const containers = Buffer.alloc(2 * 400_000, Buffer.from([0x12, 0]));
  assert.equal(problemOf(envelopeOf("v1", "Pod", part(2, containers))), "the message has too many values");
});

function length(bytes: Buffer): Buffer {
  const digits: number[] = [];
  let rest = bytes.length;
  while (rest >= 128) {
    digits.push((rest & 127) | 128);
    rest >>= 7;
  }
  return Buffer.from([...digits, rest]);
}

function part(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), length(bytes), bytes]);
}

function envelopeOf(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([part(1, Buffer.from(apiVersion)), part(2, Buffer.from(kind))]);
  return Buffer.concat([Buffer.from("k8s\0"), part(1, type), part(2, raw)]);
}

function definition(schema: Buffer): Buffer {
  // spec.versions[].schema.openAPIV3Schema
  const version = part(4, part(1, schema));
  return envelopeOf("apiextensions.k8s.io/v1", "CustomResourceDefinition", part(2, part(7, version)));
}

test("never throws, whatever the bytes", () => {
  fc.assert(
    fc.property(
      fc.nat(samples.length - 1),
      fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
      fc.option(fc.nat(20_000)),
      (index, edits, cut) => {
        const bytes = Buffer.from(samples[index]!.bytes);
        for (const [at, byte] of edits) bytes[4 + (at % Math.max(1, bytes.length - 4))] = byte;
        const decoded = decodeProtobuf(cut === null ? bytes : bytes.subarray(0, 4 + (cut % bytes.length)));
        assert.ok("object" in decoded || decoded.problem !== "");
      },
    ),
    { numRuns: 400, seed: 5 },
  );
});
