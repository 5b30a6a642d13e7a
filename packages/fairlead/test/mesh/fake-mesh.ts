/** A mesh of clusters in memory, on a virtual clock: real informers and server-side apply, no network. */
import { clone, get, virtualClock, type JsonObject, type VirtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError, type Client, type ObjectList, type Resource } from "@fairlead/kube";
import { builtinResources } from "../../../kube/test/apply-fixtures.ts";
import {
  fakeClient,
  type FakeClient,
  type FakeClientOptions,
  type FakeRequest,
} from "../../../kube/test/fake-client.ts";
import { memoryLog, turn, until as untilAt } from "../run/fake-cluster.ts";
import { defaultRegistry, type RegistrySettings } from "../../src/plan/mesh/config/registry-settings.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { startMesh, type Mesh, type MeshOptions } from "../../src/run/mesh/mesh.ts";
import { meshKindList } from "./kind-list.ts";

const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
const resources: readonly Resource[] = [
  ...builtinResources,
  ...[
    ["", "v1", "Node", "nodes"],
    ["apps", "v1", "DaemonSet", "daemonsets"],
    ["events.k8s.io", "v1", "Event", "events"],
    ["coordination.k8s.io", "v1", "Lease", "leases"],
    ["fairlead.dev", "v1alpha1", "MeshConfig", "meshconfigs"],
    ["multicluster.x-k8s.io", "v1alpha1", "ServiceExport", "serviceexports"],
    ...meshKindList,
  ].map(([group = "", version = "", kind = "", plural = ""]) => ({
    group,
    version,
    kind,
    plural,
    namespaced: kind !== "Node",
    verbs,
    ...(["admiral.io", "fairlead.dev", "multicluster.x-k8s.io"].includes(group) && { subresources: ["status"] }),
  })),
];

export interface FakeMeshCluster {
  readonly client: FakeClient;
  /** Loses every connection, now and until `mend`. */
  cut(): void;
  mend(): void;
  /** Forgets the history of changes, as etcd does every few minutes: watches from before, and further pages of lists, fail with 410. */
  compact(): void;
  /** Objects on a page of a list at most, however many are asked for. */
  mostOnPage: number;
  /** Called before each request; may throw or wait. */
  before: (request: FakeRequest) => void | Promise<void>;
  put(object: KrmObject): Promise<KrmObject>;
  /** Writes over an object, as somebody with kubectl does. */
  edit(kind: string, name: string, change: (object: KrmObject) => KrmObject, namespace?: string): Promise<void>;
  remove(kind: string, name: string, namespace?: string): Promise<void>;
  find(kind: string, name: string, namespace?: string): KrmObject | undefined;
  /** `ServiceEntry fairlead-mesh/prd.orders.global-se`, sorted. */
  written(): string[];
}

export interface FakeMesh {
  readonly clock: VirtualClock;
  readonly home: FakeMeshCluster;
  readonly lines: ReturnType<typeof memoryLog>["lines"];
  cluster(name: string): FakeMeshCluster;
  /** Registers a cluster; `token` is part of its kubeconfig. */
  register(name: string, token?: string, annotations?: { [name: string]: string }): Promise<void>;
  unregister(name: string): Promise<void>;
  start(options?: Partial<MeshOptions>): Mesh;
  /** What a controller is given of this world. */
  readonly parts: Pick<MeshOptions, "home" | "connect" | "clock" | "random" | "log" | "instance">;
  until(what: string, condition: () => boolean): Promise<void>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Until nothing waits any more. */
  settled(mesh: Mesh): Promise<void>;
  /** All writes of mesh objects in all clusters so far. */
  writes(): string[];
}

export const syncNamespace = "fairlead-mesh";

/** The Secret that registers a cluster: `cluster` and `user` as in a kubeconfig. */
export function registration(
  name: string,
  cluster: JsonObject,
  user: JsonObject,
  annotations: { readonly [name: string]: string } = {},
): KrmObject {
  const config = {
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster }],
    users: [{ name, user }],
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `cluster-${name}`, namespace: syncNamespace, labels: { "admiral/sync": "true" }, annotations },
    data: { [name]: Buffer.from(JSON.stringify(config)).toString("base64") },
  };
}

/** That of a cluster that listens: `certificate` in PEM. */
export function registrationOf(
  name: string,
  { url, token, certificate }: { readonly url: string; readonly token: string; readonly certificate: string },
): KrmObject {
  const authority = Buffer.from(certificate).toString("base64");
  return registration(name, { server: url, "certificate-authority-data": authority }, { token });
}

export function fakeMesh(
  names: readonly string[],
  { settings = defaultSettings, registry = {} }: { settings?: MeshSettings; registry?: Partial<RegistrySettings> } = {},
): FakeMesh {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const { log, lines } = memoryLog();
  const clusters = new Map(["home", ...names].map((name) => [name, fakeMeshCluster(clock)]));
  const home = clusters.get("home")!;
  const secretKind = home.client.resource("Secret");

  const parts: FakeMesh["parts"] = {
    home: receiving(home.client, home as Wired),
    connect(access) {
      const cluster = clusters.get(access.server.hostname.replace(/\.invalid$/, ""))!;
      return receiving(cluster.client, cluster as Wired);
    },
    clock,
    random: () => 0,
    log,
    instance: "pod",
  };
  const until: FakeMesh["until"] = (what, condition) => untilAt(clock, condition, what);
  return {
    clock,
    home,
    lines,
    cluster: (name) => clusters.get(name)!,
    async register(name, token = "t", annotations = {}) {
      const object = registration(name, { server: `https://${name}.invalid` }, { token }, annotations);
      await home.client.apply(secretKind, object, { fieldManager: "test", force: true });
    },
    async unregister(name) {
      await home.client.delete(secretKind, { namespace: syncNamespace, name: `cluster-${name}` });
    },
    parts,
    start: (options = {}) =>
      startMesh({ ...parts, settings, registry: { ...defaultRegistry, ...registry }, ...options }),
    until,
    async pass(ms) {
      for (let left = ms; left > 0; left -= 250) {
        clock.advance(Math.min(250, left));
        for (let turns = 0; turns < 4; turns++) await turn();
      }
    },
    async settled(mesh) {
      await until("the start", () => mesh.isStarted());
      for (let quiet = 0; quiet < 3;) {
        await until("nothing waits", () => mesh.isIdle());
        clock.advance(100);
        for (let turns = 0; turns < 8; turns++) await turn();
        quiet = mesh.isIdle() ? quiet + 1 : 0;
      }
    },
    writes: () =>
      [...clusters].flatMap(([name, { client }]) =>
        client
          .writes()
          .filter((write) => / (ServiceEntry|DestinationRule|VirtualService|Sidecar) /.test(write))
          .map((write) => `${name}: ${write}`),
      ),
  };
}

interface Wired extends FakeMeshCluster {
  wire: AbortController;
  /** Changes up to this version are forgotten. */
  compacted: number;
  /** Lists of which further pages may be asked for, by their tokens. */
  readonly lists: Map<string, Required<Pick<ObjectList, "items" | "resourceVersion">>>;
}

function fakeMeshCluster(clock: VirtualClock, options: FakeClientOptions = {}): FakeMeshCluster {
  const cluster: Wired = {
    client: fakeClient({
      anyNamespace: true,
      resources,
      now: () => new Date(clock.now()).toISOString(),
      before: async (request) => cluster.before(request),
      ...options,
    }),
    wire: new AbortController(),
    before: () => {},
    cut: () => cluster.wire.abort(),
    // Connections of a wire that is whole stay on it, or else the next cut would spare them.
    mend: () => void (cluster.wire.signal.aborted && (cluster.wire = new AbortController())),
    compacted: 0,
    lists: new Map(),
    mostOnPage: Infinity,
    compact() {
      cluster.compacted = cluster.client.store.version();
      cluster.lists.clear();
    },
    put: (object) =>
      cluster.client.apply(cluster.client.resource(object.kind), object, { fieldManager: "test", force: true }),
    async edit(kind, name, change, namespace = syncNamespace) {
      const resource = cluster.client.resource(kind);
      const found = clone(cluster.find(kind, name, namespace)!);
      await cluster.client.update(resource, change(found), { fieldManager: "kubectl-edit" });
    },
    async remove(kind, name, namespace = syncNamespace) {
      await cluster.client.delete(cluster.client.resource(kind), { namespace, name });
    },
    find: (kind, name, namespace = syncNamespace) =>
      cluster.client.store.find(cluster.client.resource(kind), { namespace, name }),
    written: () =>
      ["ServiceEntry", "DestinationRule", "VirtualService"]
        .flatMap((kind) => cluster.client.store.list(cluster.client.resource(kind)))
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
        .sort(),
  };
  return cluster;
}

/** A client whose lists and watches give objects that are nobody else's, over a wire that can be cut. */
function receiving(client: FakeClient, cluster: Wired): Client {
  const wire = (): AbortSignal => {
    if (cluster.wire.signal.aborted) throw new KubeError("connection", "no way to the cluster");
    return cluster.wire.signal;
  };
  /** Whoever waits for an answer that never comes may give up. */
  const orAborted = async <T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    if (signal === undefined) return answer;
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(new KubeError("aborted", "the call was aborted"));
    signal.addEventListener("abort", abort, { once: true });
    return Promise.race([answer, promise]).finally(() => signal.removeEventListener("abort", abort));
  };
  const over =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      wire();
      const answer = await orAborted(call(...args), (args.at(-1) as { signal?: AbortSignal } | undefined)?.signal);
      wire();
      return answer;
    };
  const { discovery } = client;
  return Object.assign(Object.create(client) as Client, {
    discovery: { ...discovery, find: over(discovery.find), resources: over(discovery.resources) },
    find: over(client.find),
    get: over(client.get),
    create: over(client.create),
    update: over(client.update),
    patch: over(client.patch),
    apply: over(client.apply),
    delete: over(client.delete),
    async list(...[resource, options = {}]: Parameters<Client["list"]>) {
      wire();
      const { limit = 0, ...rest } = options;
      const token = options.continue ?? "";
      const known = cluster.lists.get(token);
      if (known === undefined && token.startsWith("page ")) throw forgotten();
      // Further pages show what was there at the time of the first one.
      const all = known ?? (await orAborted(client.list(resource, rest), options.signal));
      wire();
      // A client that makes lists of its own.
      if ("continue" in all) return { ...all, items: all.items.map(clone) };
      const most = Math.min(cluster.mostOnPage, limit === 0 ? Infinity : limit);
      const { resourceVersion } = all;
      const items = all.items.slice(0, most).map(clone);
      if (all.items.length <= most) return { resourceVersion, items };
      const next = `page ${resourceVersion} ${cluster.lists.size} ${all.items.length}`;
      cluster.lists.set(next, { resourceVersion, items: all.items.slice(most) });
      return { resourceVersion, items, continue: next };
    },
    async *watch(...[resource, options = {}]: Parameters<Client["watch"]>) {
      const line = wire();
      const signal = options.signal === undefined ? line : AbortSignal.any([options.signal, line]);
      const from = Number(options.resourceVersion ?? 0);
      if (from > 0 && from < cluster.compacted) throw forgotten();
      options.onOpen?.();
      for await (const event of client.watch(resource, { ...options, signal })) {
        yield event.type === "BOOKMARK" ? event : { ...event, object: clone(event.object) };
      }
      if (line.aborted) throw new KubeError("connection", "the connection was lost");
    },
  });
}

function forgotten(): KubeError {
  return new KubeError("gone", "the server no longer knows this version", { httpStatus: 410 });
}

/** Puts objects into a cluster, their status too. */
export async function putAll(cluster: FakeMeshCluster, objects: readonly KrmObject[]): Promise<void> {
  for (const { status, ...object } of objects) {
    await cluster.put(object as KrmObject);
    if (status === undefined) continue;
    const found = cluster.find(object.kind, object.metadata.name!, object.metadata.namespace)!;
    await cluster.client.update(cluster.client.resource(object.kind), { ...found, status }, { subresource: "status" });
  }
}

const regions: { readonly [cluster: string]: string } = { eu: "eu-west-1", us: "us-east-1", ap: "ap-south-1" };

/** eu and us with orders in eu, cart in us, which calls it; ap is empty. All are registered. */
export async function shop(options: Parameters<typeof fakeMesh>[1] = {}, names = ["eu", "us"]): Promise<FakeMesh> {
  const world = fakeMesh(names, options);
  for (const name of names) {
    await putAll(world.cluster(name), clusterParts(name, regions[name] ?? name));
    await world.register(name);
  }
  await putAll(world.cluster("eu"), service("orders", "shop"));
  await putAll(world.cluster("us"), service("cart", "front"));
  await world.home.put(dependency("cart", "orders"));
  return world;
}

/** The addresses of a ServiceEntry's endpoints; undefined if there is none of the name. */
export function endpointsOf(cluster: FakeMeshCluster, host: string): unknown[] | undefined {
  const object = cluster.find("ServiceEntry", `${host}-se`);
  if (object === undefined) return undefined;
  const endpoints = get(object["spec"], "endpoints");
  return (Array.isArray(endpoints) ? endpoints : []).map((one) => get(one, "address"));
}

/** What a cluster has before anything runs in it: a node in a region, and a gateway. */
export function clusterParts(name: string, region: string): KrmObject[] {
  return [
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1", labels: { "topology.kubernetes.io/region": region } },
    },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: syncNamespace } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "gateway",
        namespace: "istio-system",
        labels: { istio: "eastwestgateway", app: "istio-ingressgateway" },
      },
      spec: {
        type: "LoadBalancer",
        ports: [{ name: "tls", port: 15443, protocol: "TCP" }],
        selector: { istio: "eastwestgateway" },
      },
      status: { loadBalancer: { ingress: [{ hostname: `lb-${name}.example` }] } },
    },
  ] as KrmObject[];
}

/** A Deployment of an identity and its Service. */
export function service(identity: string, namespace: string, port = 8080): KrmObject[] {
  const labels = { app: identity, identity };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: identity, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: identity } },
        template: {
          metadata: { labels: { ...labels, env: "prd" }, annotations: { "sidecar.istio.io/inject": "true" } },
          spec: { containers: [{ name: "main", image: "registry.example/x:1", ports: [{ containerPort: port }] }] },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: identity, namespace, labels },
      spec: { selector: { app: identity }, ports: [{ name: "http", port, targetPort: port, protocol: "TCP" }] },
    },
  ];
}

export function dependency(source: string, ...destinations: string[]): KrmObject {
  return admiral("Dependency", source, syncNamespace, { source, identityLabel: "identity", destinations });
}

export function admiral(kind: string, name: string, namespace: string, spec: JsonObject, labels = {}): KrmObject {
  return { apiVersion: "admiral.io/v1alpha1", kind, metadata: { name, namespace, labels }, spec };
}
