import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../support/embedded.ts";
import { sidecarWorld, type World } from "./live-world.ts";

let world: World;

before(async () => {
  world = await sidecarWorld();
  for (const name of ["web", "cart", "search"]) await world.east.deploy("shop", name);
  await world.east.namespace("plain", {});
  await world.east.deploy("plain", "db");
  await world.east.cluster.settled();
});
after(() => world.stop());

test("after an upgrade every workload of the mesh is restarted once, and nothing else is touched", async () => {
  const { east, sent } = world;
  const sidecars = world.start();
  await sidecars.settled();
  assert.equal(sent.length, 0);
  assert.deepEqual(sidecars.status().rows, []);

  await east.istio.upgrade("1.29.0");
  const images = (name: string): string => [...new Set(east.proxies("shop", name))].join();
  await until("the new proxies", () =>
    ["web", "cart", "search"].every((name) => images(name) === "docker.io/istio/proxyv2:1.29.0"),
  );
  await until("the end of the run", () => sidecars.isIdle() && sidecars.status().progress?.underWay === 0);
  assert.deepEqual(sent.map(({ verb, name }) => `${verb} ${name}`).sort(), ["patch cart", "patch search", "patch web"]);
  assert.equal(east.restartedFor("plain", "db"), "");
});
