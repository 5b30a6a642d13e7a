import assert from "node:assert/strict";
import { Socket } from "node:net";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import type { Sidecars } from "../../src/run/sidecars/sidecars.ts";
import { planSidecars } from "../../src/run/sidecars/plan-sidecars.ts";
import { configMaps, readJournal, sendCommand } from "../../src/run/sidecars/journal/place.ts";
import { readStatusText } from "../../src/run/sidecars/status-text.ts";
import { at, place, quick, sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
const time = live();

before(async () => {
  world = await sidecarWorld({ clock: time.clock });
  const { east } = world;
  await east.namespace("plain", {});
  await east.deploy("plain", "db");
  for (const name of ["web", "cart", "search"]) await east.deploy("shop", name);
  await east.deploy("shop", "large", (object) => ({
    ...object,
    spec: {
      ...(object["spec"] as object),
      template: {
        metadata: { labels: { app: "large" } },
        spec: { containers: [{ name: "web", image: "large:1" }] },
      },
    },
  }));
  await east.cluster.settled();
});
after(() => world.stop());

beforeEach(() => {
  world.east.restarts.clear();
  world.east.requests.length = 0;
  world.sent.length = 0;
});
afterEach(async () => {
  await time.stopped(...world.running.splice(0));
  world.east.fault = () => undefined;
});

const imagesOf = (...names: string[]): string[] => [
  ...new Set(names.flatMap((one) => world.east.proxies("shop", one))),
];
const writes = (): string[] => world.east.requests.filter((one) => /^(POST|PUT|PATCH|DELETE) /.test(one));

test("each template is asked about once", async () => {
  const one = world.start();
  await time.rest(one);
  world.east.istio.injector.calls.clear();
  await world.east.upgrade();
  await time.until("the restarts", () => world.east.restarts.size === 4);
  await time.rest(one);
  const asked = world.east.istio.injector.calls.list().filter(({ pod }) => pod.startsWith("fairlead-question"));
  assert.deepEqual(new Set(asked.map(({ pod }) => pod)).size, 4, "labels differ, so do templates");
  assert.ok(asked.length <= 4 + 1, `${asked.length} questions, one of which may have verified`);
});

test("at rest there is not one request but for watches", async () => {
  const one = world.start();
  await time.rest(one);
  // Verifications of the injector's answers end; kinds that are not there are asked for ever more rarely.
  await time.pass(700_000, 500);
  await time.rest(one);
  const calls = world.east.istio.injector.calls.count();
  world.east.requests.length = 0;
  await time.pass(600_000, 250);
  const isDiscovery = (request: string): boolean => /^GET \/apis?$/.test(request);
  assert.deepEqual(
    world.east.requests.filter((request) => !request.startsWith("watch ") && !isDiscovery(request)),
    [],
  );
  assert.ok(world.east.requests.filter(isDiscovery).length <= 8);
  assert.equal(world.east.istio.injector.calls.count(), calls);
});

test("restarts annotate the pod template, and change nothing else", async () => {
  const one = world.start();
  await time.rest(one);
  const first = world.east.workload("shop", "web");
  const image = await world.east.upgrade();
  await time.until("the new proxies", () => imagesOf("web", "cart", "search", "large").join() === image);
  await time.rest(one);
  const second = world.east.workload("shop", "web");
  const annotations = at(second, "spec", "template", "metadata", "annotations");
  assert.deepEqual(Object.keys(annotations as object).sort(), [
    "kubectl.kubernetes.io/restartedAt",
    "sidecars.fairlead.dev/restarted-for",
  ]);
  const bare = (object: unknown): unknown => ({
    ...(at(object, "spec") as object),
    template: { ...(at(object, "spec", "template") as object), metadata: { labels: { app: "web" } } },
  });
  assert.deepEqual(bare(second), bare(first));
  assert.deepEqual([...world.east.restarts.values()], [1, 1, 1, 1]);
  assert.ok(!world.east.restarts.has("plain/db"));
  const others = writes().filter(
    (write) =>
      !/ (\/apis\/apps\/v1\/namespaces\/shop\/deployments|\/apis\/events\.k8s\.io|\/api\/v1\/namespaces\/fairlead-system\/configmaps)/.test(
        write,
      ),
  );
  assert.deepEqual(others, []);
});

test("a pause survives the controller, and a resumption ends it", async () => {
  const options = { now: time.clock.now(), random: Math.random };
  const pause = { kind: "pause", by: "ann", reason: "the fair", scope: { kind: "all" } } as const;
  await sendCommand(world.east.client, place, pause, options);
  const first = world.start();
  await time.until("the pause", () => (first.status().progress?.paused ?? "") !== "");
  await settledPaused(first);
  const image = await world.east.upgrade();
  await time.until("what waits", () =>
    first.status().rows.some(({ state }) => state === "blocked" || state === "waiting"),
  );
  await time.stopped(first);
  const second = world.start();
  await time.until("what waits", () => second.status().rows.length === 4);
  await settledPaused(second);
  assert.deepEqual(
    second.status().journal?.pauses.map(({ by, reason }) => ({ by, reason })),
    [{ by: "ann", reason: "the fair" }],
  );
  assert.deepEqual(world.sent, []);
  await sendCommand(world.east.client, place, { kind: "resume", by: "bob", scope: { kind: "all" } }, options);
  await time.until("the new proxies", () => imagesOf("web", "cart", "search", "large").join() === image);
  await time.rest(second);
  const data = (await world.east.client.get(configMaps, place))["data"];
  assert.deepEqual(Object.keys(data as object).sort(), ["journal.json", "status"]);
});

async function settledPaused(one: Sidecars): Promise<void> {
  await time.until("rest", () => one.isIdle());
  await time.pass(4_000, 100);
  await time.until("rest", () => one.isIdle());
}

test("a command that cannot be understood is taken away, and told", async () => {
  const one = world.start();
  await time.rest(one);
  await world.east.client.patch(configMaps, place, { data: { "command-1": "{" } }, { type: "merge" });
  await time.until("the finding", () => world.lines.some((line) => get(get(line, "finding"), "code") === "FL885"));
  await time.until("its end", async () => {
    const data = (await world.east.client.get(configMaps, place))["data"];
    return get(data, "command-1") === undefined;
  });
});

test("a plan says what would be done, and writes nothing", async () => {
  const image = await world.east.upgrade();
  const planned = planSidecars({
    home: world.east.client,
    clusters: { kind: "listed", clusters: [{ name: "east", client: world.east.client }] },
    settings: quick,
    place,
    dial: (_cluster, { name }) => world.east.istio.injector.address(name.replace(/^istiod-?/, "")),
    clock: time.clock,
    random: Math.random,
    log: world.log,
    instance: "plan",
  });
  let status: Awaited<typeof planned> | undefined;
  void planned.then((found) => (status = found));
  await time.until("the plan", () => status !== undefined);
  assert.deepEqual(
    status!.rows.map(({ workload, to }) => `${workload.name} → ${to}`),
    ["cart", "large", "search", "web"].map((name) => `${name} → ${image}`),
  );
  assert.deepEqual(writes(), []);
});

test("what people ask for is written beside the journal", async () => {
  const one = world.start();
  await time.rest(one);
  const { status, journal } = await readJournal(world.east.client, place);
  const read = readStatusText(status)!;
  assert.deepEqual(
    [
      read.instance,
      read.clusters.map(({ name, state }) => `${name} ${state}`),
      read.injectors.map(({ phase }) => phase),
    ],
    ["test", ["east current"], ["serving"]],
  );
  assert.ok(JSON.parse(journal).version === 1);
});

test("nothing is listened on, and nobody is called but the API server and the injector", async () => {
  const listening = (): number => process.getActiveResourcesInfo().filter((one) => /Server/.test(one)).length;
  const listeners = listening();
  const called = new Set<string>();
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const [first] = args.flat() as [{ host?: string; port?: number }];
    called.add(`${first.host}:${first.port}`);
    return Reflect.apply(connect, this, args) as Socket;
  } as typeof connect;
  try {
    const one = world.start();
    await time.rest(one);
    await world.east.upgrade();
    await time.until("the restarts", () => world.east.restarts.size === 4);
    await time.rest(one);
    assert.equal(listening(), listeners);
    const { host, port } = world.east.istio.injector.address();
    assert.deepEqual(one.targets(), [`${host}:${port}`]);
    const allowed = [`${host}:${port}`, new URL(world.east.cluster.url).host];
    assert.deepEqual(
      [...called].filter((target) => !allowed.includes(target)),
      [],
    );
  } finally {
    Socket.prototype.connect = connect;
  }
});

test("no kind of ours is installed", () => {
  assert.deepEqual(world.east.cluster.api.list("customresourcedefinitions.apiextensions.k8s.io", ""), []);
});
