/** Sentences of the predecessor's README, against the controller over an embedded cluster: see docs/explanation/sidecars-readme.md. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { Sidecars } from "../../src/run/sidecars/sidecars.ts";
import { at, sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
let one: Sidecars;
/** Why it was not ready when it had just begun. */
let early: readonly string[] = [];
const time = live();
const replicas = 4;

before(async () => {
  world = await sidecarWorld({ clock: time.clock });
  await world.east.deploy("shop", "web", (object) => ({
    ...object,
    spec: {
      ...(object["spec"] as JsonObject),
      replicas,
      minReadySeconds: 3,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    },
  }));
  await world.east.namespace("later", {});
  await world.east.deploy("later", "api");
  await world.east.cluster.settled();
  await time.pass(5_000, 500);
});
after(() => world.stop());

beforeEach(async () => {
  world.sent.length = 0;
  one = world.start();
  early = one.notReady();
  await time.rest(one);
});
afterEach(() => time.stopped(...world.running.splice(0)));

const proxiesOf = (namespace: string, name: string): string => [...new Set(world.east.proxies(namespace, name))].join();
const ready = (): number =>
  world.east.cluster.api
    .list("pods", "shop")
    .filter((pod) => at(pod, "metadata", "deletionTimestamp") === undefined)
    .filter((pod) => {
      const conditions = get(pod["status"], "conditions");
      const isReady = (condition: unknown): boolean =>
        at(condition, "type") === "Ready" && at(condition, "status") === "True";
      return Array.isArray(conditions) && conditions.some(isReady);
    }).length;

async function namespaceOf(name: string, metadata: JsonObject): Promise<void> {
  const { client } = world.east;
  const resource = await client.discovery.resource({ apiVersion: "v1", kind: "Namespace" });
  await client.patch(resource, { name }, { metadata }, { type: "merge" });
}

test("a restart is graceful: its own controller replaces pods within the limits of its strategy", async () => {
  let fewest = replicas;
  const { store } = world.east.cluster.core;
  const stop = store.watch("pods", store.revision, () => void (fewest = Math.min(fewest, ready())));
  const image = await world.east.upgrade();
  await time.until("the new proxies", () => proxiesOf("shop", "web") === image);
  await time.rest(one);
  stop?.();
  assert.equal(fewest, replicas - 1);
  assert.deepEqual(
    world.sent.map(({ verb, kind, name }) => `${verb} ${kind} ${name}`),
    ["patch Deployment web"],
  );
});

test("labels and annotations of namespaces are watched: a change of either is followed by itself", async () => {
  assert.equal(proxiesOf("later", "api"), "none");
  await namespaceOf("later", {
    labels: { "istio-injection": "enabled" },
    annotations: { "sidecars.fairlead.dev/restart": "false" },
  });
  await time.pass(20_000, 200);
  await time.rest(one);
  assert.deepEqual(world.sent, [], "an annotation holds it");
  await namespaceOf("later", { annotations: { "sidecars.fairlead.dev/restart": null } });
  await time.until("a proxy", () => proxiesOf("later", "api") === "docker.io/istio/proxyv2:1.29.0");
  await time.rest(one);
  await namespaceOf("later", { labels: { "istio-injection": null } });
  await time.until("none", () => proxiesOf("later", "api") === "none");
  await time.rest(one);
  assert.deepEqual(
    world.sent.map(({ name }) => name),
    ["api", "api"],
  );
});

test("what was done is told by Events, and by metrics under the predecessor's names, too", async () => {
  const image = await world.east.upgrade();
  await time.until("the new proxies", () => proxiesOf("shop", "web") === image);
  await time.rest(one);
  await time.until("the Event", () =>
    world.east.cluster.api
      .list("events", "shop")
      .some((event) => event["reason"] === "SidecarRestart" && at(event, "involvedObject", "name") === "web"),
  );
  const text = await one.metrics.metrics();
  assert.match(text, /^controller_runtime_reconcile_total\{.*controller="istio_change"/m);
  assert.match(text, /^fairlead_sidecars_restarts_total\{/m);
});

test("it is ready when clusters were read and injectors asked, and not before", () => {
  assert.ok(early.length > 0);
  assert.deepEqual(one.notReady(), []);
});
