import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClaimDecision, planClaim } from "./claim.ts";
import { scaled, withoutEmpty } from "./counts.ts";
import type { Kinded, Meta } from "./objects.ts";

const object = (kind: string, meta: Partial<Meta>): Kinded => ({
  apiVersion: "v1",
  kind,
  metadata: {
    name: kind.toLowerCase(),
    namespace: "default",
    uid: kind,
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    ...meta,
  },
});

const deletionTimestamp = "2026-01-01T00:00:00Z";
const controlledBy = (uid: string): Partial<Meta> => ({
  ownerReferences: [{ apiVersion: "v1", kind: "Owner", name: "owner", uid, controller: true }],
});

test("takes orphans in that match, keeps its own, and lets go of those that match no longer", () => {
  const owner = object("Owner", {});
  const deleted = object("Owner", { deletionTimestamp });
  const cases: readonly (readonly [
    why: string,
    owner: Kinded,
    meta: Partial<Meta>,
    matches: boolean,
    ClaimDecision,
  ])[] = [
    ["own", owner, controlledBy("Owner"), true, "keep"],
    ["own, no longer matching", owner, controlledBy("Owner"), false, "release"],
    ["own of a deleted owner", deleted, controlledBy("Owner"), false, "ignore"],
    ["another's", owner, controlledBy("Other"), true, "ignore"],
    ["an orphan", owner, {}, true, "adopt"],
    [
      "an orphan that is owned, not controlled",
      owner,
      { ownerReferences: [{ apiVersion: "v1", kind: "A", name: "a", uid: "a" }] },
      true,
      "adopt",
    ],
    ["an orphan that does not match", owner, {}, false, "ignore"],
    ["an orphan being deleted", owner, { deletionTimestamp }, true, "ignore"],
    ["an orphan for a deleted owner", deleted, {}, true, "ignore"],
    ["an orphan elsewhere", owner, { namespace: "other" }, true, "ignore"],
  ];
  for (const [why, by, meta, matches, expected] of cases) {
    assert.equal(
      planClaim(by, object("Pod", meta), () => matches),
      expected,
      why,
    );
  }
});

test("leaves out what Go leaves out, unless it is to be kept", () => {
  const status = { replicas: 0, ready: 0, message: "", list: [], nothing: undefined, count: 2 };
  assert.deepEqual(withoutEmpty(status, ["replicas"]), { replicas: 0, count: 2 });
});

test("takes numbers as they are and percentages of a total, rounded as asked", () => {
  assert.deepEqual([scaled(3, 10, true), scaled("25%", 10, true), scaled("25%", 10, false)], [3, 3, 2]);
  assert.deepEqual([scaled("0%", 10, true), scaled("200%", 3, false), scaled("some", 10, true)], [0, 6, undefined]);
});
