import assert from "node:assert/strict";
import { test } from "node:test";
import { isObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { part, samples, varint, type Sample } from "../../test/informer/protobuf.ts";
import { messageCutter } from "./cut-messages.ts";
import { loadProtobuf } from "./message-kinds.ts";
import { unpackMessage, type PackedMessage } from "./packed-message.ts";
import { keepPaths, type Stripper } from "./strip.ts";
import { textPool } from "./text-pool.ts";

const protobuf = await loadProtobuf();
const all = samples();
const pod = all.find(({ kind, json }) => kind === "Pod" && JSON.stringify(json).length > 10_000)!;

function hold({ apiVersion, kind, bytes }: Sample, strip: Stripper): PackedMessage {
  const message = protobuf.messages.ofKind(apiVersion, kind)!;
  const codec = { protobuf, apiVersion, kind, message, finish: strip };
  return messageCutter({ codec, pool: textPool(), kept: strip.kept }).cut(bytes, 0, bytes.length).packed;
}

const size = ({ text, parts }: PackedMessage): number => parts.reduce((sum, one) => sum + one.length, text.length);

/** All paths of member names in a value, through lists. */
function pathsIn(value: JsonValue, prefix: readonly string[] = []): string[][] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsIn(item, prefix));
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((name) => [[...prefix, name], ...pathsIn(value[name]!, [...prefix, name])]);
}

test("holds of an object what the same paths keep of its JSON, for every path of every kind", () => {
  let compared = 0;
  for (const sample of all) {
    const unique = new Set(pathsIn(sample.json).map((path) => JSON.stringify(path)));
    // Every path of the smaller ones, every tenth of the larger.
    const stride = unique.size > 200 ? 10 : 1;
    for (const [index, text] of [...unique].entries()) {
      if (index % stride !== 0) continue;
      const strip = keepPaths(JSON.parse(text) as string[]);
      const expected = strip(sample.json as KrmObject);
      assert.deepEqual(unpackMessage(hold(sample, strip)), expected, `${sample.kind} ${text}`);
      compared++;
    }
  }
  assert.ok(compared > 2000, `${compared}`);
});

test("holds several parts at once, and nothing else", () => {
  const paths = pathsIn(pod.json);
  fc.assert(
    fc.property(fc.array(fc.nat(paths.length - 1), { maxLength: 6 }), (indices) => {
      const strip = keepPaths(...indices.map((index) => paths[index]!));
      const expected = strip(pod.json as KrmObject);
      assert.deepEqual(unpackMessage(hold(pod, strip)), expected);
    }),
    runs(60),
  );
  assert.ok(size(hold(pod, keepPaths("spec.containers.image", "status.phase"))) < pod.bytes.length / 20);
});

test("keeps objects apart that are cut one after the other", () => {
  const message = "core.v1.ConfigMap";
  const strip = keepPaths("data.text");
  const codec = { protobuf, apiVersion: "v1", kind: "ConfigMap", message, finish: strip };
  const cutter = messageCutter({ codec, pool: textPool(), kept: strip.kept });
  const cut = (name: string, letter: string) => {
    const entry = (key: string) => part(2, Buffer.concat([part(1, key), part(2, letter.repeat(100))]));
    const bytes = Buffer.concat([part(1, part(1, name)), entry("text"), entry("other")]);
    return cutter.cut(bytes, 0, bytes.length).packed;
  };
  const held = [cut("a", "x"), cut("b", "y"), cut("c", "x")];
  assert.deepEqual(
    held.map((one) => unpackMessage(one)["data"]),
    ["x", "y", "x"].map((letter) => ({ text: letter.repeat(100) })),
  );
});

test("refuses a field that is not known where it may be one to keep, and does not look at what it drops", () => {
  const strip = keepPaths("spec.nodeName");
  const unknown = Buffer.concat([varint(900 * 8), varint(1)]);
  const with_ = (bytes: Buffer): Sample => ({ ...pod, bytes: Buffer.concat([pod.bytes, bytes]) });
  for (const bytes of [unknown, part(2, unknown), part(1, unknown)]) {
    assert.throws(() => hold(with_(bytes), strip), protobuf.WireProblem);
  }
  assert.deepEqual(unpackMessage(hold(with_(part(3, unknown)), strip)), strip(pod.json as KrmObject));
});

test("throws nothing else, whatever the bytes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.nat(20_000),
      (edits, end) => {
        const bytes = Buffer.from(pod.bytes.subarray(0, end % pod.bytes.length));
        if (bytes.length > 0) for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        try {
          hold({ ...pod, bytes }, keepPaths("spec.containers.env.name", "metadata.labels.app"));
        } catch (error) {
          assert.ok(error instanceof protobuf.WireProblem, String(error));
        }
      },
    ),
    runs(200),
  );
});
