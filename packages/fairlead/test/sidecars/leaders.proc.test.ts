import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLeaderElection, KubeError, type Client } from "@fairlead/kube";
import type { Sidecars } from "../../src/run/sidecars/sidecars.ts";
import { place, quick, sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
const time = live();
const names = ["a", "b", "c", "d", "e", "f"];

before(async () => {
  world = await sidecarWorld({ clock: time.clock });
  for (const name of names) await world.east.deploy("shop", name);
  await world.east.cluster.settled();
});
after(() => world.stop());

interface Process {
  readonly sidecars: Sidecars;
  /** From now on nothing that it sends arrives, and nobody answers it; it does not know. */
  kill(): void;
  /** Lets go of what still waits for answers. */
  bury(): void;
}

let count = 0;

/** A controller with a line of its own to the cluster. */
function begin(): Process {
  const instance = `process-${++count}`;
  let isDead = false;
  const { promise: never, reject } = Promise.withResolvers<never>();
  never.catch(() => {});
  const wired = Object.assign(Object.create(world.east.client) as Client, { close: () => Promise.resolve() });
  for (const verb of ["get", "find", "list", "create", "update", "patch", "apply", "delete", "post"] as const) {
    const call = world.east.client[verb] as (...args: unknown[]) => Promise<unknown>;
    Object.assign(wired, {
      [verb]: (...args: unknown[]) => (isDead ? never : Reflect.apply(call, world.east.client, args)),
    });
  }
  const sidecars = world.start({
    home: wired,
    clusters: { kind: "listed", clusters: [{ name: "east", client: wired }] },
    settings: { ...quick, budget: { ...quick.budget, fleet: 2 } },
    instance,
    stopMs: 1_000,
    election: createLeaderElection(wired, { ...place, identity: instance, clock: time.clock, random: () => 0.5 }),
  });
  return { sidecars, kill: () => void (isDead = true), bury: () => reject(new KubeError("closed", "nobody is there")) };
}

async function end({ sidecars, bury }: Process): Promise<void> {
  bury();
  await time.stopped(sidecars);
}

const isLeading = ({ sidecars }: Process): boolean => sidecars.status().leading;

test("one of two restarts; the other one goes on when it ends", async () => {
  const [first, second] = [begin(), begin()];
  await time.until("a leader", () => isLeading(first) || isLeading(second));
  const [leader, other] = isLeading(first) ? [first, second] : [second, first];
  await time.until("rest", () => leader.sidecars.isIdle());
  assert.equal(isLeading(other), false);
  await end(leader);
  await time.until("the next leader", () => isLeading(other));
  await end(other);
});

// Each point is another moment of the run: after so many of its own requests.
for (const point of [0, 2, 5, 9]) {
  test(`a leader that dies after ${point} of its writes leaves none restarted twice, and none behind`, async () => {
    const first = begin();
    await time.until("a leader", () => isLeading(first));
    await time.until("rest", () => first.sidecars.isIdle());
    const second = begin();
    world.east.restarts.clear();
    let writes = 0;
    world.east.fault = (request) => {
      const isRun = /^PATCH .*(deployments|configmaps)/.test(request);
      if (isRun && writes++ === point) first.kill();
      return undefined;
    };
    const image = await world.east.upgrade();
    const images = (): string => [...new Set(names.flatMap((one) => world.east.proxies("shop", one)))].join();
    await time.until("the new proxies", () => images() === image);
    const [one] = [first, second].filter(isLeading).slice(-1);
    await time.until("rest", () => (one ?? second).sidecars.isIdle());
    assert.deepEqual(
      [...world.east.restarts].sort(),
      names.map((name) => [`shop/${name}`, 1]),
    );
    world.east.fault = () => undefined;
    await end(first);
    await end(second);
  });
}
