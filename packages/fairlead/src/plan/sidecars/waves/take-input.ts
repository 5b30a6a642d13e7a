import { emptyPersistentMap, persistentEntries } from "@fairlead/apimachinery";
import type { JournalEntry } from "../model/run.ts";
import type { ClusterState, Core, Item } from "./core.ts";
import { dropItem, itemOf, setItem, type Draft } from "./draft.ts";
import { evictedSoFar } from "./failures.ts";
import { clusterOf } from "../model/keys.ts";
import { rulesOf } from "./rules.ts";

/** Other settings: everything is put in its place anew. What is under way goes on. */
export function takeSettings(draft: Draft, core: Core): void {
  const { settings } = draft.input;
  if (settings === core.rules.settings) return;
  draft.rules = rulesOf(settings);
  draft.dryRun = settings.restart.dryRun;
  draft.stageAt = draft.mono;
  rebuild(draft, (item) => {
    const wave = item.flight === undefined ? undefined : waveNamed(draft, item.entry);
    return { ...item, wave, joinedAt: draft.mono };
  });
}

/** Clusters that came, went, are seen again, or lie elsewhere. */
export function takeClusters(draft: Draft): void {
  const before = draft.clusters;
  const clusters = new Map<string, ClusterState>();
  let moved = false;
  for (const { name, region, current } of draft.input.clusters) {
    const was = before.get(name);
    moved ||= was?.region !== region;
    clusters.set(
      name,
      was?.region === region && was.current === current ? was : { region, current, since: draft.mono },
    );
  }
  draft.clusters = clusters;
  if (moved && draft.items.size > 0)
    rebuild(draft, (item) => ({ ...item, region: clusters.get(clusterOf(item.key))?.region ?? item.region }));
}

/** What is not there any more in a cluster that is seen again. */
export function forgetGone(draft: Draft, core: Core): void {
  const seen = new Set<string>();
  for (const [name, { current }] of draft.clusters) {
    if (current && core.clusters.get(name)?.current !== true) seen.add(name);
  }
  if (seen.size === 0) return;
  for (const [key] of persistentEntries(draft.entries)) {
    if (seen.has(clusterOf(key)) && itemOf(draft, key)?.gone === true) dropItem(draft, key);
  }
}

function rebuild(draft: Draft, change: (item: Item) => Item): void {
  const { dirty } = draft;
  const items = [...persistentEntries(draft.items)].map(([, item]) => change(item));
  draft.items = emptyPersistentMap();
  for (const set of [draft.flights, draft.rolling, draft.failures, draft.waiting, draft.unknown, draft.breaking])
    set.clear();
  draft.counts = { waiting: 0, underWay: 0, failed: 0, reported: 0, unknown: 0 };
  draft.queues = new Map();
  draft.edits.clear();
  draft.joining.clear();
  draft.parked.clear();
  draft.shares = [];
  for (const item of items) setItem(draft, item);
  draft.dirty = dirty;
}

/**
 * The first step of a process: clock times of the journal become durations. A time that lies ahead (the clock was put back)
 * counts as now; what is under way is not late before it was looked at for a while (`judgeFlights`).
 */
export function wakeUp(draft: Draft): void {
  const at = (time: number): number => draft.mono - Math.max(0, draft.now - time);
  const { run } = draft;
  // Everything joins anew: what does so soon belongs to the wave.
  draft.stageAt = draft.mono;
  draft.lastEndedAt = run?.lastEndedAt === undefined ? undefined : at(run.lastEndedAt);
  for (const [key, entry] of persistentEntries(draft.entries)) {
    const item = itemOf(draft, key);
    if (item === undefined) continue;
    const since = at(entry.startedAt);
    draft.lastStartAt = Math.max(draft.lastStartAt ?? since, since);
    if (run !== undefined && entry.state === "done" && entry.startedAt >= run.startedAt) draft.doneKeys.add(key);
    setItem(draft, {
      ...item,
      region: draft.clusters.get(clusterOf(key))?.region ?? "",
      wave: isOfRun(entry) && run !== undefined ? waveNamed(draft, entry) : undefined,
      joinedAt: draft.mono,
      endedAt: entry.endedAt === undefined ? undefined : at(entry.endedAt),
      flight: entry.state === "restarting" ? flightOf(draft, entry, since) : undefined,
    });
  }
}

/** What a run had begun with and not ended: a run that begins later gives it another wave. */
function isOfRun({ state }: JournalEntry): boolean {
  return state === "restarting" || state === "held";
}

/** Whether its restart was written is not known: what is observed tells. */
function flightOf(draft: Draft, entry: JournalEntry, since: number): Item["flight"] {
  const { target, evicted, marked } = entry;
  return {
    way: evicted === undefined ? "roll" : "evict",
    target,
    // The entry tells when the first pod was evicted, and not when this one was.
    since: evicted === undefined ? since : draft.mono,
    action: "",
    phase: "unsure",
    phaseAt: draft.mono,
    seen: false,
    marked: marked === true && { pods: undefined },
    nodes: undefined,
    zones: undefined,
    pods: 0,
    pod: evicted?.pod === undefined ? undefined : { uid: evicted.pod, name: "", ready: false },
    before: { ready: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY },
    previous: heldBefore(entry),
  };
}

/** As it was before its pod was to be evicted; undefined: nothing had been done for its target. */
function heldBefore(entry: JournalEntry): JournalEntry | undefined {
  return (entry.evicted?.pods ?? 0) === 0 ? undefined : { ...entry, ...evictedSoFar(entry), state: "held" };
}

function waveNamed(draft: Draft, entry: JournalEntry | undefined): number | undefined {
  const found = draft.rules.waves.findIndex(({ name }) => name === entry?.wave);
  return found >= 0 ? found : undefined;
}
