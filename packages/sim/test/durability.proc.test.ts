import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { isKubeError, type Client } from "@fairlead/kube";
import { runs } from "../../../scripts/runs.ts";
import { seededRandom } from "../src/cluster/random.ts";
import { startChild, type ChildCluster } from "./durability/child-cluster.ts";
import { configMaps, held, newLedger, write, type Ledger } from "./durability/ledger.ts";

/** What somebody who watches has seen. */
interface Sight {
  version: string;
  readonly objects: Map<string, string | undefined>;
}

async function list(client: Client, sight: Sight): Promise<void> {
  const { items, resourceVersion } = await client.list(configMaps, { namespace: "default" });
  sight.version = resourceVersion;
  sight.objects.clear();
  for (const one of items) sight.objects.set(one.metadata.name!, held(one));
}

/** Goes on from what was seen last, or lists where that is too old; ends with the connection or the signal. */
async function follow(
  client: Client,
  sight: Sight,
  signal: AbortSignal,
  stats: { resumed: number; gone: number },
): Promise<void> {
  for (;;) {
    try {
      const events = client.watch(configMaps, {
        namespace: "default",
        resourceVersion: sight.version,
        signal,
        onOpen: () => stats.resumed++,
      });
      for await (const event of events) {
        if (event.type === "BOOKMARK") {
          sight.version = event.resourceVersion;
          continue;
        }
        const { name, resourceVersion } = event.object.metadata as { name: string; resourceVersion: string };
        assert.ok(Number(resourceVersion) > Number(sight.version), `${resourceVersion} after ${sight.version}`);
        sight.version = resourceVersion;
        if (event.type === "DELETED") sight.objects.delete(name);
        else sight.objects.set(name, held(event.object));
      }
      return;
    } catch (error) {
      if (!isKubeError(error, "gone")) return;
      stats.gone++;
      await list(client, sight);
    }
  }
}

/** Nothing that was acknowledged is missing, and nothing is there that was never written. */
async function check(client: Client, ledger: Ledger): Promise<Map<string, string | undefined>> {
  const { items, resourceVersion } = await client.list(configMaps, { namespace: "default" });
  assert.ok(Number(resourceVersion) >= ledger.revision, `${resourceVersion} after ${ledger.revision} was acknowledged`);
  const found = new Map(items.map((one) => [one.metadata.name!, held(one)]));
  for (const [name, possible] of ledger.possible) {
    assert.ok(possible.includes(found.get(name)), `${name}: ${found.get(name)?.slice(0, 20)} of ${possible.length}`);
    // From now on it is known.
    ledger.possible.set(name, [found.get(name)]);
  }
  for (const name of found.keys()) assert.ok(ledger.possible.has(name) || name === "kube-root-ca.crt", name);
  return found;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("has every acknowledged write after kill -9, and lets watches go on", { timeout: 1_200_000 }, async (t) => {
  const { numRuns, seed = Math.floor(Math.random() * 2 ** 32) } = runs(5);
  const random = seededRandom(seed);
  const dataDir = mkdtempSync(path.join(tmpdir(), "fairlead-durability-"));
  const ledger = newLedger();
  const sight: Sight = { version: "", objects: new Map() };
  const stats = { resumed: 0, gone: 0 };
  let cluster: ChildCluster = await startChild(dataDir);
  try {
    const { url, token, certificate } = cluster;
    for (let kill = 0; kill < numRuns; kill++) {
      const client = cluster.client();
      if (kill === 0) await list(client, sight);
      const watching = follow(client, sight, new AbortController().signal, stats);
      const last = ledger.acknowledged + 1 + Math.floor(random() * 300);
      let killed: Promise<void> | undefined;
      await write(client, ledger, random, (acknowledged) => {
        if (acknowledged >= last) killed ??= cluster.kill();
      });
      await killed;
      await watching;
      await client.close();
      cluster = await startChild(dataDir);
      assert.deepEqual([cluster.url, cluster.token, cluster.certificate], [url, token, certificate]);
      const again = cluster.client();
      const found = await check(again, ledger);
      const stop = new AbortController();
      const following = follow(again, sight, stop.signal, stats);
      const same = (): boolean =>
        [...found].every(([name, text]) => sight.objects.get(name) === text) && sight.objects.size === found.size;
      await until("the watch to have seen all", same);
      stop.abort();
      await following;
      await again.close();
    }
  } finally {
    await cluster.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
  t.diagnostic(
    `seed ${seed}: ${ledger.acknowledged} writes; watches began ${stats.resumed} times, ${stats.gone} had to list again`,
  );
  assert.ok(ledger.acknowledged > numRuns);
});

test("refuses writes when the disk is full, loses none before, and goes on when there is room", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "fairlead-durability-"));
  const ledger = newLedger();
  // A file that may not grow is to the store what a disk is that is full.
  let cluster = await startChild(dataDir, 1_000);
  try {
    const refusals: string[] = [];
    let client = cluster.client();
    await write(
      client,
      ledger,
      seededRandom(7),
      () => {},
      (error) => {
        assert.ok(isKubeError(error) && error.httpStatus === 500, String(error));
        refusals.push(error.message);
        return true;
      },
    );
    assert.ok(ledger.acknowledged > 50, String(ledger.acknowledged));
    for (const text of refusals) assert.match(text, /cannot write to log-\d+: EFBIG/);
    // It still answers for what it has.
    await check(client, ledger);
    await client.close();
    await cluster.kill();
    cluster = await startChild(dataDir);
    client = cluster.client();
    await check(client, ledger);
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "after", namespace: "default" } };
    assert.equal((await client.create(configMaps, object)).metadata.name, "after");
    await client.close();
  } finally {
    await cluster.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
