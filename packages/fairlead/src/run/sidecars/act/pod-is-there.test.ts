import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "@fairlead/kube";
import { fakeClient } from "../../../../../kube/test/fake-client.ts";
import { podIsThere } from "./pod-is-there.ts";

const pod = (name: string, uid: string, more: object = {}): KrmObject =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "shop", uid, ...more } }) as unknown as KrmObject;

async function isThere(name: string, uid: string, objects: readonly KrmObject[]): Promise<boolean> {
  const client = fakeClient({ anyNamespace: true });
  const asked: unknown[] = [];
  const answering = {
    discovery: client.discovery,
    list(_resource: unknown, options: object) {
      asked.push(options);
      return Promise.resolve({ items: objects, metadata: {} });
    },
  } as never;
  const { signal } = new AbortController();
  const found = await podIsThere({ namespace: "shop", name, uid }, { client: answering, signal, timeoutMs: 1_000 });
  assert.deepEqual(asked, [{ namespace: "shop", fieldSelector: `metadata.name=${name}`, signal, deadlineMs: 1_000 }]);
  return found;
}

test("a pod is there that stays, and no other one of its name", async () => {
  assert.equal(await isThere("web-1", "u1", [pod("web-1", "u1")]), true);
  assert.equal(await isThere("web-1", "u1", [pod("web-1", "u2")]), false);
  assert.equal(await isThere("web-1", "u1", []), false);
  assert.equal(
    await isThere("web-1", "u1", [pod("web-1", "u1", { deletionTimestamp: "2026-01-01T00:00:00Z" })]),
    false,
  );
});

test("that nobody can tell is no answer", async () => {
  const client = fakeClient({ before: () => assert.fail("it is listed, and not read") });
  const list = (): Promise<never> => Promise.reject(new KubeError("connection", "it broke"));
  const options = { client: { discovery: client.discovery, list }, signal: new AbortController().signal, timeoutMs: 1 };
  await assert.rejects(podIsThere({ namespace: "shop", name: "a", uid: "u" }, options), /it broke/);
});
