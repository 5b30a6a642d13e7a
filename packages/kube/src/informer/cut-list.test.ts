import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { isKubeError } from "../errors.ts";
import { type CutItem, type CutterOptions, listCutter, readHead } from "./cut-list.ts";
import { unpack, type Packed } from "./packed.ts";
import { textPool } from "./text-pool.ts";

const long = "a text that is long enough to be worth a part of its own";

function cutterOf(options: Partial<CutterOptions> = {}) {
  return listCutter({ pool: textPool(), apiVersion: "v1", kind: "Pod", ...options });
}

function cut(text: string, options: Partial<CutterOptions> = {}): CutItem<Packed>[] {
  return [...cutterOf(options).cut(readHead(Buffer.from(text)))];
}

function listText(items: readonly JsonValue[], space?: number): string {
  const metadata = { resourceVersion: "7", continue: "next" };
  return `${JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata, items }, undefined, space)}\n`;
}

const isProtocol = (error: unknown): boolean => isKubeError(error, "protocol");

test("cuts out what parsing the list would give, whatever the objects hold and however it is written", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom(long, `${long}…`, `${long}"\\`, "日本語".repeat(30), "}],[{", '\\"'),
  );
  const key = fc.oneof(text, fc.constantFrom("spec", "status", "__proto__", "constructor", "0", "kind", "a/b"));
  const leaf: fc.Arbitrary<JsonValue> = fc.oneof(
    text,
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.constantFrom(true, null),
  );
  const inside = (value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> =>
    fc.oneof(
      value,
      fc.array(value, { maxLength: 3 }),
      fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true }),
    );
  const object = fc.dictionary(key, inside(inside(leaf)), { maxKeys: 4, noNullPrototype: true });
  const names = fc.record({ name: fc.string({ minLength: 1 }), namespace: text, uid: text, resourceVersion: text });
  const item = fc
    .tuple(object, names, object)
    .map(([first, metadata, more]) => ({ ...first, metadata: { ...more, ...metadata } }) as JsonObject);
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), fc.constantFrom(undefined, 1), (items, space) => {
      const written = listText(items, space);
      const parsed = (JSON.parse(written) as { items: JsonObject[] }).items;
      const found = cut(written);
      for (const [i, one] of found.entries()) {
        const expected = parsed[i]!;
        if (!Object.hasOwn(expected, "apiVersion")) expected["apiVersion"] = "v1";
        if (!Object.hasOwn(expected, "kind")) expected["kind"] = "Pod";
        assert.equal(JSON.stringify(unpack(one.packed)), JSON.stringify(expected));
        const { name, namespace, uid, resourceVersion } = expected["metadata"] as JsonObject;
        assert.deepEqual(
          [one.name, one.namespace, one.uid, one.resourceVersion],
          [name, namespace, uid, resourceVersion],
        );
      }
      assert.equal(found.length, items.length);
    }),
    runs(60),
  );
});

test("reads the head of a list wherever its metadata stands", () => {
  const items = '"items":[{"metadata":{"name":"a"}}]';
  const metadata = '"metadata":{"resourceVersion":"7","continue":"c"}';
  for (const text of [`{${metadata},${items}}`, `{${items},"kind":"X", ${metadata} }`]) {
    const { resourceVersion, continue: token } = readHead(Buffer.from(text));
    assert.deepEqual([resourceVersion, token, cut(text).map(({ name }) => name)], ["7", "c", ["a"]]);
  }
  const last = readHead(Buffer.from('{"metadata":{"resourceVersion":"7","continue":""},"items":null}'));
  assert.deepEqual([last.continue, [...cutterOf().cut(last)]], [undefined, []]);
});

test("refuses what is cut off anywhere, and what is no list", () => {
  const text = listText([{ metadata: { name: "a", labels: { b: long } } }, { metadata: { name: "b\\" } }]).trim();
  for (let end = 0; end < text.length; end++)
    assert.throws(() => cut(text.slice(0, end)), isProtocol, text.slice(0, end));
  for (const other of ["", "[]", "null", '{"items":[1]}', '{"items":[{}]}', '{"items":[{"metadata":{}}]}', "{]"]) {
    assert.throws(() => cut(other.replace('{"items"', '{"metadata":{},"items"')), isProtocol, other);
  }
});

test("drops or replaces managedFields as it is told, and leaves other members of that name", () => {
  const object = {
    metadata: { managedFields: [{ manager: "kubectl", time: long }], name: "a" },
    spec: { managedFields: 1 },
  };
  const [dropped] = cut(listText([object]), { managedFields: () => undefined });
  assert.equal(
    JSON.stringify(unpack(dropped!.packed)),
    '{"metadata":{"name":"a"},"spec":{"managedFields":1},"apiVersion":"v1","kind":"Pod"}',
  );
  const [replaced] = cut(listText([object]), { managedFields: (json) => JSON.stringify([json.length]) });
  const { metadata } = unpack(replaced!.packed);
  assert.deepEqual(metadata["managedFields"], [JSON.stringify(object.metadata.managedFields).length]);
});

test("holds what replicas have in common once, wherever they stand in the list", () => {
  const pod = (name: string, image = long) => ({ metadata: { name, labels: { app: long } }, spec: { image } });
  const items = cut(listText([pod("a"), pod("b"), pod("c", `${long} 2`), pod("d")]));
  const [a, b, c, d] = items.map(({ packed }) => packed);
  assert.equal(a!.places, d!.places);
  assert.ok(a!.parts.every((part, i) => part === b!.parts[i] && part === d!.parts[i]));
  assert.notEqual(c!.parts[1], a!.parts[1]);
  assert.deepEqual(unpack(c!).metadata, pod("c").metadata);
});

test("takes nothing from a list that it could not read into the next one", () => {
  const cutter = cutterOf();
  const pod = (image: string) => ({ metadata: { name: "a", labels: { image } } });
  const broken = `${listText([pod(`${long} 1`)])
    .trim()
    .slice(0, -1)}]`;
  assert.throws(() => [...cutter.cut(readHead(Buffer.from(broken)))], isProtocol);
  const [item] = cutter.cut(readHead(Buffer.from(listText([pod(`${long} 2`)]))));
  assert.deepEqual(unpack(item!.packed).metadata, pod(`${long} 2`).metadata);
});
