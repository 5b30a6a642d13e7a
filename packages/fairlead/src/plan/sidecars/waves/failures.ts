import type { WorkloadKey } from "../model/decision.ts";
import { namespaceOf } from "../model/keys.ts";
import type { JournalEntry } from "../model/run.ts";
import type { Item } from "./core.ts";
import { itemOf, setItem, tell, workloadOf, type Draft } from "./draft.ts";

/** Who paused, when it was nobody: the failure budget; a journal that could not be read. */
export const breaker = "the failure budget";
export const journalPauser = "the journal";

/** Ends what an item was about: it counts against the failure budget until it is forgiven or something else is wanted. */
export function fail(draft: Draft, item: Item, state: "failed" | "broken", target: string, reason: string): void {
  const entry: JournalEntry = {
    target,
    state,
    wave: item.entry?.wave ?? waveName(draft, item),
    startedAt: item.entry?.startedAt ?? draft.now,
    endedAt: draft.now,
    reason,
    ...evictedSoFar(item.entry),
  };
  setItem(draft, { ...item, entry, flight: undefined, wait: undefined, endedAt: draft.mono });
  if (draft.run !== undefined) {
    draft.run = { ...draft.run, failed: draft.run.failed + 1, lastEndedAt: draft.now };
    draft.lastEndedAt = draft.mono;
  }
  const event = state === "broken" ? "SidecarStillOutdated" : "SidecarRestartFailed";
  tell(draft, workloadOf(item), "Warning", event, reason);
}

/** How many pods were evicted, for an entry that is about none in particular any more. */
export function evictedSoFar(entry: JournalEntry | undefined): Pick<JournalEntry, "evicted"> {
  return entry?.evicted === undefined ? {} : { evicted: { pods: entry.evicted.pods, of: entry.evicted.of } };
}

export function waveName(draft: Pick<Draft, "rules">, item: Item): string {
  return item.wave === undefined ? "" : (draft.rules.waves[item.wave]?.name ?? "");
}

/** How the reason of a failure begins that changed nothing. */
export const refusal = "refused: ";

/** Failures by name of the namespace: an owner is one in all clusters. */
export function failuresByNamespace(draft: Pick<Draft, "failures">): Map<string, WorkloadKey[]> {
  const result = new Map<string, WorkloadKey[]>();
  for (const key of draft.failures) {
    const namespace = namespaceOf(key);
    const list = result.get(namespace);
    if (list === undefined) result.set(namespace, [key]);
    else list.push(key);
  }
  return result;
}

/** Pauses everything once the failure budget is used up. No namespace adds more to it than its own limit. */
export function tripBreaker(draft: Draft): void {
  const { failures, namespaceFailures } = draft.rules.settings.budget;
  if (draft.failures.size < Math.max(1, failures) || isTripped(draft)) return;
  let sum = 0;
  const named: WorkloadKey[] = [];
  for (const [, keys] of [...failuresByNamespace(draft)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const counted = keys.sort().slice(0, Math.max(1, namespaceFailures));
    sum += counted.length;
    named.push(...counted);
  }
  if (sum < Math.max(1, failures)) return;
  const shown = named.slice(0, 5).map((key) => `${key} (${itemOf(draft, key)?.entry?.reason ?? ""})`);
  const more = named.length > shown.length ? ` and ${named.length - shown.length} more` : "";
  draft.pauses = [
    ...draft.pauses,
    {
      scope: { kind: "all" },
      by: breaker,
      reason: `${sum} failed, of ${failures} allowed: ${shown.join("; ")}${more}`.slice(0, 2000),
      at: draft.now,
    },
  ];
  draft.dirty = true;
}

export function isTripped(draft: Pick<Draft, "pauses">): boolean {
  return draft.pauses.some(({ scope, by }) => scope.kind === "all" && by === breaker);
}

/** Forgives failures: they hold nothing any more. What was refused before anything was written is tried again. */
export function forgive(draft: Draft, concerns: (key: WorkloadKey) => boolean): void {
  for (const key of [...draft.failures].sort()) {
    const item = itemOf(draft, key);
    if (item?.entry === undefined || !concerns(key)) continue;
    const refused = item.entry.reason.startsWith(refusal);
    setItem(draft, { ...item, entry: refused ? undefined : { ...item.entry, forgiven: true } });
  }
}

/** What everybody should have is something else now: failures of before say nothing about it. */
export function forgiveAll(draft: Draft): void {
  forgive(draft, () => true);
  if (!isTripped(draft)) return;
  draft.pauses = draft.pauses.filter(({ scope, by }) => !(scope.kind === "all" && by === breaker));
  draft.dirty = true;
}
