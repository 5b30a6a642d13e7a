import type { Difference } from "../model/decision.ts";

/** Differences that lead to a restart, in one line. */
export function reasonOf(differences: readonly Difference[]): string {
  const restarting = differences.filter(({ effect }) => effect === "restart");
  const shown = restarting.slice(0, 3).map(({ field, from, to }) => `${field} ${from} → ${to}`);
  const more = restarting.length > shown.length ? ` and ${restarting.length - shown.length} more` : "";
  return `${shown.join(", ")}${more}`.slice(0, 500);
}
