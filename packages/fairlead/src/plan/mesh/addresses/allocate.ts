import type { AddressSettings } from "../model/settings.ts";
import { allocateCounted } from "./counter.ts";
import { readCounter } from "./counter-records.ts";
import { allocateHashed, releaseHashed } from "./hash.ts";
import { readRecords } from "./hash-records.ts";
import type { AddressStore, Allocation, StoreReading } from "./store.ts";

/** The addresses of all hosts that the stores know and that are in use. */
export function readStores(stores: readonly AddressStore[], settings: AddressSettings): StoreReading {
  const addresses = new Map<string, readonly string[]>();
  if (settings.allocation === "counter") {
    const records = readCounter(stores.find(({ name }) => name === settings.store));
    for (const [entry, address] of records.entries) {
      if (entry.endsWith("-se")) addresses.set(entry.slice(0, -"-se".length), [address]);
    }
    return { addresses, findings: records.findings };
  }
  const { hosts, findings } = readRecords(stores);
  for (const [host, { record }] of hosts) if (record.freedAt === undefined) addresses.set(host, record.addresses);
  return { addresses, findings };
}

/**
 * Addresses for hosts, one for each family that the ranges name. A host keeps what it has; no two have the same.
 * `now`: milliseconds since 1970, for quarantines. `written`: what hosts have in written objects, by host in lower case:
 * a host that the store does not know keeps it, if nobody else has it. Stores that cannot be read give nothing new.
 */
export function allocateAddresses(
  stores: readonly AddressStore[],
  hosts: readonly string[],
  settings: AddressSettings,
  now: number,
  written?: ReadonlyMap<string, readonly string[]>,
): Allocation {
  if (settings.allocation === "counter") return allocateCounted(stores, hosts, settings, written);
  return allocateHashed(stores, hosts, settings, now, written);
}

/** Gives addresses of hosts back, to be used by others when their quarantine is over. The counter keeps them for ever. */
export function releaseAddresses(
  stores: readonly AddressStore[],
  hosts: readonly string[],
  settings: AddressSettings,
  now: number,
): Allocation {
  if (settings.allocation === "counter") return { changed: [], addresses: new Map(), findings: [] };
  return releaseHashed(stores, hosts, settings, now);
}
