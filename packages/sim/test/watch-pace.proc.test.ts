/** Watches whose clients take their time: over the wire, as they meet flow control. */
import assert from "node:assert/strict";
import { connect, type ClientHttp2Stream } from "node:http2";
import { test, type TestContext } from "node:test";
import { createCluster, type Cluster } from "../src/cluster/create-cluster.ts";

async function started(t: TestContext): Promise<Cluster> {
  const cluster = await createCluster({ controllers: false, seed: 1 });
  t.after(() => cluster.stop());
  return cluster;
}

function watch(t: TestContext, cluster: Cluster): ClientHttp2Stream {
  const session = connect(cluster.url, { ca: cluster.certificate });
  t.after(() => session.destroy());
  const path = "/api/v1/namespaces/default/configmaps?watch=true";
  return session.request({ ":path": path, authorization: `Bearer ${cluster.token}` });
}

interface Frame {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string }; readonly data?: { readonly count?: string } };
}

/** All frames up to the one that `isLast` knows, or to the end of the watch. */
async function framesOf(stream: ClientHttp2Stream, isLast: (frame: Frame) => boolean): Promise<Frame[]> {
  const frames: Frame[] = [];
  let rest = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop()!;
    const came = lines.map((line) => JSON.parse(line) as Frame);
    frames.push(...came);
    // Each is looked at, also after the last.
    if (came.filter(isLast).length > 0) break;
  }
  return frames;
}

function add(cluster: Cluster, name: string): void {
  const metadata = { namespace: "default", name };
  cluster.core.store.put("configmaps", `default/${name}`, 0, (revision) => ({
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { ...metadata, resourceVersion: String(revision) },
    data: { text: "x".repeat(2_000) },
  }));
}

test("what is there when a watch begins comes whole and in order to a client that takes its time", async (t) => {
  const cluster = await started(t);
  const names = Array.from({ length: 3_000 }, (_, i) => `map-${String(i).padStart(5, "0")}`);
  for (const name of names) add(cluster, name);
  const stream = watch(t, cluster);
  await new Promise((resolve) => stream.once("response", resolve));
  // The client has taken nothing yet: this waits behind six megabytes.
  add(cluster, "zz-last");
  const frames = await framesOf(stream, ({ object }) => object.metadata.name === "zz-last");
  assert.deepEqual(
    frames.map(({ object }) => object.metadata.name),
    [...names, "zz-last"],
  );
  assert.ok(frames.every(({ type }) => type === "ADDED"));
});

test("a client that falls far behind is sent away, and the others see everything", async (t) => {
  const cluster = await started(t);
  add(cluster, "counter");
  const [slow, quick] = [watch(t, cluster), watch(t, cluster)];
  await Promise.all([slow, quick].map((one) => new Promise((resolve) => one.once("response", resolve))));
  const count = 3_000;
  const isLast = ({ object }: Frame): boolean => object.data?.count === String(count);
  let latest = 0;
  const seen = framesOf(quick, (frame) => {
    latest = Math.max(latest, Number(frame.object.data?.count ?? 0));
    return isLast(frame);
  });
  for (let i = 1; i <= count; i++) {
    await cluster.api.patch("configmaps", { namespace: "default", name: "counter" }, { data: { count: String(i) } });
    // The quick one is given its turns.
    while (latest < i - 100) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await seen).length, count + 1);
  const got = await framesOf(slow, isLast);
  assert.ok(got.length < count, `the slow one got ${got.length} of ${count} and an end`);
  const counts = got.slice(1).map(({ object }) => Number(object.data?.count));
  assert.deepEqual(
    counts,
    counts.map((_, i) => i + 1),
    "without a gap",
  );
});
