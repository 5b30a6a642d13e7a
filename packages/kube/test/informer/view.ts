import assert from "node:assert/strict";
import type { KrmObject } from "@fairlead/krm";
import type { Change } from "../../src/informer/informer.ts";
import { storeKey } from "../../src/informer/store.ts";
import type { ObjectKey } from "../../src/resource.ts";

/** What a listener makes of the changes, which it checks: each must go on from where the last one left. */
export interface View {
  readonly objects: ReadonlyMap<string, KrmObject>;
  readonly take: (change: Change) => void;
}

export function view(): View {
  const objects = new Map<string, KrmObject>();
  const keyOf = (object: KrmObject): string => storeKey(object.metadata as ObjectKey);
  return {
    objects,
    take(change) {
      if (change.kind === "added") {
        const { object } = change;
        assert.ok(!objects.has(keyOf(object)), `${keyOf(object)} was added twice`);
        objects.set(keyOf(object), object);
        return;
      }
      const { previous } = change;
      assert.deepEqual(previous, objects.get(keyOf(previous)), "the change goes on from another version");
      if (change.kind === "deleted") {
        objects.delete(keyOf(previous));
        return;
      }
      const { object } = change;
      assert.equal(keyOf(object), keyOf(previous));
      assert.equal(object.metadata["uid"], previous.metadata["uid"], "another object of the same name");
      const versions = [previous, object].map(({ metadata }) => Number(metadata["resourceVersion"]));
      assert.ok(versions[0]! < versions[1]!, `went back in time, from ${versions[0]} to ${versions[1]}`);
      objects.set(keyOf(object), object);
    },
  };
}

/** As a fresh list would be. */
export function byKey(objects: Iterable<KrmObject>): Map<string, KrmObject> {
  const sorted = [...objects].map((object) => [storeKey(object.metadata as ObjectKey), object] as const);
  return new Map(sorted.sort(([a], [b]) => (a < b ? -1 : 1)));
}
