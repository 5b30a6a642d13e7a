/** A mesh of clusters in memory with the controller at work, on a virtual clock, and what is looked at on every request. */
import { get, type JsonObject } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import { createLeaderElection, KubeError, type Client, type LeaderElection } from "@fairlead/kube";
import type { FakeRequest } from "../../../../kube/test/fake-client.ts";
import type { FleetChange } from "../../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../../src/plan/mesh/fleet/create-fleet.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { isWritten } from "../../../src/run/mesh/write/compare.ts";
import type { Mesh } from "../../../src/run/mesh/mesh.ts";
import { clusterParts, fakeMesh, putAll, syncNamespace, type FakeMesh, type FakeMeshCluster } from "../fake-mesh.ts";
import { addressProblems, entryProblems, isOurs, nameOf, type Found } from "./invariants.ts";
import { ModelError } from "./model-error.ts";

export const writtenKinds = ["ServiceEntry", "DestinationRule", "VirtualService"];
/** What users have, as far as these schedules go. */
const userKinds = ["Deployment", "Service", "Namespace", "Node", "GlobalTrafficPolicy", "OutlierDetection"];
const homeKinds = ["Dependency"];

export interface ControllerWorld {
  readonly mesh: FakeMesh;
  readonly names: readonly string[];
  readonly registered: Set<string>;
  readonly cut: Set<string>;
  readonly paused: Set<string>;
  /** When a cluster was registered last, by the monotonic clock. */
  registeredAt: number;
  /** Identities that ran in a cluster when everything was at rest last, and have not been seen to go since. */
  readonly known: Map<string, Set<string>>;
  /** What happened that must not. */
  readonly problems: string[];
  /** Something went wrong on purpose: lines of error are allowed. */
  faults: number;
  /** Fails the next writes. */
  failing: { left: number; how: () => KubeError } | undefined;
  /** Loses the answer of the next write. */
  losing: boolean;
  running(): Mesh;
  start(): void;
  /** Stops answering a controller from one moment to the next, as if its process were killed. */
  kill(): void;
  stop(): Promise<void>;
  /** Until everything that answers was read: a cluster is asked again after half a minute at last. */
  read(): Promise<void>;
  rest(): Promise<void>;
  cluster(name: string): FakeMeshCluster;
  objects(): Found[];
  close(): Promise<void>;
}

interface Life {
  readonly mesh: Mesh;
  isKilled: boolean;
  /** Whether it knows that it leads: the answer that says so may have been lost. */
  isLeading: boolean;
}

export async function controllerWorld(
  settings: MeshSettings,
  names: readonly string[],
  isElected: boolean,
): Promise<ControllerWorld> {
  const mesh = fakeMesh(names, { settings });
  const ending: Promise<void>[] = [];
  let life: Life | undefined;
  let lives = 0;
  let lastTrouble = 0;

  const cluster = (name: string): FakeMeshCluster => (name === "home" ? mesh.home : mesh.cluster(name));

  function objects(): Found[] {
    return names.flatMap((name) =>
      writtenKinds.flatMap((kind) => {
        const { client } = cluster(name);
        return client.store
          .list(client.resource(kind))
          .filter(isOurs)
          .map((object) => ({ cluster: name, object: object as JsonObject }));
      }),
    );
  }

  /** Looks at each request that reaches a cluster. */
  function look(name: string, { verb, resource, object, key }: FakeRequest): void {
    if (!writtenKinds.includes(resource.kind)) return;
    if (verb === "delete") {
      const { namespace = "", name: called = "" } = key ?? {};
      const before = cluster(name).find(resource.kind, called, namespace);
      if (before !== undefined && !isByController.active) return;
      if (before !== undefined && isOurs(before)) checkDeletion(name, before);
      return;
    }
    if (object === undefined || !isByController.active) return;
    const found = { cluster: name, object: object as JsonObject };
    world.problems.push(...entryProblems(found));
    if (resource.kind === "ServiceEntry") {
      const title = nameOf(found);
      world.problems.push(...addressProblems([...objects().filter((one) => nameOf(one) !== title), found]));
    }
    const { namespace = "", name: called } = refOf(object);
    const before = cluster(name).find(resource.kind, called, namespace);
    const isQuiet = mesh.clock.monotonic() - lastTrouble > 5_000;
    if (isQuiet && before !== undefined && isOurs(before) && verb !== "create" && isWritten(object, before)) {
      world.problems.push(`a write of ${title(found)} changes nothing`);
    }
  }
  const title = nameOf;

  /** A name goes only where it is known of every cluster that it does not run there. */
  function checkDeletion(name: string, object: KrmObject): void {
    const what = `${name}: ${object.kind} ${object.metadata.name}`;
    const unread = life?.mesh.clusters().filter(({ view }) => view === "unread") ?? [];
    // What is registered in the same moment as a request leaves comes too late for it.
    const isLate = mesh.clock.monotonic() - world.registeredAt < 300;
    if (unread.length > 0 && !isLate)
      world.problems.push(`${what} is deleted although ${unread[0]!.name} was never read`);
    const host = /^(prd\.(\w+)\.global)-(se|default-dr)$/.exec(object.metadata.name ?? "");
    if (host === null) return;
    const isEverywhere = settings.scope.withoutDependency === "everywhere" && !isScoped(host[2]!);
    for (const [other, identities] of world.known) {
      if (other !== name && !isEverywhere) continue;
      if (world.registered.has(other) && identities.has(host[2]!)) {
        world.problems.push(`${what} is deleted although ${host[2]} runs in ${other} as far as is known`);
      }
    }
  }

  function isScoped(identity: string): boolean {
    const { client } = mesh.home;
    return client.store
      .list(client.resource("Dependency"))
      .some(
        (one) => JSON.stringify(one["spec"]).includes(`"${identity}"`) || JSON.stringify(one["spec"]).includes("*"),
      );
  }

  /** Requests of the controller, and not of the schedule itself. */
  const isByController = { active: false };

  function wrapped(client: Client, own: Life, name: string): Client {
    const over =
      <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
      async (...args: Args): Promise<T> => {
        if (own.isKilled) throw new KubeError("connection", "the process is gone");
        return call(...args);
      };
    const write =
      <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
      async (...args: Args): Promise<T> => {
        if (own.isKilled) throw new KubeError("connection", "the process is gone");
        const { failing } = world;
        if (failing !== undefined && failing.left > 0) {
          failing.left--;
          lastTrouble = mesh.clock.monotonic();
          throw failing.how();
        }
        isByController.active = true;
        // The check runs before the first turn of the request ends.
        const asked = call(...args);
        isByController.active = false;
        const answer = await asked;
        if (world.losing || own.isKilled) {
          world.losing = false;
          lastTrouble = mesh.clock.monotonic();
          throw new KubeError("connection", `the answer of ${name} was lost`);
        }
        return answer;
      };
    return Object.assign(Object.create(client) as Client, {
      find: over(client.find),
      get: over(client.get),
      list: over(client.list),
      create: write(client.create),
      update: write(client.update),
      patch: write(client.patch),
      apply: write(client.apply),
      delete: write(client.delete),
    });
  }

  /** Whoever takes over from one that was killed waits until its lease is over. */
  const isLeading = (): boolean => !isElected || life!.isLeading;

  function told(election: LeaderElection, own: Life): LeaderElection {
    const run: LeaderElection["run"] = (work, signal) =>
      election.run((leadership) => {
        own.isLeading = true;
        leadership.signal.addEventListener("abort", () => void (own.isLeading = false));
        return work(leadership);
      }, signal);
    return { ...election, run };
  }

  function isRead(): boolean {
    if (!isLeading()) return false;
    const views = new Map(
      // One that is behind for a moment only is not called stale yet.
      life!.mesh.clusters().map(({ name, view, staleMs }) => [name, staleMs > 0 ? `${view}, but behind` : view]),
    );
    return names.every((name) => {
      const view = views.get(name);
      if (!world.registered.has(name)) return view === undefined;
      return world.cut.has(name) ? view !== undefined : view === (world.paused.has(name) ? "paused" : "current");
    });
  }

  /** Until nothing is to be done; what a cluster that does not answer should have waits for ever. */
  async function idle(): Promise<void> {
    if ([...world.cut].some((name) => world.registered.has(name))) return mesh.pass(3_000);
    for (let quiet = 0, steps = 0; quiet < 4; steps++) {
      if (steps > 2_000) throw new ModelError("it does not come to rest");
      await mesh.pass(100);
      const { mesh: running } = life!;
      quiet = running.isStarted() && running.isIdle() ? quiet + 1 : 0;
    }
  }

  const world: ControllerWorld = {
    mesh,
    names,
    registered: new Set(names),
    cut: new Set(),
    paused: new Set(),
    registeredAt: 0,
    known: new Map(),
    problems: [],
    faults: 0,
    failing: undefined,
    losing: false,
    running: () => life!.mesh,
    cluster,
    objects,
    start() {
      const own: { -readonly [key in keyof Life]?: Life[key] } = { isKilled: false, isLeading: false };
      const instance = `pod-${++lives}`;
      const { home, connect, clock, random } = mesh.parts;
      const client = wrapped(home, own as Life, "home");
      own.mesh = mesh.start({
        instance,
        home: client,
        connect: (access, options) => wrapped(connect(access, options), own as Life, access.server.hostname),
        ...(isElected && {
          election: told(
            createLeaderElection(client, {
              name: "mesh",
              namespace: syncNamespace,
              identity: instance,
              clock,
              random,
            }),
            own as Life,
          ),
        }),
      });
      life = own as Life;
      lastTrouble = clock.monotonic();
    },
    kill() {
      life!.isKilled = true;
      lastTrouble = mesh.clock.monotonic();
      ending.push(life!.mesh.stop());
    },
    async stop() {
      await done(mesh, life!.mesh.stop());
    },
    async read() {
      for (let seconds = 0; !isRead(); seconds++) {
        if (seconds > 90) throw new ModelError(`not read after 90 s: ${JSON.stringify(life!.mesh.clusters())}`);
        await mesh.pass(1_000);
      }
    },
    async rest() {
      // A connection that was lost is known to be only some turns later.
      do {
        await world.read();
        await idle();
      } while (!isRead());
      for (const name of names) {
        if (!world.registered.has(name)) world.known.delete(name);
        else if (!world.cut.has(name)) world.known.set(name, identitiesIn(cluster(name)));
      }
      if (world.problems.length > 0) throw new ModelError([...new Set(world.problems)].slice(0, 5).join("\n"));
    },
    async close() {
      world.failing = undefined;
      for (const name of names) cluster(name).mend();
      ending.push(life!.mesh.stop());
      await done(mesh, Promise.all(ending));
    },
  };
  for (const [at, name] of names.entries()) {
    await putAll(cluster(name), clusterParts(name, ["west", "east", "south"][at % 3]!));
    await mesh.register(name);
    cluster(name).before = (request) => look(name, request);
  }
  world.start();
  return world;
}

/** Until something has come to its end, while time passes. */
async function done(mesh: FakeMesh, ending: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ending.finally(() => (isOver = true));
  for (let step = 0; !isOver; step++) {
    if (step > 400) throw new ModelError("the controller does not stop");
    await mesh.pass(250);
  }
  await ending;
}

/** Identities that serve whoever owns their name: each of their workloads has its Service. */
export function identitiesIn(cluster: FakeMeshCluster): Set<string> {
  const { client } = cluster;
  const found = new Set<string>();
  const without = new Set<string>();
  for (const { spec, metadata } of client.store.list(client.resource("Deployment"))) {
    const labels = get(get(get(spec as JsonObject, "template"), "metadata"), "labels");
    const identity = get(labels, "identity");
    if (typeof identity !== "string") continue;
    const hasService = cluster.find("Service", metadata.name!, metadata.namespace) !== undefined;
    (hasService ? found : without).add(identity);
  }
  return found.difference(without);
}

/** What is there in the end, read at once by somebody who never saw anything before. */
export function fleetOf(world: ControllerWorld, settings: MeshSettings): FleetSnapshot {
  const changes: FleetChange[] = [];
  for (const name of world.names) {
    changes.push({ kind: "cluster", cluster: name, view: "current" });
    const { client } = world.cluster(name);
    for (const kind of [...userKinds, ...writtenKinds]) {
      for (const object of client.store.list(client.resource(kind)))
        changes.push({ kind: "put", cluster: name, object });
    }
  }
  const { client } = world.mesh.home;
  for (const kind of homeKinds) {
    for (const object of client.store.list(client.resource(kind))) changes.push({ kind: "put", cluster: "", object });
  }
  changes.push({ kind: "cluster", cluster: "", view: "paused" });
  const hosts = new Map<string, readonly string[]>();
  for (const { object } of world.objects()) {
    const spec = object["spec"];
    const [host] = (get(spec, "hosts") ?? []) as string[];
    const addresses = get(spec, "addresses");
    if (object["kind"] === "ServiceEntry" && host !== undefined && Array.isArray(addresses)) {
      hosts.set(host.toLowerCase(), addresses as string[]);
    }
  }
  changes.push({ kind: "addresses", store: "all", hosts });
  return createFleet(settings).with(changes).fleet;
}
