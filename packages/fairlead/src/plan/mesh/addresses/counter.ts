import { compareText } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { AddressSettings } from "../model/settings.ts";
import { counterKey, printCounter, readCounter } from "./counter-records.ts";
import { familyOf, parseRange, formatAddress } from "./range.ts";
import type { AddressStore, Allocation } from "./store.ts";

/** The entry of a host: the name of its ServiceEntry. */
export function counterEntry(host: string): string {
  return `${host.toLowerCase()}-se`;
}

/**
 * The predecessor's way: the next address by how many there are, one ConfigMap, nothing is ever freed. A store that is
 * broken gives no further address.
 */
export function allocateCounted(
  stores: readonly AddressStore[],
  hosts: readonly string[],
  settings: AddressSettings,
  written: ReadonlyMap<string, readonly string[]> = new Map(),
): Allocation {
  const store = stores.find(({ name }) => name === settings.store);
  const records = readCounter(store);
  const entries = new Map(records.entries);
  const addresses = [...records.addresses];
  const taken = new Set([...addresses, ...entries.values()]);
  // Where a store was lost, what stands in objects is nobody else's.
  const reserved = new Set([...written.values()].flat());
  const findings: Finding[] = [...records.findings];
  const result = new Map<string, readonly string[]>();
  let isChanged = false;

  for (const host of [...new Set(hosts.map((one) => one.toLowerCase()))].sort(compareText)) {
    const known = entries.get(counterEntry(host));
    if (known !== undefined) {
      result.set(host, [known]);
      continue;
    }
    if (records.broken) {
      findings.push(problem(`${host} gets no address: ${settings.store} is broken`, settings.store));
      continue;
    }
    const kept = (written.get(host) ?? []).find((address) => familyOf(address) === 4 && !taken.has(address));
    const address = kept ?? next(addresses.length, settings, (one) => taken.has(one) || reserved.has(one));
    if (address === undefined) {
      findings.push(problem(`no address is left for ${host}`, settings.store));
      continue;
    }
    taken.add(address);
    addresses.push(address);
    entries.set(counterEntry(host), address);
    result.set(host, [address]);
    isChanged = true;
  }
  const text = isChanged ? printCounter({ entries, addresses, flow: records.flow }) : "";
  const changed = isChanged ? [{ name: settings.store, data: { ...store?.data, [counterKey]: text } }] : [];
  return { changed, addresses: result, findings };
}

/** The next by the number of addresses; one that is taken is followed by the next, `.255` by `.0` of the following block. */
function next(count: number, { ranges }: AddressSettings, isTaken: (address: string) => boolean): string | undefined {
  const range = ranges.map(parseRange).find((one) => one?.family === 4);
  if (range === undefined) return undefined;
  const [a, b] = formatAddress(range.first, 4).split(".");
  let third = Math.floor(count / 255) + 10;
  let last = (count % 255) + 1;
  while (third <= 255) {
    const address = `${a}.${b}.${third}.${last}`;
    if (!isTaken(address)) return address;
    if (last < 255) last++;
    else {
      third++;
      last = 0;
    }
  }
  return undefined;
}

function problem(message: string, name: string): Finding {
  return meshFinding("FL811", { message, object: { apiVersion: "v1", kind: "ConfigMap", name } });
}
