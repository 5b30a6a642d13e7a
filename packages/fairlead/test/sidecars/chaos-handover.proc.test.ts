/** A controller that is told to stop, as for another policy or a newer version of itself, leaves no question behind. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
const time = live();
const names = ["a", "b", "c"];

before(async () => {
  world = await sidecarWorld({ clock: time.clock });
  for (const name of names) await world.east.deploy("shop", name);
  await world.east.cluster.settled();
});
after(() => world.stop());

// With each another part of what was to be written is on its way: the journal that tells of the restarts, or some of them.
for (const at of [1, 2, 3]) {
  test(`what is told to stop at its write ${at} of a run is gone on with at once`, async () => {
    const first = world.start({ instance: `first-${at}` });
    await time.rest(first);
    world.east.restarts.clear();
    let writes = 0;
    let stopped: Promise<void> | undefined;
    world.east.fault = (request) => {
      if (/^PATCH .*\/(deployments|configmaps)\//.test(request) && ++writes === at) stopped = first.stop();
      return undefined;
    };
    const image = await world.east.upgrade();
    await time.until("the order to stop", () => stopped !== undefined);
    await time.stopped(first);
    world.east.fault = () => undefined;
    assert.ok(world.east.restarts.size < names.length, "something is left to do");
    const second = world.start({ instance: `second-${at}` });
    const since = time.clock.monotonic();
    await time.until("the new proxies", () =>
      names.every((name) => world.east.proxies("shop", name).every((one) => one === image)),
    );
    const ms = time.clock.monotonic() - since;
    assert.ok(ms < 20_000, `it took ${ms} ms`);
    await time.rest(second);
    assert.deepEqual(
      [...world.east.restarts].sort(),
      names.map((name) => [`shop/${name}`, 1]),
    );
    await time.stopped(second);
  });
}
