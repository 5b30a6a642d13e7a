import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { configMap, part, samples, varint, type Sample } from "../../test/informer/protobuf.ts";
import { isKubeError } from "../errors.ts";
import { messageCutter, type MessageCutterOptions } from "./cut-messages.ts";
import { loadProtobuf } from "./message-kinds.ts";
import { joined, unpackMessage } from "./packed-message.ts";
import { textPool } from "./text-pool.ts";

const protobuf = await loadProtobuf();
const all = samples();
const pod = all.find(({ kind, json }) => kind === "Pod" && JSON.stringify(json).length > 10_000)!;
const long = "a text that is long enough to be worth a part of its own";

type Kind = Pick<Sample, "apiVersion" | "kind">;
const configMaps: Kind = { apiVersion: "v1", kind: "ConfigMap" };

function cutterOf({ apiVersion, kind }: Kind, options: Partial<MessageCutterOptions> = {}) {
  const message = protobuf.messages.ofKind(apiVersion, kind)!;
  return messageCutter({ codec: { protobuf, apiVersion, kind, message }, pool: textPool(), ...options });
}

function cut(kind: Kind, bytes: Buffer, options: Partial<MessageCutterOptions> = {}) {
  return cutterOf(kind, options).cut(bytes, 0, bytes.length);
}

const isUnknown = (error: unknown): boolean => error instanceof protobuf.WireProblem;

test("gives of every field of every kind what Go's JSON encoder writes of it, and knows who it is", () => {
  assert.ok(all.length > 100);
  for (const sample of all) {
    const { packed, ...known } = cut(sample, sample.bytes);
    assert.deepEqual(unpackMessage(packed), sample.json);
    const { name, namespace = "", uid = "", resourceVersion = "" } = sample.json["metadata"] as JsonObject;
    assert.deepEqual(known, { name, namespace, uid, resourceVersion });
  }
});

test("finds an object wherever it lies among other bytes", () => {
  const bytes = Buffer.concat([Buffer.alloc(100, 0xff), pod.bytes, Buffer.alloc(100, 0xff)]);
  const { packed } = cutterOf(pod).cut(bytes, 100, 100 + pod.bytes.length);
  bytes.fill(0);
  assert.deepEqual(unpackMessage(packed), pod.json);
});

test("refuses a field that this release does not know, wherever it stands", () => {
  const unknown = Buffer.concat([varint(900 * 8), varint(1)]);
  // Into metadata, spec, and a container, which is the second field of the spec.
  const places: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => Buffer.concat([bytes, unknown]),
    (bytes) => Buffer.concat([bytes, part(1, unknown)]),
    (bytes) => Buffer.concat([bytes, part(2, unknown)]),
    (bytes) => Buffer.concat([bytes, part(2, part(2, unknown))]),
    (bytes) => Buffer.concat([bytes, part(2, part(2, Buffer.concat([part(1, long), unknown])))]),
    (bytes) => Buffer.concat([bytes, part(1, part(11, unknown))]),
    (bytes) => Buffer.concat([bytes, part(1, part(8, unknown))]),
  ];
  for (const [index, place] of places.entries()) {
    assert.throws(() => cut(pod, place(pod.bytes)), isUnknown, `place ${index}`);
  }
});

test("checks a part that is written like one that stood elsewhere", () => {
  // Field 4 of a spec is a number, that of a pod's metadata a text: as bytes they may be equal.
  const cutter = cutterOf(pod);
  const first = part(1, Buffer.concat([part(1, "a"), part(4, long)]));
  assert.equal(cutter.cut(first, 0, first.length).name, "a");
  const second = Buffer.concat([part(1, part(1, "b")), part(2, part(4, long))]);
  assert.throws(() => cutter.cut(second, 0, second.length), isUnknown);
});

test("refuses what has no name", () => {
  assert.throws(() => cut(configMaps, part(1, part(3, "n"))), isUnknown);
  assert.throws(() => cut(configMaps, Buffer.alloc(0)), isUnknown);
});

test("keeps of managedFields what is asked for, decoding nothing", () => {
  const entries = (managers: readonly string[]): Buffer =>
    part(
      1,
      Buffer.concat([
        part(1, "a"),
        ...managers.map((manager) => part(17, Buffer.concat([part(1, manager), part(2, long)]))),
      ]),
    );
  const managersOf = (keepsManager: (manager: string) => boolean): unknown => {
    const { packed } = cut(configMaps, entries(["kubectl", "fairlead", "", "fairlead/apply"]), { keepsManager });
    const { managedFields } = unpackMessage(packed).metadata as JsonObject;
    return (managedFields as JsonObject[] | undefined)?.map(({ manager }) => manager);
  };
  assert.deepEqual(
    managersOf((manager) => manager.startsWith("fairlead")),
    ["fairlead", "fairlead/apply"],
  );
  assert.deepEqual(
    managersOf(() => false),
    undefined,
  );
});

test("refuses a field that is not known in what is not kept, too", () => {
  const entry = part(17, Buffer.concat([part(1, "kubectl"), part(99, "")]));
  const bytes = part(1, Buffer.concat([part(1, "a"), entry]));
  assert.throws(() => cut(configMaps, bytes, { keepsManager: () => false }), isUnknown);
});

test("holds what replicas have in common once", () => {
  const cutter = cutterOf(configMaps);
  const packed = ["a", "b", "c", "d"].map((name) => {
    const bytes = configMap(name, { text: name === "c" ? `${long} 2` : long });
    return cutter.cut(bytes, 0, bytes.length).packed;
  });
  assert.deepEqual(
    packed.map(({ parts }) => parts.length),
    [1, 1, 1, 1],
  );
  assert.equal(packed[0]!.parts[0], packed[3]!.parts[0]);
  assert.deepEqual(unpackMessage(packed[2]!)["data"], { text: `${long} 2` });
});

test("puts together what it has cut, of any size", () => {
  for (const size of [0, 1, 47, 48, 127, 128, 16_384, 300_000, 2_200_000]) {
    const bytes = configMap("a", { text: "x".repeat(size), other: long });
    const { packed } = cut(configMaps, bytes);
    assert.deepEqual(unpackMessage(packed)["data"], { text: "x".repeat(size), other: long });
    const whole = joined(protobuf, packed.text, packed.parts);
    assert.ok(whole.length >= bytes.length && whole.length < bytes.length + 10);
  }
});

test("either refuses what is broken or gives an object, and an object that cannot be read is an error of ours", () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.nat(all.length - 1),
      fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.option(fc.nat(20_000)),
      (index, edits, end) => {
        const sample = all[index]!;
        const bytes = Buffer.from(sample.bytes);
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        const cutOff = end === null ? bytes : bytes.subarray(0, end % bytes.length);
        try {
          unpackMessage(cut(sample, cutOff).packed);
        } catch (error) {
          refused++;
          assert.ok(isUnknown(error) || isKubeError(error, "protocol"), String(error));
        }
      },
    ),
    runs(400),
  );
  assert.ok(refused > 50);
});

test("refuses lengths that are absurd, and what nests without end", () => {
  const absurd = [
    Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.from([0x0a, ...Array.from({ length: 9 }, () => 0xff), 1]),
    Buffer.from([0x0a, ...Array.from({ length: 11 }, () => 0xff)]),
    part(1, Buffer.from([0x8a, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f])),
  ];
  for (const bytes of absurd) assert.throws(() => cut(configMaps, bytes), isUnknown);
  // JSONSchemaProps.not
  let schema = Buffer.alloc(0);
  for (let level = 0; level < 5_000; level++)
    schema = Buffer.concat([varint(28 * 8 + 2), varint(schema.length), schema]);
  const definition = Buffer.concat([part(1, part(1, "a")), part(2, part(7, part(4, part(1, schema))))]);
  assert.throws(
    () => cut({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" }, definition),
    /nests too deep/,
  );
});
