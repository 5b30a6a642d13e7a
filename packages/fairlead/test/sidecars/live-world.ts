/** Embedded clusters with control planes and a fleet of Deployments, and the controller of the sidecars over them. */
import { get, textOf, type Clock, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { systemClock, type Client } from "@fairlead/kube";
import {
  createCluster,
  installIstio,
  type Cluster,
  type ClusterOptions,
  type Faults,
  type InstalledIstio,
  type InstallIstioOptions,
  type RequestFault,
} from "@fairlead/sim";
import { defaultSettings } from "../../src/plan/sidecars/presets.ts";
import type { SidecarSettings } from "../../src/plan/sidecars/model/settings.ts";
import type { SentWrite } from "../../src/run/sidecars/act/act.ts";
import { startSidecars, type Sidecars, type SidecarsOptions } from "../../src/run/sidecars/sidecars.ts";
import { memoryLog } from "../run/memory-log.ts";
import { clientOf } from "../support/embedded.ts";

type ApiRequestSeen = Parameters<NonNullable<Faults["request"]>>[0];

export interface WorldCluster {
  readonly stopWatch: () => void;
  readonly cluster: Cluster;
  readonly client: Client;
  readonly istio: InstalledIstio;
  /** Rolls the next minor version of Istio out; returns the image of its proxies. */
  upgrade(change?: Parameters<InstalledIstio["upgrade"]>[1]): Promise<string>;
  namespace(name: string, labels?: { readonly [name: string]: string }, annotations?: JsonObject): Promise<void>;
  /** A Deployment of one container, unless told otherwise. */
  deploy(namespace: string, name: string, change?: (object: JsonObject) => JsonObject): Promise<void>;
  /** Images of the proxies of a workload's pods, `none` for a pod without one; sorted. */
  proxies(namespace: string, name: string): readonly string[];
  workload(namespace: string, name: string, collection?: string): JsonObject;
  /** Its pods' template annotation that says for what it was restarted. */
  restartedFor(namespace: string, name: string): string;
  /** How often the pod template of a Deployment has changed after it was made, by `NAMESPACE/NAME`: who was restarted. */
  readonly restarts: Map<string, number>;
  /** Requests of the controller, and of the test itself through `client`: `PATCH /apis/…`, watches with `watch` in front. */
  readonly requests: string[];
  /** While it is true the API server accepts no connection. */
  isDown: boolean;
  /** What goes wrong with a request; nothing unless told. */
  fault: (request: string) => RequestFault | undefined;
}

export interface World {
  readonly east: WorldCluster;
  member(name: string): WorldCluster;
  readonly sent: SentWrite[];
  readonly lines: ReturnType<typeof memoryLog>["lines"];
  readonly log: ReturnType<typeof memoryLog>["log"];
  start(options?: Partial<SidecarsOptions>): Sidecars;
  /** Those that were started and not taken out. */
  readonly running: Sidecars[];
  stop(): Promise<void>;
}

type IstioChange = Partial<Omit<InstallIstioOptions, "version">>;

export interface WorldOptions {
  /** Of clusters and controllers; the machine's unless told. */
  readonly clock?: Clock;
  readonly clusters?: { readonly [name: string]: ClusterOptions & { readonly istio?: IstioChange } };
}

export const place = { namespace: "fairlead-system", name: "fairlead-sidecars" };

/** Everything at once, and no waiting: budgets and cooldowns are the planner's own tests. */
export const quick: SidecarSettings = {
  ...defaultSettings,
  oracle: { ...defaultSettings.oracle, settleMs: 500, timeoutMs: 2_000 },
  restart: { ...defaultSettings.restart, cooldownMs: 0 },
  budget: { ...defaultSettings.budget, fleet: 20, cluster: 20, namespace: 20 },
};

export async function sidecarWorld({
  clusters = { east: {} },
  clock = systemClock,
}: WorldOptions = {}): Promise<World> {
  const members = new Map<string, WorldCluster>();
  const running: Sidecars[] = [];
  const sent: SentWrite[] = [];
  const { log, lines } = memoryLog();
  for (const [name, { istio, ...options }] of Object.entries(clusters)) {
    members.set(name, await worldCluster(name, { clock, ...options }, istio ?? {}));
  }
  const home = [...members.values()][0]!;
  return {
    east: home,
    member: (name) => members.get(name)!,
    sent,
    lines,
    log,
    running,
    start(options = {}) {
      const one = startSidecars({
        home: home.client,
        clusters: { kind: "listed", clusters: [...members].map(([name, { client }]) => ({ name, client })) },
        settings: quick,
        place,
        dial: (cluster, service) => addressOf(members.get(cluster)!, service.name),
        clock,
        random: Math.random,
        log,
        instance: "test",
        onSend: (write) => void sent.push(write),
        ...options,
      });
      running.push(one);
      return one;
    },
    async stop() {
      await Promise.all(running.map((one) => one.stop()));
      for (const { istio, client, cluster, stopWatch } of members.values()) {
        stopWatch();
        await istio.stop();
        await client.close();
        await cluster.stop();
      }
    },
  };
}

function addressOf({ istio }: WorldCluster, service: string): { readonly host: string; readonly port: number } {
  return istio.injector.address(service.replace(/^istiod-?/, ""));
}

async function worldCluster(name: string, options: ClusterOptions, istioOptions: IstioChange): Promise<WorldCluster> {
  const requests: string[] = [];
  const restarts = new Map<string, number>();
  let isDown = false;
  const faults = {
    connection: () => (isDown ? ("drop" as const) : undefined),
    request({ method, path, query, user }: ApiRequestSeen): RequestFault | undefined {
      if (user.name !== "admin") return undefined;
      const isWatch = query.get("watch") === "true" || query.get("watch") === "1";
      const text = `${isWatch ? "watch" : method} ${path}`;
      requests.push(text);
      return one.fault(text);
    },
  };
  const cluster = await createCluster({ name, seed: 7, faults, ...options });
  const templates = new Map<string, string>();
  const stopWatch = cluster.core.store.watch("deployments.apps", cluster.core.store.revision, ({ kind, stored }) => {
    const key = stored.key;
    const template = JSON.stringify(at(stored.object, "spec", "template"));
    const before = templates.get(key);
    templates.set(key, template);
    if (kind === "deleted") templates.delete(key);
    else if (before !== undefined && before !== template && !key.includes("istiod")) {
      restarts.set(key, (restarts.get(key) ?? 0) + 1);
    }
  });
  const istio = await installIstio(cluster, { version: "1.28.0", ...istioOptions });
  await cluster.settled();
  const { api } = cluster;
  let minor = 28;
  const podsOf = (namespace: string, workload: string): readonly JsonObject[] =>
    api
      .list("pods", namespace)
      .filter(
        (pod) =>
          at(pod, "metadata", "labels", "app") === workload && at(pod, "metadata", "deletionTimestamp") === undefined,
      );
  const one: WorldCluster = {
    restarts,
    requests,
    get isDown() {
      return isDown;
    },
    set isDown(is) {
      isDown = is;
    },
    fault: () => undefined,
    stopWatch: stopWatch ?? (() => {}),
    cluster,
    client: clientOf(cluster),
    istio,
    async upgrade(change) {
      const version = `1.${++minor}.0`;
      await istio.upgrade(version, change);
      return `docker.io/istio/proxyv2:${version}`;
    },
    async namespace(namespace, labels = { "istio-injection": "enabled" }, annotations = {}) {
      await api.create("namespaces", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace, labels: { ...labels }, annotations },
      });
    },
    async deploy(namespace, workload, change = (object) => object) {
      await api.create("deployments.apps", change(deployment(namespace, workload)));
    },
    proxies: (namespace, workload) => podsOf(namespace, workload).map(proxyImage).sort(),
    workload: (namespace, workload, collection = "deployments.apps") =>
      api.get(collection, { namespace, name: workload })!,
    restartedFor: (namespace, workload) =>
      textOf(
        at(
          api.get("deployments.apps", { namespace, name: workload }),
          "spec",
          "template",
          "metadata",
          "annotations",
          "sidecars.fairlead.dev/restarted-for",
        ),
      ),
  };
  await one.namespace(place.namespace, {});
  await one.namespace("shop");
  return one;
}

export function deployment(namespace: string, name: string, replicas = 2): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image: "web:1" }] } },
    },
  };
}

export function proxyImage(pod: JsonObject | KrmObject): string {
  const spec = get(pod, "spec");
  for (const list of ["containers", "initContainers"]) {
    const containers = get(spec, list);
    for (const container of Array.isArray(containers) ? containers : []) {
      if (get(container, "name") === "istio-proxy") return textOf(get(container, "image"));
    }
  }
  return "none";
}

export function at(value: unknown, ...path: readonly string[]): JsonValue | undefined {
  let found = value as JsonValue | undefined;
  for (const key of path) found = get(found, key);
  return found;
}
