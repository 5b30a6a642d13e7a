import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Sidecars } from "../../src/run/sidecars/sidecars.ts";
import { at, quick, sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
let one: Sidecars;
const time = live();
const clusters = ["east", "west"];
const names = ["cart", "web"];

before(async () => {
  world = await sidecarWorld({ clock: time.clock, clusters: { east: {}, west: {} } });
  for (const cluster of clusters) {
    for (const name of names) {
      await world.member(cluster).deploy("shop", name, (object) => {
        const template = at(object, "spec", "template") as { metadata: { labels: object } };
        return {
          ...object,
          spec: {
            ...(object["spec"] as object),
            template: { ...template, metadata: { labels: { ...template.metadata.labels, identity: name } } },
          },
        };
      });
    }
    await world.member(cluster).cluster.settled();
  }
  one = world.start({ settings: quick });
  await time.until("rest", () => one.isIdle());
});
after(async () => {
  await time.stopped(one);
  await world.stop();
});

const isCurrent = (cluster: string, version: string): boolean =>
  names.every((name) =>
    world
      .member(cluster)
      .proxies("shop", name)
      .every((image) => image === `docker.io/istio/proxyv2:${version}`),
  );
const restartsOf = (cluster: string): unknown => [...world.member(cluster).restarts].sort();
const once = names.map((name) => [`shop/${name}`, 1]);

test("no identity is restarted in two clusters at once", async () => {
  const together: string[] = [];
  let looking = true;
  const look = (): void => {
    const rows = one.status().rows.filter(({ state }) => state === "restarting" || state === "settling");
    for (const name of names) {
      if (rows.filter(({ workload }) => workload.name === name).length > 1) together.push(name);
    }
  };
  const forget = one.onStatus(() => void (looking && look()));
  for (const cluster of clusters) await world.member(cluster).istio.upgrade("1.29.0");
  await time.until("the new proxies", () => clusters.every((cluster) => isCurrent(cluster, "1.29.0")));
  await time.until("rest", () => one.isIdle());
  looking = false;
  forget();
  assert.deepEqual(together, []);
  assert.deepEqual(clusters.map(restartsOf), [once, once]);
});

test("nothing is restarted in a cluster that does not answer, and the other one goes on", async () => {
  for (const cluster of clusters) world.member(cluster).restarts.clear();
  const west = world.member("west");
  west.fault = () => ({ outcome: { kind: "drop" } });
  west.cluster.disconnect();
  await time.until("the loss", () =>
    one.status().clusters.some(({ name, state }) => name === "west" && state === "stale"),
  );
  for (const cluster of clusters) await world.member(cluster).istio.upgrade("1.30.0");
  await time.until("the new proxies", () => isCurrent("east", "1.30.0"));
  await time.pass(5_000, 100);
  assert.deepEqual(clusters.map(restartsOf), [once, []]);
  assert.ok(
    one.status().findings.some(({ code }) => code === "FL880") ||
      world.lines.some(({ message }) => message === "a cluster cannot be read"),
  );
  west.fault = () => undefined;
  await time.until("the new proxies", () => isCurrent("west", "1.30.0"));
  await time.until("rest", () => one.isIdle());
  assert.deepEqual(clusters.map(restartsOf), [once, once]);
});
