/** What happens to a controller and its clusters. */
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "@fairlead/kube";
import { admiral, dependency, putAll, service, syncNamespace } from "../fake-mesh.ts";
import { turn } from "../../run/fake-cluster.ts";
import { identitiesIn, type ControllerWorld } from "./controller-world.ts";
import type { Pick } from "./objects.ts";
import { fail } from "./model-error.ts";
import { both, drift, mend, stopShifts, type ControllerCounts } from "./controller-drift.ts";

type Step = (world: ControllerWorld, pick: Pick, counts: ControllerCounts) => Promise<string>;

const identities = ["orders", "cart", "pay"];
const spaces = ["shop", "store"];

async function someTurns(pick: Pick): Promise<void> {
  for (let left = pick([0, 0, 1, 3, 8, 20, 40]); left > 0; left--) await turn();
}

function trafficPolicy(identity: string, space: string, weight: number, shift: string, pick: Pick): KrmObject {
  const target = [
    { region: "west", weight },
    { region: "east", weight: 100 - weight },
  ];
  const spec = { policy: [{ dnsPrefix: pick(["west", "default"]), lbType: pick([0, 1, 1]), target }] };
  const policy = admiral("GlobalTrafficPolicy", identity, space, spec, { identity, env: "prd" });
  const annotations: { [annotation: string]: string } = shift === "" ? {} : { "fairlead.dev/shift": shift };
  return { ...policy, metadata: { ...policy.metadata, annotations } };
}

/** A service of two clusters is moved from the region of one to that of the other. */
async function moveShares(world: ControllerWorld, pick: Pick): Promise<string> {
  const [identity, space, speed] = [pick(identities), pick(spaces), pick(["40%/20s", "7%/1s"])];
  const [first, second = first] = world.names as [string, string?];
  for (const name of [first, second]) await putAll(world.cluster(name), service(identity, space));
  const put = (weight: number) =>
    world.cluster(first).put(trafficPolicy(identity, space, weight, speed, (list) => list.at(-1)!));
  await put(100);
  await someTurns(pick);
  await world.mesh.pass(pick([0, 3_000, 3_000]));
  await put(0);
  return `${identity} of ${space} moves from ${first} to ${second}, ${speed}`;
}

/** What can happen, with its weight. */
const steps: readonly (readonly [number, Step])[] = [
  [4, moveShares],
  [
    16,
    async (world, pick) => {
      const [name, identity, space] = [pick(world.names), pick(identities), pick(spaces)];
      await putAll(world.cluster(name), service(identity, space, pick([8080, 8080, 9090])));
      return `${identity} runs in ${name}/${space}`;
    },
  ],
  [
    8,
    async (world, pick) => {
      const name = pick(world.names);
      const { client } = world.cluster(name);
      const list = client.store.list(client.resource(pick(["Deployment", "Deployment", "Service"])));
      const running = list.filter(({ metadata }) => spaces.includes(metadata.namespace ?? ""));
      if (running.length === 0) return "nothing";
      const { kind, metadata } = pick(running);
      await world.cluster(name).remove(kind, metadata.name!, metadata.namespace);
      // Nobody sees it where nobody looks; else it is news from now on.
      if (!world.cut.has(name)) world.known.set(name, both(world.known.get(name), identitiesIn(world.cluster(name))));
      return `${kind} ${metadata.namespace}/${metadata.name} of ${name} is gone`;
    },
  ],
  [
    4,
    async (world, pick) => {
      const [source, destination] = [pick(identities), pick([...identities, "*"])];
      await world.mesh.home.put(dependency(source, destination));
      return `${source} calls ${destination}`;
    },
  ],
  [
    2,
    async (world, pick) => {
      const source = pick(identities);
      if (world.mesh.home.find("Dependency", source) === undefined) return "nothing";
      await world.mesh.home.remove("Dependency", source);
      return `what ${source} calls is gone`;
    },
  ],
  [
    5,
    async (world, pick) => {
      const [name, identity, space] = [pick(world.names), pick(identities), pick(spaces)];
      const [weight, shift] = [pick([100, 50, 0]), pick(["", "40%/20s", "7%/1s"])];
      await world.cluster(name).put(trafficPolicy(identity, space, weight, shift, pick));
      return `${name}/${space} has a policy for ${identity}: ${weight} % in the west, ${shift || "at once"}`;
    },
  ],
  [
    6,
    async (world, pick) => {
      const name = pick(world.names);
      world.cluster(name).cut();
      world.cut.add(name);
      world.faults++;
      return `${name} does not answer`;
    },
  ],
  [
    6,
    async (world, pick) => {
      const name = pick(world.names);
      await mend(world, name);
      return `${name} answers`;
    },
  ],
  [
    4,
    async (world, pick) => {
      const name = pick(world.names);
      if (world.cut.has(name)) return "nothing";
      world.cluster(name).cut();
      await someTurns(pick);
      await mend(world, name);
      world.faults++;
      return `connections to ${name} drop`;
    },
  ],
  [
    4,
    async (world, pick) => {
      const name = pick(world.names);
      const cluster = world.cluster(name);
      cluster.mostOnPage = pick([1, 2, 5, Infinity]);
      world.faults++;
      // Whoever comes back has to list everything again, in as many pages, and perhaps once more.
      if (!world.cut.has(name)) cluster.cut();
      await someTurns(pick);
      cluster.compact();
      if (!world.cut.has(name)) await mend(world, name);
      await world.mesh.pass(pick([0, 100, 1_000]));
      await someTurns(pick);
      if (pick([true, false])) cluster.compact();
      return `${name} has forgotten its history, and shows ${cluster.mostOnPage} objects on a page`;
    },
  ],
  [
    3,
    async (world, pick) => {
      const ms = pick([-7_200_000, -4_000, 4_000, 90_000, 7_200_000]);
      world.mesh.clock.jump(ms);
      return `the time of day is set by ${ms / 1000} s`;
    },
  ],
  [
    4,
    async (world, pick) => {
      const how = pick<() => KubeError>([
        () => new KubeError("conflict", "somebody else was faster"),
        () => new KubeError("unavailable", "not now"),
        () => new KubeError("too-many-requests", "later"),
        () => new KubeError("invalid", "no such field"),
      ]);
      world.failing = { left: pick([1, 2, 5]), how };
      world.faults++;
      return `${world.failing.left} writes fail: ${how().code}`;
    },
  ],
  [
    3,
    async (world) => {
      world.losing = true;
      world.faults++;
      return "an answer is lost";
    },
  ],
  [
    3,
    async (world, pick) => {
      const name = pick(world.names);
      if (!world.registered.has(name)) return "nothing";
      await world.mesh.register(name, `token-${pick([1, 2, 3])}`, annotationsOf(world, name));
      return `${name} has other credentials`;
    },
  ],
  [
    3,
    async (world, pick) => {
      const name = pick(world.names);
      if (!world.registered.has(name)) return "nothing";
      await world.mesh.unregister(name);
      world.registered.delete(name);
      world.known.delete(name);
      return `${name} is registered no longer`;
    },
  ],
  [
    4,
    async (world, pick) => {
      const name = pick(world.names);
      await world.mesh.register(name, "t", annotationsOf(world, name));
      world.registered.add(name);
      world.registeredAt = world.mesh.clock.monotonic();
      return `${name} is registered`;
    },
  ],
  [
    2,
    async (world, pick) => {
      const name = pick(world.names);
      if (!world.registered.has(name)) return "nothing";
      if (world.paused.has(name)) world.paused.delete(name);
      else world.paused.add(name);
      await world.mesh.register(name, "t", annotationsOf(world, name));
      return `${name} is ${world.paused.has(name) ? "paused" : "going on"}`;
    },
  ],
  [
    5,
    async (world, pick, counts) => {
      await someTurns(pick);
      world.kill();
      await someTurns(pick);
      world.start();
      counts.restarts++;
      return "the controller is killed, and another one starts";
    },
  ],
  [
    4,
    async (world, _pick, counts) => {
      if (world.cut.size > 0 || world.registered.size < world.names.length) return "nothing";
      world.failing = undefined;
      world.losing = false;
      await stopShifts(world);
      await world.rest();
      // What a server refused is tried again after a minute; what was put back too often, a little later.
      const isLeft = world
        .running()
        .findings()
        .some(({ code }) => code === "FL846" || code === "FL847");
      await world.mesh.pass(isLeft ? 70_000 : 0);
      await world.rest();
      await world.stop();
      const before = world.mesh.writes().length;
      world.start();
      await world.rest();
      const more = world.mesh.writes().slice(before);
      if (more.length > 0) fail([`a restart writes ${more.join(", ")}`]);
      counts.restarts++;
      return "a controller that is stopped is followed by another one, which writes nothing";
    },
  ],
  [6, drift],
  [
    2,
    async (world, pick) => {
      const [name, identity, kind] = [pick(world.names), pick(identities), pick(["ServiceEntry", "DestinationRule"])];
      const called = `prd.${identity}.global-${kind === "ServiceEntry" ? "se" : "default-dr"}`;
      if (world.cluster(name).find(kind, called) !== undefined) return "nothing";
      const spec = kind === "ServiceEntry" ? { hosts: ["theirs.example"] } : { host: "theirs.example" };
      await world.cluster(name).put({
        apiVersion: "networking.istio.io/v1",
        kind,
        metadata: { name: called, namespace: syncNamespace },
        spec,
      });
      return `${name} has ${called} of somebody else`;
    },
  ],
  [
    10,
    async (world, pick) => {
      const ms = pick([10, 100, 1_000, 6_000, 40_000]);
      await world.mesh.pass(ms);
      return `${ms} ms pass`;
    },
  ],
  [
    8,
    async (world) => {
      await world.rest();
      return "it comes to rest";
    },
  ],
];
const total = steps.reduce((sum, [weight]) => sum + weight, 0);

/** The step that a number stands for. */
export function stepOf(what: number): Step {
  let rest = what % total;
  return steps.find(([weight]) => (rest -= weight) < 0)![1];
}

const annotationsOf = (world: ControllerWorld, name: string): { [name: string]: string } =>
  world.paused.has(name) ? { "fairlead.dev/paused": "true" } : {};
