import { clusterOf } from "../model/keys.ts";
import type { RunRecord } from "../model/run.ts";
import { blockingOf, pausedReason } from "./blocks.ts";
import type { Item } from "./core.ts";
import { flushQueues, itemOf, stageKey, wake, type Draft } from "./draft.ts";
import { roomOf } from "./room.ts";
import { goTo, stageIndex, stagesOf, type Stage } from "./stages.ts";
import type { Found, Starting } from "./scan.ts";
import { continueEvictions, startFrom } from "./starts.ts";

/**
 * Starts as much as may be under way: what has begun first, then stage by stage. As long as the present stage is done, and
 * has been watched for long enough, the next one begins.
 */
export function goOn(draft: Draft): void {
  addHeldTime(draft);
  if (draft.run === undefined) return;
  if (pausedReason(draft) !== undefined) return void (draft.idleSince = undefined);
  const { fleet } = draft.rules.settings.budget;
  const blocking = blockingOf(draft, roomOf(draft));
  const isFull = (): boolean => fleet !== undefined && blocking.room.fleet >= fleet;
  const starting: Starting = { blocking, isFull, joinedBy: Number.POSITIVE_INFINITY };
  continueEvictions(draft, starting);
  flushQueues(draft);
  const stages = stagesOf(draft);
  for (let at = 0; at < stages.length && draft.run !== undefined; at++) {
    const current = stageIndex(draft, stages);
    const stage = stages[at]!;
    const joinedBy = draft.stageAt + draft.rules.settings.restart.deadlineMs;
    const found = startFrom(draft, stageKey(stage.wave, stage.region), { ...starting, joinedBy });
    if (at < current) continue;
    const next = stages[at + 1];
    if (next === undefined || holds(draft, draft.run, stage, stages, found)) return;
    const soakMs = next.wave === stage.wave ? 0 : draft.rules.waves[stage.wave]!.soakMs;
    const soaked = (draft.lastEndedAt ?? Number.NEGATIVE_INFINITY) + soakMs;
    if (draft.mono < soaked) return wake(draft, soaked);
    goTo(draft, draft.run, next);
  }
}

/** Adds the time that passed while nothing of the stage could go on. */
function addHeldTime(draft: Draft): void {
  if (draft.idleSince === undefined || draft.run === undefined) return;
  const passed = Math.max(0, draft.mono - draft.idleSince);
  draft.run = { ...draft.run, heldMs: draft.run.heldMs + passed };
  draft.idleSince = draft.mono;
}

/** Whether the next stage has to wait for something of this one; for what is only blocked no longer than the deadline. */
function holds(draft: Draft, run: RunRecord, stage: Stage, stages: readonly Stage[], found: Found): boolean {
  const { deadlineMs } = draft.rules.settings.restart;
  const flights = flightsIn(draft, stage, draft.stageAt + deadlineMs);
  if (flights === "seen" || found === "goes") return ((draft.idleSince = undefined), true);
  if (found === "none" && flights === "none" && !isUnknownIn(draft, stage, stages)) return false;
  if (run.heldMs >= deadlineMs) return false;
  draft.idleSince ??= draft.mono;
  wake(draft, draft.mono + deadlineMs - run.heldMs);
  return true;
}

/** What is under way of a stage; where nobody sees it (`unseen`) it holds like what is blocked. */
function flightsIn(draft: Draft, stage: Stage, joinedBy: number): "seen" | "unseen" | "none" {
  let found: "unseen" | "none" = "none";
  for (const key of draft.flights) {
    const item = itemOf(draft, key);
    if (item === undefined || !isIn(item, stage) || item.joinedAt > joinedBy) continue;
    if (draft.clusters.get(clusterOf(key))?.current === true) return "seen";
    found = "unseen";
  }
  return found;
}

function isIn({ wave, region }: Item, stage: Stage): boolean {
  return wave === stage.wave && region === stage.region;
}

/** Something of which nobody knows yet whether it is outdated, and that may belong here or before. */
function isUnknownIn(draft: Draft, stage: Stage, stages: readonly Stage[]): boolean {
  if (draft.unknown.size === 0) return false;
  const regions = stages.filter(({ wave }) => wave === stage.wave).map(({ region }) => region);
  const at = regions.indexOf(stage.region);
  for (const key of draft.unknown) {
    const item = itemOf(draft, key);
    const workload = item?.decision?.workload;
    if (item === undefined || workload === undefined) continue;
    const { cluster, namespace } = workload;
    const place = { cluster, namespace, labels: undefined, namespaceLabels: undefined };
    const wave = item.wave ?? draft.rules.waves.findIndex((one) => one.matches(place));
    if (wave < stage.wave || (wave === stage.wave && regions.indexOf(item.region) <= at)) return true;
  }
  return false;
}
