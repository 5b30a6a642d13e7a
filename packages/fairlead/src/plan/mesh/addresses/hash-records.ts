import { compareText } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import { familyOf } from "./range.ts";
import type { AddressStore } from "./store.ts";

/** One entry of a shard: `240.0.3.7 fd00::1f`, and `freed=1767225600` (seconds since 1970) behind it in quarantine. */
export interface AddressRecord {
  readonly addresses: readonly string[];
  /** Milliseconds since 1970; undefined: in use. */
  readonly freedAt: number | undefined;
}

export interface Records {
  /** By shard's name, then by host. */
  readonly shards: ReadonlyMap<string, ReadonlyMap<string, AddressRecord>>;
  /** Where a host stands. A host of two shards is that of the first. */
  readonly hosts: ReadonlyMap<string, { readonly shard: string; readonly record: AddressRecord }>;
  /** Shards with an entry that cannot be read: nobody knows what it holds, so nothing new may come from them. */
  readonly broken: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

export function parseRecord(entry: string): AddressRecord | undefined {
  const addresses: string[] = [];
  let freedAt: number | undefined;
  for (const word of entry.split(" ")) {
    if (word.startsWith("freed=")) {
      const text = word.slice("freed=".length);
      if (!/^\d{1,12}$/.test(text)) return undefined;
      freedAt = Number(text) * 1000;
    } else if (familyOf(word) !== undefined && addresses.length < 8) addresses.push(word);
    else return undefined;
  }
  return addresses.length === 0 ? undefined : { addresses, freedAt };
}

export function formatRecord({ addresses, freedAt }: AddressRecord): string {
  const freed = freedAt === undefined ? [] : [`freed=${Math.floor(freedAt / 1000)}`];
  return [...addresses, ...freed].join(" ");
}

/** Reads all shards; the order in which they are given does not count. */
export function readRecords(stores: readonly AddressStore[]): Records {
  const shards = new Map<string, ReadonlyMap<string, AddressRecord>>();
  const hosts = new Map<string, { shard: string; record: AddressRecord }>();
  const owners = new Map<string, string>();
  const broken = new Set<string>();
  const findings: Finding[] = [];
  const problem = (message: string, name: string) =>
    findings.push(meshFinding("FL811", { message, object: { apiVersion: "v1", kind: "ConfigMap", name } }));

  for (const { name, data } of stores.toSorted((a, b) => compareText(a.name, b.name))) {
    const records = new Map<string, AddressRecord>();
    shards.set(name, records);
    for (const host of Object.keys(data).sort(compareText)) {
      const record = parseRecord(data[host]!);
      if (record === undefined) {
        broken.add(name);
        problem(`the entry of ${host} in ${name} cannot be read: no further address comes from there`, name);
        continue;
      }
      records.set(host, record);
      const other = hosts.get(host);
      if (other !== undefined) {
        problem(`${host} stands in ${other.shard} and in ${name}: the first counts`, name);
        for (const address of record.addresses) if (!owners.has(address)) owners.set(address, host);
        continue;
      }
      hosts.set(host, { shard: name, record });
      for (const address of record.addresses) {
        const owner = owners.get(address);
        if (owner === undefined) owners.set(address, host);
        else if (record.freedAt === undefined && hosts.get(owner)?.record.freedAt === undefined)
          problem(`${owner} and ${host} have the same address ${address}`, name);
      }
    }
  }
  return { shards, hosts, broken, findings };
}
