/** Informers on the real API server: both kinds of lists, and what they miss while it is gone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import {
  accessOf,
  createClient,
  createInformers,
  systemClock,
  type Change,
  type Client,
  type Informer,
  type Informers,
  type ReflectorTimings,
  type Resource,
} from "@fairlead/kube";
import { startGuard, type Guard } from "../../scripts/real/guarded.ts";
import { startEtcd, startPlane, type Plane } from "../../scripts/real/plane.ts";
import { supervise } from "../../scripts/real/programs.ts";
import { until } from "../../scripts/real/until.ts";
import { kubernetesRelease } from "../../scripts/real/versions.ts";

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

let guard: Guard;
let etcd: string;
/** Two servers of one cluster: one is watched and killed; through the other, which knows no streaming lists, others write. */
let watched: Plane;
let other: Plane;
let writer: Client;
const clients: Client[] = [];
const started: Informers[] = [];

before(async () => {
  guard = startGuard();
  ({ url: etcd } = await startEtcd(supervise(guard, kubernetesRelease())));
  // Kubernetes 1.30 has streaming lists only where they are asked for.
  watched = await startPlane({ etcd: { url: etcd }, apiServerFlags: ["--feature-gates=WatchList=true"] });
  other = await startPlane({ etcd: { url: etcd }, apiServerFlags: ["--feature-gates=WatchList=false"] });
  writer = clientOf(other);
});
after(async () => {
  await Promise.all(started.map((informers) => informers.stop()));
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all([watched?.stop(), other?.stop()]);
  await guard.stop();
});

function clientOf(plane: Plane): Client {
  const client = createClient(accessOf({ server: plane.url, token: plane.token, ca: plane.certificate }));
  clients.push(client);
  return client;
}

interface Followed {
  readonly informer: Informer;
  /** `added a`, … */
  readonly changes: string[];
  readonly stop: () => Promise<void>;
}

async function follow(
  namespace: string,
  timings: Partial<ReflectorTimings> = {},
  plane: Plane = watched,
): Promise<Followed> {
  const informers = createInformers(clientOf(plane), {
    clock: systemClock,
    onError: (error) => assert.fail(String(error)),
    timings: { backoff: { baseMs: 50, maxMs: 500 }, ...timings },
  });
  started.push(informers);
  const informer = informers.informer({ resource: configMaps, namespace, labelSelector: "test=informer" });
  const changes: string[] = [];
  informer.listen((change: Change) => {
    const object = change.kind === "deleted" ? change.previous : change.object;
    changes.push(`${change.kind} ${object.metadata.name}`);
  });
  await informer.waitForSync(AbortSignal.timeout(20_000));
  return { informer, changes, stop: () => informers.stop() };
}

async function inNamespace(namespace: string, names: string): Promise<void> {
  await writer.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const name of names) await put(namespace, name);
}

function put(namespace: string, name: string, value = "1"): Promise<KrmObject> {
  const metadata = { name, namespace, labels: { test: "informer" } };
  return writer.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } });
}

/** Waits until the store is what a fresh list gives. */
async function settled({ informer }: Followed): Promise<void> {
  const { namespace = "", labelSelector = "" } = informer.scope;
  const fresh = byName((await writer.list(configMaps, { namespace, labelSelector })).items);
  await until("the informer to catch up", () => {
    const mine = byName(informer.store.values());
    return versions(mine) === versions(fresh);
  });
  assert.deepEqual(byName(informer.store.values()), fresh);
}

const byName = (objects: Iterable<KrmObject>): readonly KrmObject[] =>
  [...objects].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
const versions = (objects: readonly KrmObject[]): string =>
  objects.map(({ metadata }) => `${metadata.name}@${String(metadata["resourceVersion"])}`).join();

for (const [how, timings] of [
  ["a streaming list", { streaming: true }],
  ["a list in pages of three", { streaming: false, firstPage: 3, largestPage: 3 }],
] as const) {
  test(`follows what another client creates, changes and deletes, after ${how}`, async () => {
    const namespace = `follow-${how.replaceAll(" ", "-")}`;
    await inNamespace(namespace, "abcdefgh");
    const followed = await follow(namespace, timings);
    assert.deepEqual(
      followed.changes.toSorted(),
      [..."abcdefgh"].map((name) => `added ${name}`),
    );
    await settled(followed);
    followed.changes.length = 0;
    await put(namespace, "i");
    await writer.patch(configMaps, { namespace, name: "a" }, { data: { value: "2" } }, { type: "merge" });
    await writer.delete(configMaps, { namespace, name: "b" });
    // It leaves what the selector selects.
    await writer.patch(configMaps, { namespace, name: "c" }, { metadata: { labels: null } }, { type: "merge" });
    await settled(followed);
    assert.deepEqual(followed.changes, ["added i", "updated a", "deleted b", "deleted c"]);
    const { lists, watches, staleSince, error } = followed.informer.status();
    assert.deepEqual([lists, watches, staleSince, error], [1, 1, undefined, undefined]);
    await followed.stop();
  });
}

test("cuts a list that is large enough to travel compressed into what parsing gives", async () => {
  await inNamespace("large", "");
  const value = `<&> "quoted\\" – ${"日本 and a long text ".repeat(100)}`;
  for (let i = 0; i < 150; i++) await put("large", `object-${i}`, i % 3 === 0 ? value : `${value} of ${i}`);
  const followed = await follow("large");
  await settled(followed);
  assert.equal(followed.changes.length, 150);
  await followed.stop();
});

test("lists by pages at once where the server refuses a streaming list", async () => {
  await inNamespace("refused", "abcde");
  const followed = await follow("refused", { streaming: true, firstPage: 2, largestPage: 2 }, other);
  await settled(followed);
  await put("refused", "f");
  await settled(followed);
  const { lists, error } = followed.informer.status();
  assert.deepEqual([lists, error, followed.changes.length], [2, undefined, 6]);
  await followed.stop();
});

test("watches on without a list when the server ends a watch", async () => {
  await inNamespace("rewatch", "a");
  const followed = await follow("rewatch", { timeoutSeconds: 1, timeoutSpreadSeconds: 0, shortWatchMs: 100 });
  await until("three watches", () => followed.informer.status().watches >= 3);
  await put("rewatch", "b");
  await settled(followed);
  assert.deepEqual([followed.changes, followed.informer.status().lists], [["added a", "added b"], 1]);
  await followed.stop();
});

test("learns what happened while the server was gone, and its history with it", async () => {
  const namespace = "outage";
  await inNamespace(namespace, "abcd");
  const followed = await follow(namespace);
  followed.changes.length = 0;
  await watched.kill("kube-apiserver");
  await until("the loss to be seen", () => followed.informer.status().staleSince !== undefined);
  await writer.delete(configMaps, { namespace, name: "a" });
  await writer.delete(configMaps, { namespace, name: "b" });
  await put(namespace, "b", "another object of the same name");
  const { metadata } = await put(namespace, "e");
  await writer.patch(configMaps, { namespace, name: "c" }, { data: { value: "2" } }, { type: "merge" });
  await compact(String(metadata["resourceVersion"]));
  assert.equal(followed.informer.store.size, 4);
  await watched.restart("kube-apiserver");
  await settled(followed);
  assert.deepEqual(followed.changes.toSorted(), ["added b", "added e", "deleted a", "deleted b", "updated c"]);
  assert.ok(followed.changes.indexOf("deleted b") < followed.changes.indexOf("added b"));
  await until("events to flow again", () => followed.informer.status().staleSince === undefined);
  assert.equal(followed.informer.status().error, undefined);
  assert.ok(followed.informer.status().lists > 1, "it went on from a version that was gone");
  await followed.stop();
});

/** Through etcd's gateway: forgets all versions before this one. */
async function compact(revision: string): Promise<void> {
  const body = JSON.stringify({ revision, physical: true });
  const answer = await fetch(`${etcd}/v3/kv/compaction`, { method: "POST", body });
  assert.equal(answer.status, 200, await answer.text());
}
