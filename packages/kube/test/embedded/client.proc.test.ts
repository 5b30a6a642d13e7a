/** The client's verbs against an embedded cluster, in good and in bad weather. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "@fairlead/sim";
import { isKubeError, type KubeErrorCode } from "../../src/errors.ts";
import { configMap, configMaps, deployment, deployments, startEmbedded } from "./embedded.ts";

async function refusal(work: Promise<unknown>, code: KubeErrorCode): Promise<void> {
  await assert.rejects(work, (error) => isKubeError(error, code));
}

const key = { namespace: "default", name: "a" };
const tooMany = new ApiError(429, "TooManyRequests", "slow down", { retryAfterSeconds: 1 });

test("creates, reads, patches in four ways, updates and deletes", async (t) => {
  const { client } = await startEmbedded(t);
  const created = await client.create(configMaps, configMap("a", { one: "1" }));
  assert.deepEqual(await client.get(configMaps, key), created);
  await refusal(client.create(configMaps, configMap("a")), "already-exists");
  await client.patch(configMaps, key, { data: { two: "2" } }, { type: "merge" });
  await client.patch(configMaps, key, { data: { three: "3" } }, { type: "strategic" });
  await client.patch(configMaps, key, [{ op: "add", path: "/data/four", value: "4" }], { type: "json" });
  const applied = await client.apply(configMaps, configMap("a", { five: "5" }), { fieldManager: "x" });
  assert.deepEqual(applied["data"], { one: "1", two: "2", three: "3", four: "4", five: "5" });
  await refusal(client.apply(configMaps, configMap("a", { five: "6" }), { fieldManager: "y" }), "conflict");
  await client.apply(configMaps, configMap("a", { five: "6" }), { fieldManager: "y", force: true });
  await refusal(client.update(configMaps, created), "conflict");
  const fresh = await client.get(configMaps, key);
  const { resourceVersion } = (await client.update(configMaps, { ...fresh, data: { only: "1" } })).metadata;
  const stale = { resourceVersion: String(created.metadata["resourceVersion"]) };
  await refusal(client.delete(configMaps, key, { preconditions: stale }), "conflict");
  await client.delete(configMaps, key, { preconditions: { resourceVersion: String(resourceVersion) } });
  assert.equal(await client.find(configMaps, key), undefined);
  await refusal(client.get(configMaps, key), "not-found");
});

test("reads pages as of one moment, and scales by the subresource", async (t) => {
  const { client } = await startEmbedded(t);
  for (let i = 0; i < 7; i++) await client.create(configMaps, configMap(`page-${i}`));
  const names: string[] = [];
  for await (const page of client.pages(configMaps, { namespace: "default", limit: 3 })) {
    if (names.length === 0) await client.create(configMaps, configMap("page-late"));
    names.push(...page.items.map(({ metadata }) => metadata.name!));
  }
  const own = names.filter((name) => name.startsWith("page-"));
  assert.deepEqual(
    own,
    [0, 1, 2, 3, 4, 5, 6].map((i) => `page-${i}`),
  );
  await client.create(deployments, deployment("a", 1));
  await client.patch(deployments, key, { spec: { replicas: 3 } }, { type: "merge", subresource: "scale" });
  assert.equal(((await client.get(deployments, key))["spec"] as { replicas: number }).replicas, 3);
  await client.deleteCollection(configMaps, { namespace: "default" });
  const left = await client.list(configMaps, { namespace: "default" });
  assert.deepEqual(
    left.items.filter(({ metadata }) => metadata.name!.startsWith("page-")),
    [],
  );
});

test("waits and repeats what was refused with Retry-After", async (t) => {
  const { client, calm, weather } = await startEmbedded(t);
  let refusals = 1;
  weather(() => (refusals-- > 0 ? { outcome: { kind: "error", error: tooMany } } : undefined));
  await client.create(configMaps, configMap("a"));
  assert.equal(refusals, -1);
  assert.equal((await calm.get(configMaps, key)).metadata.name, "a");
});

test("repeats reads whose connection breaks, and never a write that may have arrived", async (t) => {
  const { client, calm, weather } = await startEmbedded(t);
  await calm.create(configMaps, configMap("a", { n: "0" }));
  for (const kind of ["drop", "lose"] as const) {
    let asked = 0;
    weather(() => (asked++ < 1 ? { outcome: { kind } } : undefined));
    assert.equal((await client.get(configMaps, key)).metadata.name, "a");
    assert.equal(asked, 2);
  }
  let writes = 0;
  weather(() => (writes++, { outcome: { kind: "lose" } }));
  await refusal(client.patch(configMaps, key, { data: { n: "1" } }, { type: "merge" }), "connection");
  assert.equal(writes, 1);
  // It did arrive.
  assert.deepEqual((await calm.get(configMaps, key))["data"], { n: "1" });
});

test("ends a call at its deadline, however slow the server is", async (t) => {
  const { client, weather } = await startEmbedded(t);
  weather(() => ({ delayMs: 3_000 }));
  await refusal(client.get(configMaps, key, { deadlineMs: 50 }), "deadline");
});

test("says what is gone, and ends watches that are cut", async (t) => {
  const { client, calm, weather } = await startEmbedded(t);
  await calm.create(configMaps, configMap("a"));
  const gone = new ApiError(410, "Expired", "too old resource version: 1 (5)");
  weather(({ isWatch }) => (isWatch ? { outcome: { kind: "error", error: gone } } : undefined));
  const first = client.watch(configMaps)[Symbol.asyncIterator]();
  await refusal(first.next(), "gone");
  weather(() => ({ outcome: { kind: "reset", afterFrames: 1 } }));
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of client.watch(configMaps, { namespace: "default" })) {
      seen.push(event.type);
      await calm.patch(configMaps, key, { data: { n: String(seen.length) } }, { type: "merge" });
    }
  })();
  await refusal(reading, "connection");
  assert.deepEqual(seen, ["ADDED"]);
});
