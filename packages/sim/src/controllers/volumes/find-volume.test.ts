import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { Api } from "../controller.ts";
import { findVolume, mismatch } from "./find-volume.ts";

const claim = (spec: JsonObject = {}): JsonObject => ({
  metadata: { name: "data", namespace: "x", uid: "claim" },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName: "", resources: { requests: { storage: "1Gi" } }, ...spec },
});

const volume = (name: string, spec: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, ...spec },
  status: { phase: "Available" },
  ...more,
});

function found(volumes: readonly JsonObject[], own: JsonObject = claim()): unknown {
  const api = { list: () => volumes } as unknown as Api;
  return get(findVolume(own, api)?.["metadata"], "name");
}

test("takes the smallest volume that is large enough", () => {
  const sizes = ["4Gi", "1Gi", "2Gi", "512Mi"];
  const volumes = sizes.map((storage) => volume(storage, { capacity: { storage } }));
  assert.equal(found(volumes), "1Gi");
  assert.equal(found(volumes, claim({ resources: { requests: { storage: "1025Mi" } } })), "2Gi");
});

test("takes the volume that is reserved for the claim before any other", () => {
  const reserved = (uid?: string): JsonObject => ({
    claimRef: { name: "data", namespace: "x", ...(uid === undefined ? {} : { uid }) },
    capacity: { storage: "9Gi" },
  });
  assert.equal(found([volume("free"), volume("own", reserved())]), "own");
  assert.equal(found([volume("free"), volume("own", reserved("claim"))]), "own");
  assert.equal(found([volume("free"), volume("other", reserved("earlier"))]), "free");
});

test("takes no volume that is being deleted or not available yet", () => {
  const going = volume("going", {}, { metadata: { name: "going", deletionTimestamp: "2026-01-01T00:00:00Z" } });
  assert.equal(found([going, volume("released", {}, { status: { phase: "Released" } })]), undefined);
});

test("says why a volume does not satisfy a claim", () => {
  assert.equal(mismatch(volume("a", { capacity: { storage: "1Mi" } }), claim(), true), "requested PV is too small");
  assert.equal(mismatch(volume("a", { storageClassName: "x" }), claim(), true), "storageClassName does not match");
  assert.equal(mismatch(volume("a", { volumeMode: "Block" }), claim(), true), "incompatible volumeMode");
  assert.equal(mismatch(volume("a", { accessModes: ["ReadWriteMany"] }), claim(), true), "incompatible accessMode");
  const choosy = claim({ selector: { matchLabels: { tier: "fast" } } });
  assert.equal(mismatch(volume("a"), choosy, true), undefined);
  assert.equal(mismatch(volume("a"), choosy, false), "labels do not match");
});
