import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseJson } from "../parse-json.ts";
import { checkMessage, readNumber } from "./check-message.ts";
import { decodeMessage, decodeProtobuf } from "./decode-protobuf.ts";
import { messagePlans } from "./message-plan.ts";
import { protobufMessages } from "./messages.ts";
import { WireProblem, type Cursor } from "./wire.ts";

const plan = messagePlans(protobufMessages());

/** Objects of all kinds, encoded by Kubernetes' own code: the name of the message, and what is in the envelope. */
const samples = readFileSync(path.join(import.meta.dirname, "../../test/recorded/protobuf.txt"), "utf8")
  .trim()
  .split("\n")
  .map((line) => {
    const [encoded, ...json] = line.split(" ") as [string, ...string[]];
    const { apiVersion, kind } = parseJson(json.join(" ")) as { apiVersion: string; kind: string };
    const name = protobufMessages().ofKind(apiVersion, kind)!;
    return { name, bytes: contentOf(Buffer.from(encoded, "base64")) };
  });

/** The second field of an envelope. */
function contentOf(bytes: Buffer): Buffer {
  const cursor: Cursor = { bytes, at: 4, end: bytes.length };
  for (;;) {
    const tag = readNumber(cursor, cursor.end);
    const length = readNumber(cursor, cursor.end);
    if (tag === 18) return bytes.subarray(cursor.at, cursor.at + length);
    cursor.at += length;
  }
}

function check(name: string, bytes: Uint8Array): void {
  checkMessage(plan(name), { bytes, at: 0, end: bytes.length });
}

test("knows every field that Kubernetes' own code writes of any kind", () => {
  assert.ok(samples.length > 150);
  for (const { name, bytes } of samples) check(name, bytes);
});

/** Where fields begin that are messages, at any depth. */
function* nestedIn(name: string, bytes: Buffer, start: number, end: number): Generator<number> {
  const cursor: Cursor = { bytes, at: start, end };
  const { codes, nested } = plan(name);
  while (cursor.at < end) {
    const number = Math.floor(readNumber(cursor, end) / 8);
    if (codes[number] === 1) readNumber(cursor, end);
    else if (codes[number] === 2) cursor.at += 8;
    else {
      const length = readNumber(cursor, end);
      if (nested[number] !== undefined && length > 0) yield cursor.at;
      if (nested[number] !== undefined) yield* nestedIn(nested[number].name, bytes, cursor.at, cursor.at + length);
      cursor.at += length;
    }
  }
}

test("finds a number that no field has, in every message at any depth", () => {
  let places = 0;
  const { name, bytes } = samples.find((one) => one.name === "core.v1.Pod" && one.bytes.length > 2000)!;
  for (const at of nestedIn(name, bytes, 0, bytes.length)) {
    // A number beyond all others takes the place of a message's first field.
    const spoilt = Buffer.from(bytes);
    spoilt[at] = (spoilt[at]! & 0x80) | 0x78 | (spoilt[at]! & 7);
    places++;
    if (spoilt[at] === bytes[at]) continue;
    try {
      check(name, spoilt);
    } catch (error) {
      assert.ok(error instanceof WireProblem, String(error));
      continue;
    }
    // Some messages have a field 15: what decodes sees it as well then.
    assert.notDeepEqual(decodeMessage(name, spoilt), decodeMessage(name, bytes), `at ${at}`);
  }
  assert.ok(places > 100, `${places} places`);
});

test("names the message and the number", () => {
  const unknown = Buffer.from([0xa2, 0x06, 0x03, 0x61, 0x62, 0x63]);
  assert.throws(() => check("core.v1.ConfigMap", unknown), /core\.v1\.ConfigMap has a field 100/);
  const inMetadata = Buffer.concat([Buffer.from([0x0a, unknown.length]), unknown]);
  assert.throws(() => check("core.v1.ConfigMap", inMetadata), /meta\.v1\.ObjectMeta has a field 100/);
});

test("lets nothing pass that does not decode but for texts that are no JSON", () => {
  fc.assert(
    fc.property(
      fc.nat(samples.length - 1),
      fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      (index, edits) => {
        const { name } = samples[index]!;
        const bytes = Buffer.from(samples[index]!.bytes);
        if (bytes.length > 0) for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        try {
          check(name, bytes);
        } catch (error) {
          assert.ok(error instanceof WireProblem, String(error));
          return;
        }
        const decoded = decodeMessage(name, bytes);
        if ("problem" in decoded) assert.match(decoded.problem, /json|JSON/);
      },
    ),
    { numRuns: 600, seed: 5 },
  );
});

test("bounds depth and lengths", () => {
  let schema = Buffer.alloc(0);
  for (let level = 0; level < 3000; level++) {
    const length = schema.length < 128 ? [schema.length] : [(schema.length & 127) | 128, schema.length >> 7];
    schema = Buffer.concat([Buffer.from([0xe2, 1, ...length]), schema]);
  }
  assert.throws(() => check("apiextensions.v1.JSONSchemaProps", schema), WireProblem);
  for (const bytes of [
    [0x0a],
    [0x0a, 5],
    [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
    Array.from({ length: 20 }, () => 0xff),
  ]) {
    assert.throws(() => check("core.v1.ConfigMap", Uint8Array.from(bytes)), WireProblem);
  }
  assert.ok("problem" in decodeProtobuf(Buffer.from([0x6b, 0x38, 0x73, 0, 0x0a, 0xff])));
});
