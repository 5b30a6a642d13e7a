import { compareText } from "@fairlead/apimachinery";
import { contentHash, type Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { AddressSettings } from "../model/settings.ts";
import { type AddressRecord, formatRecord, readRecords, type Records } from "./hash-records.ts";
import { type AddressRange, type Family, familyOf, formatAddress, parseRange } from "./range.ts";
import { type AddressStore, type Allocation, shardName } from "./store.ts";

/*
 * The address of a host follows from its name (consistent hashing), and what follows is recorded: where two names meet,
 * the later one moves on, and its record tells where to. Each shard has the addresses of its own remainder, so that two
 * writers of two shards never meet.
 */

const hashedAttempts = 8;

/** Addresses for hosts. Those that have some keep them; a freed host gets its own back. */
export function allocateHashed(
  stores: readonly AddressStore[],
  hosts: readonly string[],
  settings: AddressSettings,
  now: number,
  written: ReadonlyMap<string, readonly string[]> = new Map(),
): Allocation {
  const records = readRecords(stores);
  const findings: Finding[] = [...records.findings];
  const taken = takenAt(records, settings, now);
  // Where a store was lost, what stands in objects is nobody else's.
  const reserved = new Set([...written.values()].flat());
  const changes = new Map<string, Map<string, AddressRecord>>();
  const addresses = new Map<string, readonly string[]>();
  const pools = poolsOf(settings);
  const wanted = [...new Set(hosts.map((host) => host.toLowerCase()))].sort(compareText);

  for (const host of wanted) {
    const known = records.hosts.get(host);
    const shard = known?.shard ?? shardName(settings.store, shardOf(host, settings));
    // What left its quarantine may be somebody else's by now.
    const over = known !== undefined && isOver(known.record, settings, now);
    const own = (known?.record.addresses ?? []).filter((address) => !over || !taken.has(address));
    for (const address of own) taken.add(address);
    const missing = pools.filter(({ family }) => !own.some((address) => familyOf(address) === family));
    if (missing.length === 0 && known !== undefined && known.record.freedAt === undefined) {
      addresses.set(host, own);
      continue;
    }
    if (records.broken.has(shard) && known === undefined) {
      findings.push(problem(`${host} gets no address: ${shard} cannot be read`, shard));
      continue;
    }
    const found = [...own];
    // An address that stands in written objects although the store does not know it stays, if nobody else has it.
    for (const address of written.get(host) ?? []) {
      const family = familyOf(address);
      if (taken.has(address) || !missing.some((pool) => pool.family === family)) continue;
      if (found.some((one) => familyOf(one) === family)) continue;
      taken.add(address);
      found.push(address);
    }
    for (const pool of missing) {
      if (found.some((one) => familyOf(one) === pool.family)) continue;
      const address = records.broken.has(shard)
        ? undefined
        : freeAddress(host, pool, settings, {
            has: (one) => taken.has(one) || reserved.has(one),
            size: taken.size + reserved.size,
          });
      if (address === undefined) {
        findings.push(problem(`no IPv${pool.family} address is left for ${host}`, shard));
        continue;
      }
      taken.add(address);
      found.push(address);
    }
    if (found.length === 0) continue;
    const record = { addresses: found.sort(byFamily), freedAt: undefined };
    addresses.set(host, record.addresses);
    if (known !== undefined && known.record.freedAt === undefined && found.length === own.length) continue;
    change(changes, shard, host, record);
  }
  return { changed: changedStores(stores, changes, records, settings, now), addresses, findings };
}

/** Hosts that nothing needs any more: their addresses wait for the quarantine to end. */
export function releaseHashed(
  stores: readonly AddressStore[],
  hosts: readonly string[],
  settings: AddressSettings,
  now: number,
): Allocation {
  const records = readRecords(stores);
  const changes = new Map<string, Map<string, AddressRecord>>();
  for (const host of new Set(hosts.map((one) => one.toLowerCase()))) {
    const known = records.hosts.get(host);
    if (known === undefined || known.record.freedAt !== undefined) continue;
    change(changes, known.shard, host, { addresses: known.record.addresses, freedAt: now });
  }
  return {
    changed: changedStores(stores, changes, records, settings, now),
    addresses: new Map(),
    findings: records.findings,
  };
}

function change(
  changes: Map<string, Map<string, AddressRecord>>,
  shard: string,
  host: string,
  record: AddressRecord,
): void {
  const shardChanges = changes.get(shard) ?? new Map<string, AddressRecord>();
  shardChanges.set(host, record);
  changes.set(shard, shardChanges);
}

function takenAt(records: Records, settings: AddressSettings, now: number): Set<string> {
  const taken = new Set<string>();
  for (const shard of records.shards.values()) {
    for (const record of shard.values()) {
      if (!isOver(record, settings, now)) for (const address of record.addresses) taken.add(address);
    }
  }
  return taken;
}

function isOver({ freedAt }: AddressRecord, { quarantineSeconds }: AddressSettings, now: number): boolean {
  return freedAt !== undefined && freedAt + quarantineSeconds * 1000 <= now;
}

/** Whole shards, without what has left its quarantine: a shard that is written anyway is swept. */
function changedStores(
  stores: readonly AddressStore[],
  changes: ReadonlyMap<string, ReadonlyMap<string, AddressRecord>>,
  records: Records,
  settings: AddressSettings,
  now: number,
): readonly AddressStore[] {
  return [...changes.keys()].sort(compareText).map((name) => {
    const entries = new Map(Object.entries(stores.find((store) => store.name === name)?.data ?? {}));
    for (const [host, record] of records.shards.get(name) ?? [])
      if (isOver(record, settings, now)) entries.delete(host);
    for (const [host, record] of changes.get(name)!) entries.set(host, formatRecord(record));
    return { name, data: Object.fromEntries([...entries].sort(([a], [b]) => compareText(a, b))) };
  });
}

interface Pool {
  readonly family: Family;
  readonly ranges: readonly AddressRange[];
  readonly size: bigint;
}

function poolsOf({ ranges }: AddressSettings): readonly Pool[] {
  const parsed = ranges.map(parseRange).filter((range) => range !== undefined);
  return ([4, 6] as const).flatMap((family) => {
    const own = parsed.filter((range) => range.family === family);
    return own.length === 0 ? [] : [{ family, ranges: own, size: own.reduce((all, { size }) => all + size, 0n) }];
  });
}

function shardOf(host: string, { shards }: AddressSettings): number {
  return Number(hashOf(host, "shard") % BigInt(Math.max(1, shards)));
}

function hashOf(host: string, what: string): bigint {
  return BigInt(`0x${contentHash([host, what]).slice(0, 16)}`);
}

function freeAddress(
  host: string,
  pool: Pool,
  settings: AddressSettings,
  taken: { readonly size: number; has(address: string): boolean },
): string | undefined {
  const step = BigInt(Math.max(1, settings.shards));
  const shard = BigInt(shardOf(host, settings));
  const count = pool.size <= shard ? 0n : (pool.size - shard - 1n) / step + 1n;
  const tried = (at: bigint): string | undefined => {
    const address = addressAt(pool, at);
    return address === undefined || taken.has(address) ? undefined : address;
  };
  if (count > 0n) {
    for (let attempt = 0; attempt < hashedAttempts; attempt++) {
      const address = tried(shard + step * (hashOf(host, `${pool.family}/${attempt}`) % count));
      if (address !== undefined) return address;
    }
    const start = hashOf(host, `${pool.family}/0`) % count;
    // Among so many in a row one is free, unless none is.
    const most = count < BigInt(2 * taken.size + 8) ? count : BigInt(2 * taken.size + 8);
    for (let i = 1n; i <= most; i++) {
      const address = tried(shard + step * ((start + i) % count));
      if (address !== undefined) return address;
    }
  }
  return undefined;
}

/** The address at a place of a pool; none at the ends of a range, which networks keep for themselves. */
function addressAt({ ranges, family }: Pool, at: bigint): string | undefined {
  let rest = at;
  for (const { first, size } of ranges) {
    if (rest >= size) {
      rest -= size;
      continue;
    }
    return rest === 0n || rest === size - 1n ? undefined : formatAddress(first + rest, family);
  }
  return undefined;
}

function byFamily(a: string, b: string): number {
  return (familyOf(a) ?? 0) - (familyOf(b) ?? 0);
}

function problem(message: string, name: string): Finding {
  return meshFinding("FL811", { message, object: { apiVersion: "v1", kind: "ConfigMap", name } });
}
