/**
 * Informers behind a proxy that breaks connections, requests and watches, each by a schedule of its own, while another
 * client writes to the real API server: the cache ends equal to a fresh list, whatever happened.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import type { KrmObject } from "@fairlead/krm";
import {
  accessOf,
  createClient,
  createInformers,
  systemClock,
  type Client,
  type InformerStatus,
  type ReflectorTimings,
  type Resource,
} from "@fairlead/kube";
import { faultSchedules } from "../../packages/kube/test/fault-proxy/arbitraries.ts";
import { startFaultProxy, type FaultProxy } from "../../packages/kube/test/fault-proxy/fault-proxy.ts";
import type { FaultSchedule } from "../../packages/kube/test/fault-proxy/schedule.ts";
import { mapBounded } from "../../scripts/real/bounded.ts";
import { startPlane, type Plane } from "../../scripts/real/plane.ts";
import { until } from "../../scripts/real/until.ts";
import { runs } from "../../scripts/runs.ts";

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

/** How long the other client writes while things go wrong. */
const writingMs = 1200;
/** Within this time after the last fault the cache must be right. */
const settlingMs = 10_000;

/** What takes seconds or minutes in a cluster takes tenths of seconds here. */
const timings: Partial<ReflectorTimings> = {
  firstPage: 7,
  pageMs: 1000,
  streamQuietMs: 400,
  timeoutSeconds: 1,
  timeoutSpreadSeconds: 1,
  idleMarginMs: 500,
  healthyMs: 300,
  shortWatchMs: 20,
  floorMs: 5,
  backoff: { baseMs: 10, maxMs: 150 },
  longestRetryAfterMs: 300,
};

let plane: Plane;
let writer: Client;

before(async () => {
  plane = await startPlane();
  writer = createClient(accessOf({ server: plane.url, token: plane.token, ca: plane.certificate }));
});
after(async () => {
  await writer.close();
  await plane.stop();
});

/** Creates, changes and deletes a dozen objects, in an order that depends on the number only. */
async function write(namespace: string, seed: number, untilMs: number): Promise<number> {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const present = new Set<string>();
  let writes = 0;
  while (performance.now() < untilMs) {
    const name = `object-${next(12)}`;
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { n: String(writes) } };
    if (!present.has(name)) {
      await writer.create(configMaps, object);
      present.add(name);
    } else if (next(3) === 0) {
      await writer.delete(configMaps, { namespace, name });
      present.delete(name);
    } else {
      await writer.patch(configMaps, { namespace, name }, { data: { n: String(writes) } }, { type: "merge" });
    }
    writes++;
    await sleep(next(20));
  }
  return writes;
}

/** Names and versions, which tell whether two views are the same. */
function view(objects: Iterable<KrmObject>): Record<string, unknown> {
  return Object.fromEntries(
    [...objects].map(({ metadata }) => [metadata.name, metadata["resourceVersion"]] as const).sort(),
  );
}

interface Outcome {
  readonly faults: number;
  readonly writes: number;
  readonly status: InformerStatus;
  /** Lists that were asked for as a stream, and those of them that came to their end. */
  readonly streams: { begun: number; ended: number };
}

/** Notes the lists that come as a stream. */
function countStreams(client: Client, streams: Outcome["streams"]): Client {
  return {
    ...client,
    async *watch(resource, options) {
      if (options?.sendInitialEvents === true) streams.begun++;
      for await (const event of client.watch(resource, options)) {
        if (event.type === "BOOKMARK" && event.initialEventsEnd) streams.ended++;
        yield event;
      }
    },
  } as Client;
}

async function play(index: number, schedule: FaultSchedule): Promise<Outcome> {
  const namespace = `faults-${index}`;
  await writer.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const proxy = await startFaultProxy({ url: new URL(plane.url), ca: plane.certificate }, schedule);
  const access = accessOf({ server: proxy.url, token: plane.token, ca: proxy.ca });
  // HTTP/1.1 has no PING: the end of a watch's time has to tell.
  const protocol = index % 4 === 3 ? "http/1.1" : "auto";
  const client = createClient(access, { connectTimeoutMs: 400, pingAfterMs: 150, pingTimeoutMs: 150, protocol });
  // Half of the lists come as a stream, with either protocol.
  const streaming = index % 8 >= 4;
  const streams = { begun: 0, ended: 0 };
  const informers = createInformers(countStreams(client, streams), {
    clock: systemClock,
    timings: { ...timings, streaming },
  });
  try {
    const informer = informers.informer({ resource: configMaps, namespace });
    const mirror = new Map<string, KrmObject>();
    informer.listen((change) => {
      if (change.kind === "deleted") mirror.delete(change.previous.metadata.name!);
      else mirror.set(change.object.metadata.name!, change.object);
    });
    const writes = await write(namespace, index + 1, performance.now() + writingMs);
    proxy.calm();
    const fresh = view((await writer.list(configMaps, { namespace })).items);
    const deadline = performance.now() + settlingMs;
    const isSettled = (): boolean =>
      informer.status().synced && JSON.stringify(view(informer.store.values())) === JSON.stringify(fresh);
    while (!isSettled() && performance.now() < deadline) await sleep(10);
    const context = (): string => describe(proxy, schedule, informer.status());
    assert.deepEqual(view(informer.store.values()), fresh, context());
    assert.ok(informer.status().synced, context());
    // What listeners were told adds up to the same.
    assert.deepEqual(view(mirror.values()), fresh, context());
    return { faults: proxy.done.length, writes, status: informer.status(), streams };
  } finally {
    await informers.stop();
    await client.close();
    await proxy.close();
    await writer.delete(namespaces, { name: namespace });
  }
}

function describe(proxy: FaultProxy, schedule: FaultSchedule, status: InformerStatus): string {
  const error = status.error === undefined ? "" : `\nlast error ${status.error.code}: ${status.error.message}`;
  return `schedule ${JSON.stringify(schedule)}\ndone ${JSON.stringify(proxy.done)}${error}`;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes in use after what is garbage is gone, and handles that keep the process alive. */
async function footprint(): Promise<{ bytes: number; sockets: number }> {
  for (let round = 0; round < 3; round++) {
    await sleep(20);
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
  return { bytes: heapUsed + external, sockets };
}

test("a cache ends equal to a fresh list, whatever the network did, and leaves nothing behind", async (t) => {
  const parameters = runs(40);
  const usual = parameters.numRuns;
  const schedules = fc.sample(faultSchedules, { ...parameters, numRuns: 2 * usual });
  // What is made once is made before.
  const warmUp = 4;
  await mapBounded(schedules.slice(0, warmUp), 4, (schedule, index) => play(index, schedule));
  const base = await footprint();
  const outcomes: Outcome[] = [];
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, one) => total + of(one), 0);
  const refusesStreams = plane.kubernetes.startsWith("1.30.");
  const hasStreams = (): boolean => refusesStreams || sum((one) => one.streams.ended) > outcomes.length / 4;
  // A busy machine ends fewer streams before they are given up: then it takes more schedules to see enough of them.
  for (let at = warmUp; at < schedules.length && (at < usual || !hasStreams()); at = warmUp + outcomes.length) {
    const batch = schedules.slice(at, at < usual ? usual : at + 8);
    outcomes.push(...(await mapBounded(batch, 4, (schedule, index) => play(at + index, schedule))));
  }
  const end = await footprint();
  t.diagnostic(
    `${outcomes.length} schedules, ${sum((one) => one.faults)} faults, ${sum((one) => one.writes)} writes, ` +
      `${sum((one) => one.status.lists)} lists (${sum((one) => one.streams.begun)} as streams, of which ` +
      `${sum((one) => one.streams.ended)} ended), ${sum((one) => one.status.watches)} watches, ` +
      `${((end.bytes - base.bytes) / 1e6).toFixed(1)} MB more than after the first ${warmUp}`,
  );
  assert.ok(sum((one) => one.faults) > outcomes.length, "hardly anything went wrong");
  // 1.30 refuses streams, and gets pages.
  assert.ok(hasStreams(), "hardly any list came as a stream");
  assert.ok(end.bytes - base.bytes < 8e6, `${end.bytes - base.bytes} bytes more than before`);
  assert.equal(end.sockets, base.sockets);
});

test("a view says that it is stale while the server hangs, and goes on afterwards", async () => {
  const namespace = "hangs";
  await writer.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const access = accessOf({ server: plane.url, token: plane.token, ca: plane.certificate });
  const client = createClient(access, { connectTimeoutMs: 400, pingAfterMs: 150, pingTimeoutMs: 150 });
  const informers = createInformers(client, { clock: systemClock, timings });
  try {
    const informer = informers.informer({ resource: configMaps, namespace });
    await informer.waitForSync();
    plane.pause("kube-apiserver");
    try {
      await until("a stale view", () => informer.status().staleSince !== undefined);
    } finally {
      plane.resume("kube-apiserver");
    }
    await write(namespace, 1, performance.now() + 100);
    const fresh = view((await writer.list(configMaps, { namespace })).items);
    await until("a current view", () => JSON.stringify(view(informer.store.values())) === JSON.stringify(fresh));
    await until("a view that is not stale", () => informer.status().staleSince === undefined);
  } finally {
    await informers.stop();
    await client.close();
  }
});
