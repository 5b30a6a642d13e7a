/** What happens to a controller and its clusters, and what must hold. */
import { clone, compareText, get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "@fairlead/kube";
import fc from "fast-check";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { isWritten } from "../../../src/run/mesh/write/compare.ts";
import { admiral, dependency, putAll, service, syncNamespace } from "../fake-mesh.ts";
import { turn } from "../../run/fake-cluster.ts";
import { controllerWorld, fleetOf, identitiesIn, writtenKinds, type ControllerWorld } from "./controller-world.ts";
import { addressProblems, entryProblems, hostProblems, nameOf } from "./invariants.ts";
import { pickOf, type Pick } from "./objects.ts";
import { fail, ModelError } from "./planner-world.ts";

export interface ControllerSchedule {
  readonly clusters: number;
  readonly isElected: boolean;
  readonly events: readonly { readonly what: number; readonly numbers: readonly number[] }[];
}

export const controllerSchedules: fc.Arbitrary<ControllerSchedule> = fc.record({
  clusters: fc.integer({ min: 1, max: 4 }),
  isElected: fc.constantFrom(false, false, true),
  events: fc.array(fc.record({ what: fc.nat(9_999), numbers: fc.array(fc.nat(59), { minLength: 8, maxLength: 8 }) }), {
    minLength: 4,
    maxLength: 24,
    size: "max",
  }),
});

export interface ControllerCounts {
  schedules: number;
  events: number;
  writes: number;
  restarts: number;
  repairs: number;
  virtualSeconds: number;
}

type Step = (world: ControllerWorld, pick: Pick, counts: ControllerCounts) => Promise<string>;

const identities = ["orders", "cart", "pay"];
const spaces = ["shop", "store"];

async function someTurns(pick: Pick): Promise<void> {
  for (let left = pick([0, 0, 1, 3, 8, 20, 40]); left > 0; left--) await turn();
}

const steps: readonly (readonly [number, Step])[] = [
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
      const target = [
        { region: "west", weight: pick([100, 50]) },
        { region: "east", weight: pick([0, 50]) },
      ];
      const spec = { policy: [{ dnsPrefix: pick(["default", "west"]), lbType: pick([0, 1]), target }] };
      await world.cluster(name).put(admiral("GlobalTrafficPolicy", identity, space, spec, { identity, env: "prd" }));
      return `${name}/${space} has a policy for ${identity}`;
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
      world.registeredAt = world.mesh.clock.now();
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
      await world.rest();
      // What a server refused is tried again after a minute.
      await world.mesh.pass(
        world
          .running()
          .findings()
          .some(({ code }) => code === "FL846")
          ? 70_000
          : 0,
      );
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

const annotationsOf = (world: ControllerWorld, name: string): { [name: string]: string } =>
  world.paused.has(name) ? { "fairlead.dev/paused": "true" } : {};

const both = (a: Set<string> | undefined, b: Set<string>): Set<string> => (a ?? new Set<string>()).intersection(b);

async function mend(world: ControllerWorld, name: string): Promise<void> {
  world.cluster(name).mend();
  world.cut.delete(name);
  world.known.set(name, both(world.known.get(name), identitiesIn(world.cluster(name))));
}

/** Somebody changes, or deletes, an object of ours: it is back within a second if its cluster answers. */
async function drift(world: ControllerWorld, pick: Pick, counts: ControllerCounts): Promise<string> {
  world.failing = undefined;
  world.losing = false;
  await world.rest();
  const list = world.objects().filter(({ cluster }) => world.registered.has(cluster));
  const { clock } = world.mesh;
  if (list.length === 0) return "nothing";
  const { cluster: name, object } = pick(list);
  const cluster = world.cluster(name);
  const { kind } = object as { kind: string };
  const { name: called, namespace } = object["metadata"] as { name: string; namespace: string };
  const before = clone(cluster.find(kind, called, namespace)!);
  const how = pick(["delete", "edit", "unmark"]);
  const isWatched = !world.cut.has(name) && !world.paused.has(name) && isPlanned(world, name, before);
  if (how === "delete") await cluster.remove(kind, called, namespace);
  else {
    await cluster.edit(
      kind,
      called,
      (found) => {
        if (how === "edit") return { ...found, spec: { ...(found["spec"] as JsonObject), exportTo: ["nowhere"] } };
        return {
          ...found,
          metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, "dns-prefix": "x" } },
        };
      },
      namespace,
    );
  }
  const title = `${name}: ${called} meets ${how}`;
  if (!isWatched) return `${title}, and is not looked at`;
  const start = clock.now();
  const isBack = (): boolean => {
    const now = cluster.find(kind, called, namespace);
    return (
      now !== undefined &&
      isWritten(before, now) &&
      get(now.metadata.annotations, "dns-prefix") === get(before.metadata.annotations, "dns-prefix")
    );
  };
  await world.mesh.until(`${title}, and is put right`, isBack);
  const tookMs = clock.now() - start;
  if (tookMs >= 1_000 && world.failing === undefined) fail([`${title}, and is put right after ${tookMs} ms`]);
  counts.repairs++;
  return `${title}, and is put right after ${tookMs} ms`;
}

/** Whether the controller wants an object as it is, and is not held back from writing it. */
function isPlanned(world: ControllerWorld, name: string, object: KrmObject): boolean {
  const mesh = world.running();
  const views = mesh.clusters();
  if (views.find((one) => one.name === name)?.view !== "current") return false;
  // What follows from a cluster that nobody can read is known from the objects alone.
  if (views.some(({ view }) => view === "unread")) return false;
  const held = mesh.findings().some((finding) => finding.object?.name === object.metadata.name);
  if (held) return false;
  const fleet = mesh.fleet();
  return [...fleet.keys()].some((key) =>
    planKey(fleet, key).clusters.some(
      ({ cluster, desired }) =>
        cluster === name &&
        desired.some((one) => one.kind === object.kind && one.metadata.name === object.metadata.name),
    ),
  );
}

export async function runController(
  settings: MeshSettings,
  { clusters, isElected, events }: ControllerSchedule,
  counts: ControllerCounts,
): Promise<void> {
  const names = Array.from({ length: clusters }, (_, at) => `c${at + 1}`);
  const told: string[] = [];
  const world = await controllerWorld(settings, names, isElected);
  try {
    for (const { what, numbers } of events) {
      let rest = what % total;
      const [, step] = steps.find(([weight]) => (rest -= weight) < 0)!;
      told.push("…");
      told.push(await step(world, pickOf(numbers), counts));
      counts.events++;
    }
    told.push("the end");
    await finish(world, settings);
    counts.schedules++;
    counts.writes += world.mesh.writes().length;
    counts.virtualSeconds += world.mesh.clock.monotonic() / 1000;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const title = error instanceof ModelError ? error.message : (error.stack ?? error.message);
    const lines = world.mesh.lines.slice(-12).map((line) => JSON.stringify(line).slice(0, 300));
    const happened = told.filter((text) => text !== "…").map((text, at) => `${at + 1}. ${text}`);
    throw new Error(`${title}\n\n${happened.join("\n")}\n\n${lines.join("\n")}`, { cause: error });
  } finally {
    await world.close();
  }
}

async function finish(world: ControllerWorld, settings: MeshSettings): Promise<void> {
  world.failing = undefined;
  world.losing = false;
  for (const name of world.names) {
    await mend(world, name);
    world.paused.delete(name);
    await world.mesh.register(name);
    world.registered.add(name);
    world.registeredAt = world.mesh.clock.now();
    for (const kind of writtenKinds) {
      const { client } = world.cluster(name);
      for (const { spec, metadata } of client.store.list(client.resource(kind)) as {
        spec?: object;
        metadata: KrmObject["metadata"];
      }[]) {
        if (JSON.stringify(spec).includes("theirs.example"))
          await world.cluster(name).remove(kind, metadata.name!, metadata.namespace);
      }
    }
  }
  const { mesh } = world;
  await world.read();
  // What was refused is tried again after a minute; what somebody changed all the time, after five.
  await mesh.pass(70_000);
  await world.rest();
  const there = world.objects();
  fail(there.flatMap(entryProblems));
  fail(addressProblems(there));
  fail(hostProblems(there, () => false));
  const fleet = fleetOf(world, settings);
  const planned = [...fleet.keys()].flatMap((key) =>
    planKey(fleet, key).clusters.flatMap(({ cluster, desired }) => desired.map((object) => ({ cluster, object }))),
  );
  const names = planned.map(nameOf).sort(compareText);
  const found = there.map(nameOf).sort(compareText);
  if (names.join() !== found.join()) fail([`planned are\n${names.join("\n")}\nthere are\n${found.join("\n")}`]);
  for (const { cluster, object } of planned) {
    const now = world.cluster(cluster).find(object.kind, object.metadata.name!, object.metadata.namespace)!;
    if (!isWritten(object, now))
      fail([`${nameOf({ cluster, object })} is\n${JSON.stringify(now)}\nplanned is\n${JSON.stringify(object)}`]);
  }
  const before = mesh.writes().length;
  await mesh.pass(20_000);
  if (mesh.writes().length > before) fail([`writes at rest: ${mesh.writes().slice(before).join(", ")}`]);
  const errors = mesh.lines.filter(({ level }) => level === "error");
  if (errors.length > 0) fail(errors.map((line) => JSON.stringify(line)));
}
