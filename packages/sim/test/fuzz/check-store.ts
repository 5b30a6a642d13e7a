import assert from "node:assert/strict";
import { get, parseJson, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Store } from "../../src/store/store.ts";

/** All that is stored, as text by collection and key. */
export function contentsOf(store: Store): Map<string, string> {
  const contents = new Map<string, string>();
  for (const collection of [...store.collections()].sort()) {
    for (const { key, bytes } of store.range(collection))
      contents.set(`${collection} ${key}`, Buffer.from(bytes).toString());
  }
  return contents;
}

/** Every object parses, lies where its metadata says, has the version that wrote it, and lists find what reads find. */
export function checkStore(store: Store): void {
  for (const collection of store.collections()) {
    let count = 0;
    for (const stored of store.range(collection)) {
      count++;
      const where = `${collection} ${stored.key}`;
      const text = Buffer.from(stored.bytes).toString("utf8");
      const object = parseJson(text) as JsonObject;
      assert.deepEqual(object, stored.object, where);
      const metadata = object["metadata"];
      assert.ok(textOf(object["kind"]) !== "" && textOf(object["apiVersion"]) !== "", where);
      const [namespace, name] = [get(metadata, "namespace"), get(metadata, "name")];
      assert.equal(typeof name, "string", where);
      assert.equal(stored.key, namespace === undefined ? name : `${String(namespace)}/${String(name)}`, where);
      assert.equal(get(metadata, "resourceVersion"), String(stored.revision), where);
      assert.ok(stored.revision <= store.revision, where);
      assert.match(String(get(metadata, "uid")), /^[0-9a-f-]{36}$/, where);
      assert.equal(store.get(collection, stored.key)?.revision, stored.revision, where);
    }
    assert.equal(store.count(collection), count, collection);
  }
}
