import { get, isObject } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import type { AddressSettings } from "../model/settings.ts";
import { stringMap } from "../../shared/read.ts";

/** What a ConfigMap of virtual addresses holds. */
export interface AddressStore {
  readonly name: string;
  readonly data: { readonly [key: string]: string };
}

export interface StoreReading {
  /** Addresses of hosts in lower case, IPv4 first. Hosts that were freed are not among them. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly findings: readonly Finding[];
}

export interface Allocation {
  /** Those that change, whole: to be written before the addresses are used. */
  readonly changed: readonly AddressStore[];
  /** Of the hosts that were asked for; one without is missing. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly findings: readonly Finding[];
}

/** The ConfigMaps in which hosts are looked for; more may be there from the time when settings named more. */
export function storeNames({ allocation, store, shards }: AddressSettings): readonly string[] {
  if (allocation === "counter") return [store];
  return Array.from({ length: Math.max(1, shards) }, (_, shard) => shardName(store, shard));
}

export function shardName(store: string, shard: number): string {
  return `${store}-${shard}`;
}

/** Whether a ConfigMap of the sync namespace holds addresses, by its name. */
export function isStore(name: string, { allocation, store }: AddressSettings): boolean {
  if (allocation === "counter") return name === store;
  return name.startsWith(`${store}-`) && /^\d{1,4}$/.test(name.slice(store.length + 1));
}

/** The store in a ConfigMap. */
export function storeOf(configMap: KrmObject): AddressStore {
  return { name: configMap.metadata.name ?? "", data: stringMap(get(configMap, "data")) };
}

/** The ConfigMap of a store; `previous` is the one that it replaces, whose other fields stay. */
export function configMapOf(store: AddressStore, namespace: string, previous?: KrmObject): KrmObject {
  const metadata = isObject(previous?.metadata) ? previous.metadata : {};
  return {
    ...previous,
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...metadata, name: store.name, namespace },
    data: { ...store.data },
  };
}
