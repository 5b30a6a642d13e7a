/** Lists that are put together while they are sent. */
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { createCluster, type Cluster } from "../src/cluster/create-cluster.ts";

interface Answer {
  readonly length: number | undefined;
  readonly encoding: string | undefined;
  readonly body: Buffer;
}

async function list(cluster: Cluster, query: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const session = connect(cluster.url, { ca: cluster.certificate });
  try {
    const path = `/api/v1/namespaces/default/configmaps${query}`;
    const stream = session.request({ ":path": path, authorization: `Bearer ${cluster.token}`, ...headers });
    let [length, encoding]: [number | undefined, string | undefined] = [undefined, undefined];
    stream.on("response", (head) => {
      length = head["content-length"] === undefined ? undefined : Number(head["content-length"]);
      encoding = head["content-encoding"];
    });
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return { length, encoding, body: Buffer.concat(parts) };
  } finally {
    session.close();
  }
}

test("a list is the same however it is sent: as it is, compressed, in lines, in pages", async (t) => {
  const cluster = await createCluster({ controllers: false, seed: 1 });
  t.after(() => cluster.stop());
  const count = 300;
  for (let i = 0; i < count; i++) {
    const metadata = { namespace: "default", name: `map-${i}`, labels: { third: String(i % 3) } };
    await cluster.api.create("configmaps", { metadata, data: { text: `${"ü".repeat(500)}${"x".repeat(1_000)} ${i}` } });
  }
  const plain = await list(cluster, "");
  assert.equal(plain.length, plain.body.length);
  assert.equal(plain.body.at(-1), 0x0a);
  const whole = JSON.parse(plain.body.toString()) as { items: { metadata: { name: string } }[] };
  assert.equal(whole.items.length, count);
  const zipped = await list(cluster, "", { "accept-encoding": "gzip" });
  assert.equal(zipped.encoding, "gzip");
  assert.deepEqual(gunzipSync(zipped.body), plain.body);
  const pretty = await list(cluster, "?pretty=true");
  assert.ok(pretty.body.includes("\n  "), "it is in lines");
  assert.deepEqual(JSON.parse(pretty.body.toString()), whole);
  const first = JSON.parse((await list(cluster, "?limit=120")).body.toString()) as {
    metadata: { continue: string; remainingItemCount: number };
    items: unknown[];
  };
  assert.equal(first.metadata.remainingItemCount, count - 120);
  const next = `?limit=120&continue=${encodeURIComponent(first.metadata.continue)}`;
  const second = JSON.parse((await list(cluster, next)).body.toString()) as typeof first;
  assert.equal(second.metadata.remainingItemCount, count - 240);
  assert.deepEqual([...first.items, ...second.items], whole.items.slice(0, 240));
  const third = JSON.parse((await list(cluster, "?labelSelector=third%3D1")).body.toString()) as typeof whole;
  assert.equal(third.items.length, count / 3);
});
