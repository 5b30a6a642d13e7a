/**
 * What the predecessor forgets, or does twice, against the controller over an embedded cluster: each ends with every
 * workload current, and none is restarted twice for one change.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { SidecarSettings } from "../../src/plan/sidecars/model/settings.ts";
import type { Sidecars } from "../../src/run/sidecars/sidecars.ts";
import { at, quick, sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
const time = live();
const names = ["cart", "search", "web"];
const deployments = "deployments.apps";
const slowSeconds = 12;

before(async () => {
  world = await sidecarWorld({ clock: time.clock });
  // Rollouts take a while: a pod counts as available some time after it is ready.
  for (const name of names) {
    await world.east.deploy("shop", name, (object) => ({
      ...object,
      spec: { ...(object["spec"] as JsonObject), minReadySeconds: slowSeconds },
    }));
  }
  await world.east.namespace("plain", {});
  await world.east.deploy("plain", "db");
  await world.east.cluster.settled();
  await time.pass((slowSeconds + 5) * 1000, 500);
});
after(() => world.stop());

const ends: (() => void)[] = [];
beforeEach(() => {
  world.east.restarts.clear();
  world.sent.length = 0;
  world.lines.length = 0;
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await time.stopped(...world.running.splice(0));
});

interface Changes {
  readonly restart?: Partial<SidecarSettings["restart"]>;
  readonly budget?: Partial<SidecarSettings["budget"]>;
}

async function begin({ restart, budget }: Changes = {}): Promise<Sidecars> {
  const settings = { ...quick, restart: { ...quick.restart, ...restart }, budget: { ...quick.budget, ...budget } };
  const one = world.start({ settings });
  await time.rest(one);
  return one;
}

/** Time goes on quickly until all proxies, or those of the workloads that are named, are of the image. */
async function current(image: string, of: readonly string[] = names): Promise<void> {
  const images = (): string => [...new Set(of.flatMap((one) => world.east.proxies("shop", one)))].join();
  await time.until(`the new proxies, ${image}`, async () => {
    await time.pass(200, 200);
    return images() === image;
  });
}

const marks = ["spec", "template", "metadata", "annotations", "sidecars.fairlead.dev/restarted-for"];

/** Whom the requests of the controller were about, and for what: never the same twice. */
function noneTwice(): readonly string[] {
  const written = world.sent.map(({ name, body }) => `${name} ${String(at(body, ...marks))}`);
  assert.deepEqual(
    written.filter((one, index) => written.indexOf(one) !== index),
    [],
  );
  assert.ok(!world.east.restarts.has("plain/db"));
  return written.map((one) => one.split(" ")[0]!).sort();
}

describe("nothing is forgotten", () => {
  test("an injector that answers 503 for a while is asked again by itself", async () => {
    const one = await begin();
    ends.push(world.east.istio.injector.fault({ kind: "status", status: 503 }));
    const image = await world.east.upgrade();
    await time.until("a reason", () => one.status().injectors.some(({ phase }) => phase === "failed"));
    await time.pass(60_000, 100);
    assert.deepEqual(world.sent, []);
    for (const end of ends.splice(0)) end();
    // Nothing changes any more in the cluster: the question is asked again all the same.
    await current(image);
    await time.rest(one);
    assert.deepEqual(noneTwice(), names);
    const warnings = world.lines.filter((line) => get(get(line, "finding"), "code") === "FL882");
    assert.ok(warnings.length <= 2, `${warnings.length} lines about one injector`);
  });

  test("a second change inside the cooldown is carried out when it is over", async () => {
    const one = await begin({ restart: { cooldownMs: 120_000 } });
    await current(await world.east.upgrade());
    await time.until("the end of the rollouts", async () => {
      await time.pass(200, 200);
      return one.status().progress?.underWay === 0;
    });
    const image = await world.east.upgrade();
    await time.until("those that wait", () =>
      one.status().rows.some(({ state }) => state === "blocked" || state === "waiting"),
    );
    await time.pass(30_000, 200);
    assert.equal(world.sent.length, names.length);
    await current(image);
    await time.rest(one);
    assert.deepEqual(noneTwice(), [...names, ...names].sort());
  });

  test("a change while a run is under way counts for those that are under way, and for those that wait", async () => {
    const one = await begin({ budget: { fleet: 1 } });
    await world.east.upgrade();
    await time.until("the first restart", () => world.sent.length === 1);
    const [first] = world.sent.map(({ name }) => name);
    await time.pass(5_000, 100);
    const image = await world.east.upgrade();
    await current(image);
    await time.rest(one);
    // Whoever was under way finished first, and was restarted for the second change then; the others for it alone.
    assert.deepEqual(noneTwice(), [...names, first!].sort());
  });

  test("a slow rollout is left alone however often it is looked at, and its workload is not restarted again", async () => {
    const one = await begin({ restart: { periodMs: 5_000, cooldownMs: 1_000 } });
    const image = await world.east.upgrade();
    await time.until("the restarts", () => world.sent.length === names.length);
    let looks = 0;
    // Half-way old and new pods serve together: outdated ones are there at every look.
    while (names.every((name) => world.east.proxies("shop", name).some((proxy) => proxy !== image)) && looks < 100) {
      looks++;
      await time.pass(1_000, 100);
      await touched(looks);
      assert.equal(world.sent.length, names.length);
    }
    assert.ok(looks >= 5, `${looks} looks`);
    await current(image);
    await time.rest(one);
    assert.deepEqual(noneTwice(), names);
    assert.deepEqual(
      [...world.east.restarts].sort(),
      names.map((name) => [`shop/${name}`, 1]),
    );
  });
});

/** What makes the predecessor look again: any update of a namespace with a label of Istio. */
async function touched(count: number): Promise<void> {
  await world.east.client.patch(
    await world.east.client.discovery.resource({ apiVersion: "v1", kind: "Namespace" }),
    { name: "shop" },
    { metadata: { annotations: { touched: String(count) } } },
    { type: "merge" },
  );
}

test("annotations that somebody takes off again, as GitOps does, cause no further restart", async () => {
  const one = await begin();
  const image = await world.east.upgrade();
  await current(image);
  await time.rest(one);
  world.sent.length = 0;
  for (const name of names) {
    const object = world.east.workload("shop", name);
    const template = { ...(at(object, "spec", "template") as JsonObject), metadata: { labels: { app: name } } };
    const spec = { ...(object["spec"] as JsonObject), template };
    await world.east.cluster.api.update(deployments, { ...object, spec });
  }
  await time.pass(180_000, 500);
  await time.rest(one);
  assert.deepEqual(world.sent, []);
  assert.deepEqual([...new Set(names.flatMap((name) => world.east.proxies("shop", name)))], [image]);
});

test("who is taken out while it waits is not restarted: there is no list that was made once", async () => {
  const one = await begin({ budget: { fleet: 1 } });
  const image = await world.east.upgrade();
  await time.until("the first restart", () => world.sent.length === 1);
  const [first] = world.sent.map(({ name }) => name);
  const [out, ...others] = names.filter((name) => name !== first);
  const object = world.east.workload("shop", out!);
  const metadata = { ...(object["metadata"] as JsonObject), annotations: { "sidecars.fairlead.dev/restart": "false" } };
  await world.east.cluster.api.update(deployments, { ...object, metadata });
  await current(image, [first!, ...others]);
  await time.rest(one);
  assert.deepEqual(noneTwice(), [first!, ...others].sort());
  assert.ok(world.east.proxies("shop", out!).every((proxy) => proxy !== image));
});
