import { compareText, persistentEntries } from "@fairlead/apimachinery";
import type { Outdated, Workload } from "../model/decision.ts";
import { namespaceOf } from "../model/keys.ts";
import type { RunRecord } from "../model/run.ts";
import { dropItem, itemOf, setItem, type Draft } from "./draft.ts";
import { forgiveAll } from "./failures.ts";

/** One region of one wave: stages go one after the other. */
export interface Stage {
  readonly wave: number;
  readonly region: string;
}

type Placed = Pick<Draft, "rules" | "clusters" | "run">;

export function stagesOf({ rules, clusters }: Pick<Placed, "rules" | "clusters">): Stage[] {
  const named = rules.settings.regions;
  const place = (region: string): number => (named.includes(region) ? named.indexOf(region) : named.length);
  const regions = new Set<string>();
  for (const { region } of clusters.values()) regions.add(region);
  const sorted = [...regions].sort((a, b) => place(a) - place(b) || compareText(a, b));
  if (sorted.length === 0) sorted.push("");
  return rules.waves.flatMap((_, wave) => sorted.map((region) => ({ wave, region })));
}

/** Index of the stage that goes now, in `stagesOf`. */
export function stageIndex(draft: Placed, stages: readonly Stage[]): number {
  const { run, rules } = draft;
  if (run === undefined) return 0;
  const wave = rules.waves.findIndex(({ name }) => name === run.wave);
  const found = stages.findIndex((stage) => stage.wave === wave && stage.region === run.region);
  return found >= 0
    ? found
    : Math.max(
        0,
        stages.findIndex((stage) => stage.wave === wave),
      );
}

/** Gives those that became part of the run their waves, and begins a run if there is none. */
export function join(draft: Draft): void {
  if (draft.joining.size === 0) return;
  if (draft.run === undefined) begin(draft);
  const items = [...draft.joining].flatMap((key) => itemOf(draft, key) ?? []).filter(({ wave }) => wave === undefined);
  draft.joining.clear();
  const joined = items.flatMap((item) =>
    item.decision?.kind === "outdated" ? [{ item, decision: item.decision }] : [],
  );
  joined.sort((a, b) => byPlan(a.decision, b.decision));
  const waves = draft.rules.waves;
  const shares = waves.map((wave, at) => draft.shares[at] ?? startingShare(draft, wave.name));
  let rest = joined;
  for (const [at, wave] of waves.entries()) {
    const matching = rest.filter(({ decision }) => wave.matches(placeOf(decision)));
    const matched = shares[at]!.matched + matching.length;
    const room = Math.max(0, Math.ceil((matched * wave.percent) / 100) - shares[at]!.taken);
    const taken = new Set(matching.slice(0, room));
    shares[at] = { matched, taken: shares[at]!.taken + taken.size };
    for (const { item } of taken) setItem(draft, { ...item, wave: at, joinedAt: draft.mono });
    rest = rest.filter((one) => !taken.has(one));
  }
  draft.shares = shares;
}

/** What the journal tells of a wave that another process began. */
function startingShare({ run }: Draft, wave: string): { matched: number; taken: number } {
  const count = run !== undefined && Object.hasOwn(run.waves, wave) ? run.waves[wave]! : 0;
  return { matched: count, taken: count };
}

function placeOf({ workload, labels, namespaceLabels }: Outdated) {
  return { cluster: workload.cluster, namespace: workload.namespace, labels, namespaceLabels };
}

function byPlan(a: Outdated, b: Outdated): number {
  return a.order - b.order || byPlace(a.workload, b.workload);
}

export function byPlace(a: Workload, b: Workload): number {
  return (
    compareText(a.cluster, b.cluster) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name) ||
    compareText(a.key, b.key)
  );
}

function begin(draft: Draft): void {
  const first = stagesOf(draft)[0]!;
  draft.run = {
    startedAt: draft.now,
    wave: draft.rules.waves[first.wave]!.name,
    region: first.region,
    waveStartedAt: draft.now,
    lastEndedAt: undefined,
    heldMs: 0,
    restarted: 0,
    failed: 0,
    waves: {},
    reason: "",
  };
  draft.shares = [];
  draft.served.clear();
  forgetDone(draft);
  draft.stageAt = draft.mono;
  draft.lastEndedAt = undefined;
  draft.idleSince = undefined;
  draft.parked.clear();
  draft.retargeted = [];
}

/** Rows of the last run stay until the next begins. */
function forgetDone(draft: Draft): void {
  for (const key of [...draft.doneKeys].sort()) {
    const item = itemOf(draft, key);
    if (item?.decision?.kind === "current" && item.entry === undefined) dropItem(draft, key);
  }
  draft.doneKeys.clear();
}

/** A run is over when nothing waits and nothing is under way. */
export function endRun(draft: Draft): void {
  const { run } = draft;
  if (run === undefined || draft.flights.size > 0 || draft.waiting.size > 0) return;
  const { startedAt, restarted, failed, reason } = run;
  if (restarted > 0 || failed > 0) {
    draft.history = [{ startedAt, endedAt: draft.now, restarted, failed, reason }, ...draft.history].slice(
      0,
      mostHistory,
    );
    draft.dirty = true;
  }
  draft.run = undefined;
  draft.idleSince = undefined;
  for (const [, item] of persistentEntries(draft.items)) {
    if (item.wave !== undefined) setItem(draft, { ...item, wave: undefined });
  }
}

/** Runs that are remembered. */
export const mostHistory = 50;

/**
 * Another configuration is in force before the last one is everywhere: waves begin anew, and failures of before say nothing
 * about it. One namespace alone cannot bring this about, unless there is no other.
 */
export function rewind(draft: Draft): void {
  if (draft.retargeted.length === 0 || draft.run === undefined) return;
  const { deadlineMs } = draft.rules.settings.restart;
  draft.retargeted = draft.retargeted.filter(({ at }) => draft.mono < at + deadlineMs);
  const namespaces = new Set(draft.retargeted.map(({ namespace }) => namespace));
  if (namespaces.size === 0 || (namespaces.size === 1 && !isOnly(draft, [...namespaces][0]!))) return;
  draft.retargeted = [];
  forgiveAll(draft);
  goTo(draft, draft.run, stagesOf(draft)[0]!);
}

function isOnly(draft: Draft, namespace: string): boolean {
  for (const keys of [draft.waiting, draft.flights]) {
    for (const key of keys) if (namespaceOf(key) !== namespace) return false;
  }
  return true;
}

export function goTo(draft: Draft, run: RunRecord, stage: Stage): void {
  const name = draft.rules.waves[stage.wave]!.name;
  if (name === run.wave && stage.region === run.region) return;
  const same = name === run.wave;
  draft.run = {
    ...run,
    wave: name,
    region: stage.region,
    waveStartedAt: same ? run.waveStartedAt : draft.now,
    lastEndedAt: same ? run.lastEndedAt : undefined,
    heldMs: 0,
  };
  if (!same) draft.lastEndedAt = undefined;
  draft.stageAt = draft.mono;
  draft.idleSince = undefined;
  // Who joined in time is another question now.
  draft.parked.clear();
  draft.dirty = true;
}
