import { emptyPersistentMap, persistentDelete, persistentGet, persistentSet } from "@fairlead/apimachinery";
import type { Decision, Workload, WorkloadKey } from "../model/decision.ts";
import { placeOf } from "../model/keys.ts";
import type { JournalEntry, RunAction, RunInput } from "../model/run.ts";
import type { Core, Counts, Item, NamespaceKey, Queued, StageKey } from "./core.ts";
import { isFailed, phaseOf, type Phase } from "./phase.ts";

/** What a step changes in place; all else of a core it replaces. */
type Owned = "flights" | "rolling" | "failures" | "waiting" | "unknown" | "breaking" | "doneKeys" | "served" | "parked";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type Changeable<T> = {
  readonly [K in keyof T]: T[K] extends ReadonlySet<infer One>
    ? Set<One>
    : T[K] extends ReadonlyMap<infer Key, infer Value>
      ? Map<Key, Value>
      : never;
};

/** A core that one step works on: its own until it is closed. */
export interface Draft extends Mutable<Omit<Core, Owned | "now" | "counts">>, Changeable<Pick<Core, Owned>> {
  readonly input: RunInput;
  now: number;
  dryRun: boolean;
  counts: Mutable<Counts>;
  readonly events: RunAction[];
  readonly restarts: RunAction[];
  /** Whether the journal says something else than before. */
  dirty: boolean;
  /** Monotonic and clock time of the next step. */
  wakeAt: number;
  wakeClock: number;
  /** Workloads that became part of the run in this step. */
  readonly joining: Set<WorkloadKey>;
  /** Workloads of which one pod was replaced: the next is due. */
  readonly continuing: Set<WorkloadKey>;
  readonly edits: Map<StageKey, Map<NamespaceKey, QueueEdit>>;
  actionCount: number;
}

interface QueueEdit {
  readonly added: Map<WorkloadKey, Queued>;
  readonly removed: Set<WorkloadKey>;
}

export function openDraft(core: Core, input: RunInput): Draft {
  return {
    ...core,
    input,
    now: input.now,
    mono: input.monotonic,
    dryRun: core.rules.settings.restart.dryRun,
    flights: new Set(core.flights),
    rolling: new Set(core.rolling),
    failures: new Set(core.failures),
    waiting: new Set(core.waiting),
    unknown: new Set(core.unknown),
    breaking: new Set(core.breaking),
    doneKeys: new Set(core.doneKeys),
    served: new Map(core.served),
    parked: new Map(core.parked),
    counts: { ...core.counts },
    events: [],
    restarts: [],
    dirty: false,
    wakeAt: Number.POSITIVE_INFINITY,
    wakeClock: Number.POSITIVE_INFINITY,
    joining: new Set(),
    continuing: new Set(),
    edits: new Map(),
    actionCount: 0,
  };
}

export function closeDraft(draft: Draft): Core {
  flushQueues(draft);
  const {
    input: _input,
    dryRun: _dryRun,
    events: _events,
    restarts: _restarts,
    dirty: _dirty,
    wakeAt: _wakeAt,
    wakeClock: _wakeClock,
    joining: _joining,
    continuing: _continuing,
    edits: _edits,
    actionCount: _actionCount,
    ...core
  } = draft;
  return core;
}

export function itemOf(draft: Pick<Core, "items">, key: WorkloadKey): Item | undefined {
  return persistentGet(draft.items, key);
}

export function newItem(key: WorkloadKey): Item {
  return {
    key,
    decision: undefined,
    gone: false,
    wave: undefined,
    region: "",
    joinedAt: 0,
    entry: undefined,
    flight: undefined,
    endedAt: undefined,
    rollingSince: undefined,
    target: "",
    left: "",
    identity: "",
    wait: undefined,
    refused: new Map(),
    known: undefined,
    shownFor: "",
  };
}

/** Puts an item in the place of what it was, and keeps everything that is counted and sorted by it. */
export function setItem(draft: Draft, item: Item): void {
  const { key } = item;
  const before = itemOf(draft, key);
  const [was, is] = [phaseOf(before, draft.dryRun), phaseOf(item, draft.dryRun)];
  draft.items = persistentSet(draft.items, key, item);
  if (before?.entry !== item.entry) setEntry(draft, key, item.entry);
  count(draft, was, -1);
  count(draft, is, 1);
  put(draft.flights, key, is === "underWay");
  put(draft.waiting, key, is === "waiting");
  put(draft.unknown, key, is === "unknown");
  put(draft.rolling, key, item.rollingSince !== undefined && item.flight === undefined && !item.gone);
  put(draft.breaking, key, is === "waiting" && item.wait?.breaks === true);
  put(draft.failures, key, isFailed(item) && item.entry?.forgiven !== true && item.entry?.superseded !== true);
  if (is === "waiting" && item.wave === undefined) draft.joining.add(key);
  if (is === "waiting" || was === "waiting") draft.parked.delete(placeOf(key));
  const [from, to] = [placeIn(before, was), placeIn(item, is)];
  if (from?.stage === to?.stage && from?.queued.order === to?.queued.order) return;
  if (from !== undefined) dequeue(draft, from);
  if (to !== undefined) enqueue(draft, to);
}

export function dropItem(draft: Draft, key: WorkloadKey): void {
  const item = itemOf(draft, key);
  if (item === undefined) return;
  setItem(draft, { ...item, gone: true, flight: undefined, entry: undefined, rollingSince: undefined });
  draft.items = persistentDelete(draft.items, key);
}

function setEntry(draft: Draft, key: WorkloadKey, entry: JournalEntry | undefined): void {
  draft.entries = entry === undefined ? persistentDelete(draft.entries, key) : persistentSet(draft.entries, key, entry);
  draft.dirty = true;
}

function put(set: Set<WorkloadKey>, key: WorkloadKey, member: boolean): void {
  if (member) set.add(key);
  else set.delete(key);
}

function count(draft: Draft, phase: Phase, by: number): void {
  if (
    phase === "waiting" ||
    phase === "underWay" ||
    phase === "failed" ||
    phase === "reported" ||
    phase === "unknown"
  ) {
    draft.counts[phase] += by;
  }
}

interface QueuePlace {
  readonly stage: StageKey;
  readonly namespace: NamespaceKey;
  readonly queued: Queued;
}

function placeIn(item: Item | undefined, phase: Phase): QueuePlace | undefined {
  if (phase !== "waiting" || item?.wave === undefined || item.decision?.kind !== "outdated") return undefined;
  const { workload, order } = item.decision;
  return {
    stage: stageKey(item.wave, item.region),
    namespace: namespaceKey(workload),
    queued: { key: item.key, order, name: `${workload.name}/${workload.kind}` },
  };
}

export function stageKey(wave: number, region: string): StageKey {
  return `${wave}/${region}`;
}

export function namespaceKey({ cluster, namespace }: Pick<Workload, "cluster" | "namespace">): NamespaceKey {
  return `${cluster}/${namespace}`;
}

function editOf(draft: Draft, { stage, namespace }: QueuePlace): QueueEdit {
  let namespaces = draft.edits.get(stage);
  if (namespaces === undefined) draft.edits.set(stage, (namespaces = new Map()));
  let edit = namespaces.get(namespace);
  if (edit === undefined) namespaces.set(namespace, (edit = { added: new Map(), removed: new Set() }));
  return edit;
}

function enqueue(draft: Draft, place: QueuePlace): void {
  editOf(draft, place).added.set(place.queued.key, place.queued);
}

function dequeue(draft: Draft, place: QueuePlace): void {
  const edit = editOf(draft, place);
  edit.added.delete(place.queued.key);
  edit.removed.add(place.queued.key);
}

/** Carries the changes of a step out in the queues. */
export function flushQueues(draft: Draft): void {
  if (draft.edits.size === 0) return;
  const queues = new Map(draft.queues);
  for (const [stage, namespaces] of draft.edits) {
    const queue = new Map(queues.get(stage));
    for (const [namespace, { added, removed }] of namespaces) {
      const kept = (queue.get(namespace) ?? []).filter(({ key }) => !removed.has(key) && !added.has(key));
      const next = added.size === 0 ? kept : [...kept, ...added.values()].sort(byOrder);
      if (next.length === 0) queue.delete(namespace);
      else queue.set(namespace, next);
    }
    if (queue.size === 0) queues.delete(stage);
    else queues.set(stage, queue);
  }
  draft.queues = queues;
  draft.edits.clear();
}

export function byOrder(a: Queued, b: Queued): number {
  return a.order - b.order || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** Asks for a step at a monotonic time. */
export function wake(draft: Draft, at: number): void {
  if (at < draft.wakeAt) draft.wakeAt = at;
}

/** Asks for a step at a clock time. */
export function wakeClock(draft: Draft, at: number): void {
  if (at < draft.wakeClock) draft.wakeClock = at;
}

export function tell(
  draft: Draft,
  workload: Workload | undefined,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  if (workload !== undefined) draft.events.push({ kind: "event", workload, type, reason, message });
}

export function workloadOf(item: Item): Workload | undefined {
  return (item.decision as Decision | undefined)?.workload;
}

export function emptyCore(rules: Core["rules"]): Core {
  return {
    rules,
    now: undefined,
    mono: 0,
    revision: 0,
    pauses: [],
    history: [],
    run: undefined,
    items: emptyPersistentMap(),
    entries: emptyPersistentMap(),
    flights: new Set(),
    rolling: new Set(),
    failures: new Set(),
    waiting: new Set(),
    unknown: new Set(),
    breaking: new Set(),
    counts: { waiting: 0, underWay: 0, failed: 0, reported: 0, unknown: 0 },
    queues: new Map(),
    clusters: new Map(),
    served: new Map(),
    shares: [],
    lastStartAt: undefined,
    stageAt: 0,
    lastEndedAt: undefined,
    idleSince: undefined,
    retargeted: [],
    doneKeys: new Set(),
    parked: new Map(),
  };
}
