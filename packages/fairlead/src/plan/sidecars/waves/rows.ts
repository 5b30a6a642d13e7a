import { persistentEntries } from "@fairlead/apimachinery";
import type { Decision, Workload } from "../model/decision.ts";
import type { RunInput, RunRow } from "../model/run.ts";
import { blockingOf, blockOf, type Blocking } from "./blocks.ts";
import type { Core, Item } from "./core.ts";
import { openDraft, type Draft } from "./draft.ts";
import { waveName } from "./failures.ts";
import { phaseOf, type Phase } from "./phase.ts";
import { reasonOf } from "./reason-of.ts";
import { roomOf } from "./room.ts";
import { byPlace, stageIndex, stagesOf } from "./stages.ts";

/** Everything that is part of a run, or that somebody should know of, in the order of the plan. */
export function rowsOf(core: Core): readonly RunRow[] {
  if (core.now === undefined) return [];
  const draft = openDraft(core, inputOf(core, core.now));
  const blocking = blockingOf(draft, roomOf(draft));
  const stages = stagesOf(draft);
  const current = stageIndex(draft, stages);
  const places = new Map(stages.map(({ wave, region }, at) => [`${wave}/${region}`, at]));
  const rows: { stage: number; order: number; rank: number; row: RunRow }[] = [];
  for (const [, item] of persistentEntries(core.items)) {
    const stage =
      item.wave === undefined ? stages.length : (places.get(`${item.wave}/${item.region}`) ?? stages.length);
    const row = rowOf(draft, item, blocking, stage > current);
    if (row !== undefined) rows.push({ stage, order: orderOf(item), rank: 0, row });
  }
  rows.sort((a, b) => a.stage - b.stage || a.order - b.order || byPlace(a.row.workload, b.row.workload));
  // Namespaces take turns: the first of each, then the second of each.
  const ranks = new Map<string, number>();
  for (const one of rows) {
    const { cluster, namespace } = one.row.workload;
    const key = `${one.stage}/${cluster}/${namespace}`;
    ranks.set(key, (one.rank = (ranks.get(key) ?? -1) + 1));
  }
  return rows
    .sort((a, b) => a.stage - b.stage || a.rank - b.rank || byPlace(a.row.workload, b.row.workload))
    .map(({ row }) => row);
}

function inputOf(core: Core, now: number): RunInput {
  const { settings } = core.rules;
  return { now, monotonic: core.mono, settings, decisions: new Map(), changed: [], clusters: [], events: [] };
}

function orderOf({ decision }: Item): number {
  return decision?.kind === "outdated" ? decision.order : 0;
}

function rowOf(draft: Draft, item: Item, blocking: Blocking, early: boolean): RunRow | undefined {
  const { decision } = item;
  if (decision === undefined) return undefined;
  const phase = phaseOf(item, draft.dryRun);
  const done = draft.doneKeys.has(item.key);
  if (phase === "none" && !(done && !item.gone)) return undefined;
  if (phase === "done" && !done) return undefined;
  const { state, reason } = stateOf(draft, item, decision, phase, blocking, early);
  const { from, to, why } = differencesOf(decision);
  return {
    workload: decision.workload as Workload,
    state,
    wave: item.wave === undefined ? (item.entry?.wave ?? "") : waveName(draft, item),
    reason,
    from,
    to,
    why,
    pods: podsOf(decision),
    since: item.entry === undefined ? undefined : (item.entry.endedAt ?? item.entry.startedAt),
  };
}

function stateOf(
  draft: Draft,
  item: Item,
  decision: Decision,
  phase: Phase,
  blocking: Blocking,
  early: boolean,
): { state: RunRow["state"]; reason: string } {
  const { entry, flight } = item;
  switch (phase) {
    case "underWay":
      return {
        state: decision.kind === "rolling" || !flight?.seen ? "restarting" : "settling",
        reason: flightReason(item),
      };
    case "done":
      return { state: "done", reason: entry?.reason ?? "" };
    case "failed":
      return { state: entry?.state === "broken" ? "broken" : "failed", reason: entry?.reason ?? "" };
    case "rolling":
      return { state: "settling", reason: "a rollout is under way; it is looked at again when it is over" };
    case "unknown":
      return { state: "unknown", reason: decision.kind === "unknown" ? decision.reason : "" };
    case "reported":
      return { state: "reported", reason: reportOf(item, decision) };
    case "none":
      return { state: "done", reason: "" };
    case "waiting":
      return decision.kind === "outdated"
        ? waitingState(draft, item, decision, blocking, early)
        : { state: "waiting", reason: "" };
  }
}

function waitingState(
  draft: Draft,
  item: Item,
  decision: Extract<Decision, { kind: "outdated" }>,
  blocking: Blocking,
  early: boolean,
): { state: RunRow["state"]; reason: string } {
  const block = blockOf(draft, item, decision, blocking);
  if (block !== undefined && block.kind !== "turn") return { state: "blocked", reason: block.reason };
  if (early) {
    const { run } = draft;
    const region = run === undefined || run.region === "" ? "" : `, region ${run.region}`;
    return { state: "waiting", reason: run === undefined ? "" : `wave ${run.wave}${region} goes first` };
  }
  return { state: "waiting", reason: block?.reason ?? "" };
}

function flightReason({ flight, decision, gone }: Item): string {
  if (gone) return "its cluster is not seen as it is now";
  if (flight?.phase === "unsure") return "it is not known whether it was restarted; what is observed tells";
  if (flight?.pod !== undefined) return `pod ${flight.pod.name} is being replaced`;
  if (decision?.kind === "rolling") return `${decision.pods.ready} of ${decision.pods.total} pods are ready`;
  return "";
}

function reportOf({ shownFor }: Item, decision: Decision): string {
  if (decision.kind !== "outdated") return "";
  if (decision.way.kind === "report") return decision.way.reason;
  if (!decision.restarts) return "the settings say to report these differences only";
  return shownFor === decision.target ? "dry run: it would be restarted" : "";
}

function differencesOf(decision: Decision): Pick<RunRow, "from" | "to" | "why"> {
  if (decision.kind !== "outdated") return { from: "", to: "", why: [] };
  const { differences } = decision;
  const image = differences.find(({ field }) => field === "image") ?? differences[0];
  return {
    from: image?.from ?? "",
    to: image?.to ?? "",
    why: differences.slice(0, 50).map((one) => reasonOf([{ ...one, effect: "restart" }])),
  };
}

function podsOf(decision: Decision): RunRow["pods"] {
  if (decision.kind !== "outdated" && decision.kind !== "rolling") return { total: 0, outdated: 0 };
  return { total: decision.pods.total, outdated: decision.pods.outdated };
}
