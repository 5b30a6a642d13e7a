import type { NamedPlace } from "../network/names.ts";
import type { ReachableAddress } from "../network/pod-network.ts";

/** What a cluster is to a fleet whose programs find each other by name. */
export interface NamedCluster {
  readonly name: string;
  addresses(): readonly ReachableAddress[];
  onAddresses(callback: () => void): void;
  setNames(names: ReadonlyMap<string, NamedPlace>): void;
}

const domain = "svc.clusterset.local";

/**
 * Lets process pods of all clusters find the Services of all by the names of the multi-cluster Services API (KEP-1645), with
 * every Service exported: `orders.shop.svc.clusterset.local` leads to those that have ready pods, the own cluster's first;
 * `paris.orders.shop.svc.clusterset.local` to that of one cluster.
 */
export function joinNames(clusters: readonly NamedCluster[]): void {
  const update = (): void => {
    const all = clusters.map(({ name, addresses }) => ({ name, places: placesOf(addresses()) }));
    for (const cluster of clusters) {
      const ownFirst = [
        ...all.filter(({ name }) => name === cluster.name),
        ...all.filter(({ name }) => name !== cluster.name),
      ];
      cluster.setNames(namesOf(ownFirst));
    }
  };
  for (const cluster of clusters) cluster.onAddresses(update);
  update();
}

interface ServicePlace {
  readonly address: string;
  readonly ports: Record<number, number>;
  ready: boolean;
}

/** By `service.namespace`. */
function placesOf(addresses: readonly ReachableAddress[]): ReadonlyMap<string, ServicePlace> {
  const places = new Map<string, ServicePlace>();
  for (const { namespace, service, address, port, localPort, ready } of addresses) {
    const key = `${service}.${namespace}`;
    const place = places.get(key) ?? { address, ports: {}, ready: false };
    place.ports[port] = localPort;
    place.ready ||= ready > 0;
    places.set(key, place);
  }
  return places;
}

function namesOf(
  clusters: readonly { readonly name: string; readonly places: ReadonlyMap<string, ServicePlace> }[],
): ReadonlyMap<string, NamedPlace> {
  const names = new Map<string, NamedPlace>();
  for (const { name, places } of clusters) {
    for (const [key, { address, ports, ready }] of places) {
      names.set(`${name}.${key}.${domain}`, { addresses: [address], ports });
      const full = `${key}.${domain}`;
      // One at a time: a program goes to the next cluster when its own has nobody who answers.
      if (ready && !names.has(full)) names.set(full, { addresses: [address], ports });
    }
  }
  return names;
}
