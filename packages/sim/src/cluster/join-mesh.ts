import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { NamedPlace } from "../network/names.ts";
import type { ReachableAddress } from "../network/pod-network.ts";
import { startMeshProxy, type MeshProxy, type SocketPlace } from "../proxy/mesh-proxy.ts";
import { readMeshTable, type MeshTable } from "../proxy/mesh-table.ts";
import { nextTurn } from "../serve/next-turn.ts";
import type { Store } from "../store/store.ts";
import { gatewayAddresses, labelledClusters, localityOfNodes, meshNames, plainName } from "./mesh-places.ts";

/** What a cluster is to the data plane of a fleet. */
export interface MeshedCluster {
  readonly name: string;
  readonly core: { readonly store: Pick<Store, "subscribe" | "range"> };
  addresses(): readonly ReachableAddress[];
  setNames(names: ReadonlyMap<string, NamedPlace>, source: string): void;
}

export interface JoinMeshOptions {
  readonly onError: (error: unknown) => void;
  /** Milliseconds, from anywhere: for what is out for a while. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface JoinedMesh {
  /** Resolves when everything that was written so far is followed. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const routing = ["serviceentries", "destinationrules", "virtualservices"].map((one) => `${one}.networking.istio.io`);
const followed = new Set([...routing, "namespaces", "nodes", "services"]);

interface Plane {
  readonly cluster: MeshedCluster;
  readonly locality: string;
  readonly proxy: MeshProxy;
  readonly sidecars: Map<string, Promise<SocketPlace>>;
  table: MeshTable;
  objects: readonly JsonObject[];
}

/**
 * Lets process pods of a fleet reach the hosts of Istio's ServiceEntries over HTTP, by the objects that their clusters
 * hold at the moment: a data plane for each cluster, with a sidecar for each namespace. It starts with the first object.
 * A gateway is known by the Service that it is behind, or by the label `topology.istio.io/cluster` of endpoints.
 */
export function joinMesh(clusters: readonly MeshedCluster[], { onError, now, random }: JoinMeshOptions): JoinedMesh {
  const planes = new Map<string, Plane>();
  let isQueued = false;
  let isStopped = false;
  let work: Promise<void> = Promise.resolve();

  function schedule(): void {
    if (isQueued || isStopped) return;
    isQueued = true;
    work = afterWork(work);
  }

  async function afterWork(before: Promise<void>): Promise<void> {
    await before;
    // Whoever writes is not kept waiting, and many changes are followed at once.
    await new Promise<void>((resolve) => {
      nextTurn(resolve);
    });
    isQueued = false;
    if (isStopped) return;
    try {
      await follow();
    } catch (error) {
      onError(error);
    }
  }

  async function follow(): Promise<void> {
    const objects = new Map(clusters.map((one) => [one.name, objectsIn(one, ...routing)]));
    if (planes.size === 0 && [...objects.values()].every((list) => list.length === 0)) return;
    for (const cluster of clusters) {
      const plane = planes.get(cluster.name) ?? (await startPlane(cluster));
      planes.set(cluster.name, plane);
      const own = objects.get(cluster.name)!;
      if (isSame(own, plane.objects)) continue;
      plane.objects = own;
      plane.table = readMeshTable(own, { cluster: cluster.name, locality: plane.locality });
      plane.proxy.update(own);
    }
    for (const plane of planes.values()) await publish(plane);
  }

  async function startPlane(cluster: MeshedCluster): Promise<Plane> {
    const { name } = cluster;
    const locality = localityOfNodes(objectsIn(cluster, "nodes"));
    const proxy = await startMeshProxy({
      cluster: name,
      locality,
      objects: [],
      local: (address, port) => placeOf(cluster, address, port),
      gateway: (address) => gatewayAt(name, address),
      now,
      random,
    });
    const table = readMeshTable([], { cluster: name, locality });
    return { cluster, locality, proxy, table, sidecars: new Map(), objects: [] };
  }

  /** Where the gateway of another cluster listens. */
  function gatewayAt(from: string, address: string): SocketPlace | undefined {
    const plain = plainName(address);
    const behind = clusters.find(
      (one) =>
        one.name !== from && gatewayAddresses(objectsIn(one, "services")).some((own) => plainName(own) === plain),
    );
    const own = planes.get(from);
    const named = behind?.name ?? (own === undefined ? undefined : labelledClusters(own.table).get(plain));
    return named === undefined ? undefined : planes.get(named)?.proxy.gateway;
  }

  async function publish({ cluster, proxy, sidecars, table, locality }: Plane): Promise<void> {
    const names = new Map<string, NamedPlace>();
    for (const { metadata } of objectsIn(cluster, "namespaces")) {
      const namespace = textOf(get(metadata, "name"));
      const sidecar = sidecars.get(namespace) ?? proxy.sidecar({ namespace, locality, labels: {} });
      sidecars.set(namespace, sidecar);
      for (const [name, place] of meshNames(table, namespace, await sidecar)) names.set(name, place);
    }
    cluster.setNames(names, "mesh");
  }

  const ends = clusters.map(({ core }) =>
    core.store.subscribe(({ collection }) => {
      if (followed.has(collection)) schedule();
    }),
  );
  schedule();
  return {
    settled: async () => {
      while (isQueued) await work;
      await work;
    },
    async stop() {
      isStopped = true;
      for (const end of ends) end();
      await work;
      await Promise.all([...planes.values()].map(({ proxy }) => proxy.stop()));
    },
  };
}

function objectsIn({ core }: MeshedCluster, ...collections: readonly string[]): readonly JsonObject[] {
  return collections.flatMap((collection) => [...core.store.range(collection)].map(({ object }) => object));
}

/** By version: objects are read anew from bytes after a while. */
function isSame(a: readonly JsonObject[], b: readonly JsonObject[]): boolean {
  const version = ({ metadata }: JsonObject) =>
    `${textOf(get(metadata, "uid"))} ${textOf(get(metadata, "resourceVersion"))}`;
  return a.length === b.length && a.every((object, index) => version(object) === version(b[index]!));
}

/** Where a Service is reached that has pods; undefined: nobody serves. */
function placeOf(cluster: MeshedCluster, address: string, port: number): SocketPlace | undefined {
  const [service, namespace, svc] = plainName(address).split(".");
  if (svc !== "svc") return undefined;
  const found = cluster
    .addresses()
    .find((one) => one.service === service && one.namespace === namespace && one.port === port && one.ready > 0);
  return found === undefined ? undefined : { host: found.address, port: found.localPort };
}
