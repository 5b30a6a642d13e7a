import type { Outdated } from "../model/decision.ts";
import type { JournalEntry } from "../model/run.ts";
import { blockOf, podToEvict, type Block, type Blocking } from "./blocks.ts";
import type { Flight, Item } from "./core.ts";
import { itemOf, setItem, tell, wake, type Draft } from "./draft.ts";
import { reasonOf } from "./reason-of.ts";
import { placesOfPods, takeFlight } from "./room.ts";
import { rfc3339 } from "../../shared/utc.ts";
import { wakeFor } from "./wake-for.ts";

/** Starts a workload, or the next pod of it, unless something blocks it: then says what kind of block. */
export function tryStart(draft: Draft, item: Item, decision: Outdated, blocking: Blocking): "started" | Block["kind"] {
  const block = blockOf(draft, item, decision, blocking);
  if (block !== undefined) {
    wakeFor(draft, block);
    return block.kind;
  }
  if (draft.dryRun) show(draft, item, decision);
  else {
    start(draft, item, decision);
    takeFlight(blocking.room, itemOf(draft, item.key)!);
  }
  return "started";
}

function start(draft: Draft, item: Item, decision: Outdated): void {
  const { target, way, pods, outdated, identity } = decision;
  const evicts = way.kind === "evict";
  const pod = evicts ? podToEvict(draft, item, decision) : undefined;
  const goesOn = item.entry?.target === target && item.entry.superseded !== true;
  const so = goesOn && item.entry?.evicted !== undefined ? item.entry.evicted : { pods: 0, of: outdated.length };
  const marked = !evicts && isMarked(decision);
  const action = `${item.key}#${draft.revision + 1}.${++draft.actionCount}`;
  const entry: JournalEntry = {
    target,
    state: "restarting",
    wave: draft.rules.waves[item.wave ?? -1]?.name ?? "",
    startedAt: goesOn ? item.entry!.startedAt : draft.now,
    endedAt: undefined,
    reason: "",
    ...(identity === "" ? {} : { identity }),
    ...(pod === undefined ? {} : { evicted: { ...so, pod: pod.uid } }),
    ...(marked ? { marked: true } : {}),
  };
  const flight: Flight = {
    way: evicts ? "evict" : "roll",
    target,
    since: draft.mono,
    action,
    phase: "asked",
    phaseAt: draft.mono,
    seen: false,
    marked: marked && { pods: new Set(outdated.map(({ uid }) => uid)) },
    ...placesOfPods(pod === undefined ? outdated : [pod]),
    pods: pods.total,
    pod,
    before: pods,
    previous: item.entry,
  };
  const known = evicts
    ? new Set([...(goesOn ? (item.known ?? []) : []), ...outdated.map(({ uid }) => uid)])
    : undefined;
  setItem(draft, {
    ...item,
    entry,
    flight,
    known: evicts && goesOn && item.known !== undefined ? item.known : known,
    wait: keepTries(item),
  });
  draft.lastStartAt = draft.mono;
  wake(draft, draft.mono + draft.rules.settings.restart.deadlineMs);
  if (item.entry?.state !== "held" || !goesOn) countStart(draft, item, decision);
  ask(draft, decision, action, pod);
}

/** Whether it was restarted for this before, and what is wanted went to and fro since. */
function isMarked({ restartedFor, target }: Outdated): boolean {
  return restartedFor === target;
}

/** What waited for an end of changes goes on counting them. */
function keepTries({ wait }: Item): Item["wait"] {
  return wait === undefined || wait.breaks ? undefined : wait;
}

function countStart(draft: Draft, item: Item, { differences, workload, target }: Outdated): void {
  const { run } = draft;
  const why = reasonOf(differences);
  tell(draft, workload, "Normal", "SidecarRestart", `restarted for ${target}: ${why}`);
  const wave = draft.rules.waves[item.wave ?? -1]?.name;
  if (run === undefined || wave === undefined) return;
  const count = Object.hasOwn(run.waves, wave) ? run.waves[wave]! : 0;
  draft.run = {
    ...run,
    restarted: run.restarted + 1,
    reason: run.reason === "" ? why : run.reason,
    waves: { ...run.waves, [wave]: count + 1 },
  };
}

/**
 * Argo replaces the pods that are older than `restartAt`, once that is past. Times of pods have whole seconds: it is the
 * second after the present one, or else a pod of this second would stay.
 */
function ask(draft: Draft, decision: Outdated, id: string, pod: Outdated["outdated"][number] | undefined): void {
  const { workload, way, target, differences } = decision;
  if (pod !== undefined) draft.restarts.push({ kind: "evict", id, workload, pod, target });
  else {
    const at = rfc3339(way.kind === "restart-at" ? Math.max(draft.now, way.after) + 1000 : draft.now);
    const marked = isMarked(decision);
    draft.restarts.push({ kind: "restart", id, workload, way, target, at, marked, differences });
  }
}

/** Of a dry run: told once, and not under way. */
function show(draft: Draft, item: Item, decision: Outdated): void {
  setItem(draft, { ...item, shownFor: decision.target });
  draft.lastStartAt = draft.mono;
  const pods = decision.way.kind === "evict" ? decision.outdated.slice(0, 100) : [undefined];
  for (const pod of pods) ask(draft, decision, `${item.key}#${draft.revision + 1}.${++draft.actionCount}`, pod);
}
