import type { Fleet } from "../model/fleet.ts";
import { familyOf, parseRange } from "../addresses/range.ts";

/** The virtual addresses of a host, as far as they are known and wanted. */
export function addressesOf(host: string, fleet: Fleet): readonly string[] {
  const { kind } = fleet.settings.addresses;
  return kind === "pool" || kind === "keep" ? (fleet.addresses(host.toLowerCase()) ?? []) : [];
}

/** Whether a host has to get an address, or one of another family, before it is complete. */
export function needsAddress(host: string, fleet: Fleet): boolean {
  const { kind, ranges, allocation } = fleet.settings.addresses;
  if (kind !== "pool") return false;
  const known = fleet.addresses(host.toLowerCase()) ?? [];
  if (known.length === 0) return true;
  if (allocation === "counter") return false;
  const families = new Set(known.map(familyOf));
  return ranges.some((range) => {
    const family = parseRange(range)?.family;
    return family !== undefined && !families.has(family);
  });
}
