import type { Fleet } from "../model/fleet.ts";
import { exportersOf } from "./exports/exporters.ts";

/** Whether nothing is written for an identity; an exported Service rests with any of those behind it. */
export function isSuspended(identity: string, fleet: Fleet): boolean {
  const { suspended } = fleet.settings;
  if (suspended.length === 0) return false;
  if (suspended.includes("*") || suspended.includes(identity)) return true;
  const facts = fleet.identity(identity);
  if (facts === undefined || facts.exports.length === 0) return false;
  return exportersOf(facts, fleet).some(({ servers }) => servers.some((one) => suspended.includes(one.identity)));
}
