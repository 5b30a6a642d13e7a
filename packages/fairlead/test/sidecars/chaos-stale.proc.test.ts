/** What a controller knows by one watch, and not yet by another: nothing is restarted for pods that are gone by now. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { at, sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
const time = live();

before(async () => {
  world = await sidecarWorld({ clock: time.clock });
  await world.east.deploy("shop", "web");
  await world.east.cluster.settled();
});
after(() => world.stop());

async function restartByHand(name: string): Promise<void> {
  const { api } = world.east.cluster;
  const object = world.east.workload("shop", name);
  const template = at(object, "spec", "template") as { readonly metadata: JsonObject };
  const annotations = { "kubectl.kubernetes.io/restartedAt": String(time.clock.monotonic()) };
  const metadata = { ...template.metadata, annotations };
  const spec = { ...(object["spec"] as JsonObject), template: { ...template, metadata } };
  await api.update("deployments.apps", { ...object, spec } as never);
  await world.east.cluster.settled();
}

test("a workload is not restarted for pods that the watch of pods still shows, and that are gone", async () => {
  const one = world.start();
  await time.rest(one);
  world.east.restarts.clear();
  // For less time than that after which a cluster counts as one of which nothing is known.
  world.east.fault = (request) =>
    request.startsWith("watch /api/v1/pods") || request === "GET /api/v1/pods"
      ? { outcome: { kind: "drop" } }
      : undefined;
  world.east.cluster.disconnect();
  const image = await world.east.upgrade();
  await restartByHand("web");
  assert.deepEqual(world.east.proxies("shop", "web"), [image, image]);
  const since = time.clock.monotonic();
  while (time.clock.monotonic() < since + 4_500) await time.pass(50, 25);
  world.east.fault = () => undefined;
  await time.rest(one);
  await time.pass(20_000, 100);
  await time.rest(one);
  assert.deepEqual([...world.east.restarts], [["shop/web", 1]]);
  assert.deepEqual(
    one.status().rows.filter(({ state }) => state !== "done"),
    [],
  );
});
