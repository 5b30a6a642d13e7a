/** How informers read lists: in pages, cut or parsed, and in Protobuf. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { KrmObject } from "@fairlead/krm";
import { listText } from "../../test/informer/fake-client.ts";
import { configMapList } from "../../test/informer/protobuf.ts";
import { byKey, view } from "../../test/informer/view.ts";
import type { ObjectList } from "../client/client.ts";
import { KubeError } from "../errors.ts";
import { dropManagedFields, keepFieldsOf, keepPaths } from "./strip.ts";
import { inThree, nameOf, names, pieces, scope, setUp } from "../../test/informer/set-up.ts";

for (const [spoilt, cutFromBytes] of [
  [1, 0],
  [2, 0],
  [3, 0],
  [2, 1e6],
  [3, 1e6],
] as const) {
  const how = cutFromBytes === 0 ? "cut" : "parsed";
  test(`starts a list over whose page ${spoilt} of 3 cannot be ${how}, and quotes nothing of it`, async () => {
    let page = 0;
    const write = (list: ObjectList): string => (++page === spoilt ? listText(list).slice(0, -3) : listText(list));
    const timings = { streaming: false, firstPage: 2, largestPage: 2, cutFromBytes };
    const { informers, advance } = setUp("abcdef", [], { timings }, write);
    const informer = informers.informer(scope);
    const sizes = new Set<number>();
    informer.onStatus(() => sizes.add(informer.store.size));
    await advance(100);
    assert.deepEqual([informer.status().error?.code, informer.status().synced], ["protocol", false]);
    assert.doesNotMatch(inspect(informer.status().error), /written/);
    await advance(2000);
    assert.equal(names(informer.store.values()), "abcdef");
    assert.deepEqual([...sizes], [0, 6]);
    const { lists, error, staleSince } = informer.status();
    assert.deepEqual([lists, error, staleSince], [2, undefined, undefined]);
    await informers.stop();
  });
}

const inPages = { streaming: false, firstPage: 2, largestPage: 2 };

test("reads a list that has a second page in one answer of Protobuf, as of one version", async () => {
  let lists = 0;
  const messages = (list: ObjectList): Buffer[] => {
    lists++;
    return pieces(list);
  };
  const { informers, model, server, advance } = setUp("abcdef", [], { timings: inPages }, listText, messages);
  const informer = informers.informer(scope);
  const listener = view();
  informer.listen(listener.take);
  await advance(100);
  assert.deepEqual(byKey(informer.store.values()), byKey(model.objects.values()));
  assert.deepEqual(informer.status(), { synced: true, resourceVersion: String(model.version), lists: 1, watches: 1 });
  model.put("a");
  model.delete("b");
  server.flush();
  await advance(100);
  assert.deepEqual(byKey(listener.objects.values()), byKey(model.objects.values()));
  assert.equal(lists, 1);
  await informers.stop();
});

test("strips what comes in Protobuf as it strips what comes in JSON, and files it", async () => {
  const withoutData = ({ data: _data, ...object }: KrmObject): KrmObject => object as KrmObject;
  for (const strip of [keepPaths("metadata.labels.odd"), dropManagedFields, keepFieldsOf("fairlead"), withoutData]) {
    const stores = [undefined, pieces].map(async (messages) => {
      const { informers, advance } = setUp("abcdef", [], { timings: inPages }, listText, messages);
      const indexes = { odd: ({ metadata }: KrmObject) => [metadata.labels!["odd"]!] };
      const { store } = informers.informer(scope, { strip, indexes });
      await advance(100);
      const objects = [...store.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
      const odd = names(store.by("odd", "1"));
      await informers.stop();
      return { objects, odd };
    });
    const [json, protobuf] = await Promise.all(stores);
    assert.deepEqual(protobuf, json);
    assert.deepEqual([json!.objects.length, json!.odd.length], [6, 3]);
  }
});

test("reads in JSON a list of one page", async () => {
  const messages = (): Buffer[] => assert.fail("it was asked for in Protobuf");
  const { informers, model, advance } = setUp("ab", [], { timings: inPages }, listText, messages);
  const informer = informers.informer(scope);
  await advance(100);
  assert.deepEqual(byKey(informer.store.values()), byKey(model.objects.values()));
  await informers.stop();
});

/** A field that no ConfigMap has, in the last object or after it. */
const newer = (bytes: Buffer): Buffer => {
  const at = bytes.lastIndexOf("written at");
  // The entry of `data` becomes one of a map with another number.
  const spoilt = Buffer.from(bytes);
  spoilt[spoilt.lastIndexOf(Buffer.from([0x0a, 5, ...Buffer.from("value")]), at) - 2] = 15 * 8 + 2;
  return spoilt;
};

for (const [what, spoil, lists] of [
  ["an object has a field that this release does not know", newer, 2],
  ["it is cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 50), 2],
  ["it is JSON all the same", () => Buffer.from("{}"), 1],
] as const) {
  test(`reads a list in pages of JSON, without delay, where ${what}`, async () => {
    let asked = 0;
    const messages = (list: ObjectList): Buffer[] => {
      asked++;
      return inThree(spoil(configMapList(list)));
    };
    const { informers, model, advance } = setUp("abcdef", [], { timings: inPages }, listText, messages);
    const informer = informers.informer(scope);
    const errors: unknown[] = [];
    informer.onStatus(({ error }) => errors.push(error));
    await advance(100);
    assert.deepEqual(byKey(informer.store.values()), byKey(model.objects.values()));
    assert.deepEqual([informer.status().synced, informer.status().lists, asked], [true, lists, 1]);
    assert.ok(errors.every((error) => error === undefined));
    await informers.stop();
  });
}

test("reads pages where an answer with everything breaks off again and again", async () => {
  let asked = 0;
  const messages = (): Buffer[] => {
    asked++;
    throw new KubeError("connection", "reset");
  };
  const { informers, model, advance } = setUp("abcdef", [], { timings: inPages }, listText, messages);
  const informer = informers.informer(scope);
  await advance(10_000);
  assert.deepEqual(byKey(informer.store.values()), byKey(model.objects.values()));
  assert.equal(asked, 2);
  await informers.stop();
});
