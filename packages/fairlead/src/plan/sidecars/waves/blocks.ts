import type { Outdated, OutdatedPod, WorkloadKey } from "../model/decision.ts";
import type { Item } from "./core.ts";
import type { Draft } from "./draft.ts";
import { failuresByNamespace } from "./failures.ts";
import { clusterOf, namespaceOf, placeOf } from "../model/keys.ts";
import { noRoom, noRoomIn, type Room } from "./room.ts";
import { rfc3339 } from "../../shared/utc.ts";
import { windowLevels } from "./window-levels.ts";

/**
 * Why a workload is not restarted now. `own`: for its own sake, or its owner's; such a one holds the next wave no longer than
 * the deadline. `turn`: it waits for others, or for a time that comes. `operator`: for what the operator of all set.
 */
export interface Block {
  readonly kind: "own" | "turn" | "operator";
  readonly reason: string;
  /** Monotonic or clock time at which this changes; undefined: with something else that changes. */
  readonly until?: number | undefined;
  readonly untilClock?: number | undefined;
}

/** What one step knows for all that wait. */
export interface Blocking {
  readonly room: Room;
  readonly failed: ReadonlyMap<string, readonly string[]>;
}

export function blockingOf(draft: Draft, room: Room): Blocking {
  return { room, failed: failuresByNamespace(draft) };
}

/** What holds everything; undefined: nothing does. */
export function pausedReason({ pauses }: Pick<Draft, "pauses">): string | undefined {
  const pause = pauses.find(({ scope }) => scope.kind === "all");
  return pause === undefined ? undefined : `paused by ${pause.by}: ${pause.reason}`;
}

/** The pod that is evicted next, of those that no budget refused lately: one that is not ready first. */
export function podToEvict(draft: Draft, item: Item, decision: Outdated): OutdatedPod | undefined {
  const refused = (pod: OutdatedPod): boolean => (item.refused.get(pod.uid)?.until ?? 0) > draft.mono;
  const held = decision.outdated.filter(refused);
  // One budget mostly holds all pods of a workload: three tries tell.
  if (held.length >= 3) return undefined;
  const free = decision.outdated.filter((pod) => !refused(pod));
  return free.find(({ ready }) => !ready) ?? free[0];
}

/** Everything that may block a workload. */
export function blockOf(draft: Draft, item: Item, decision: Outdated, blocking: Blocking): Block | undefined {
  const ofNamespace = namespaceBlock(draft, item.key, blocking);
  if (ofNamespace !== undefined && ofNamespace.kind !== "turn") return ofNamespace;
  return ownBlock(draft, item, decision) ?? ofNamespace ?? roomFor(draft, item, decision, blocking);
}

/** What blocks all of a namespace in a cluster alike. */
export function namespaceBlock(draft: Draft, key: WorkloadKey, blocking: Blocking): Block | undefined {
  const [cluster, namespace] = [clusterOf(key), namespaceOf(key)];
  return (
    pauseOf(draft, cluster, namespace) ??
    failuresOf(draft, namespace, blocking) ??
    asBlock(noRoomIn(blocking.room, draft.rules.settings.budget, cluster, placeOf(key)))
  );
}

/** What blocks a workload until its decision is another, or a time comes. */
export function ownBlock(draft: Draft, item: Item, decision: Outdated): Block | undefined {
  return (
    backOff(draft, item, decision) ??
    cooldownOf(draft, item, decision) ??
    windowOf(draft, decision) ??
    budgetOf(draft, decision)
  );
}

function pauseOf(draft: Draft, cluster: string, namespace: string): Block | undefined {
  for (const { scope, by, reason } of draft.pauses) {
    if (scope.kind === "all") return { kind: "operator", reason: `paused by ${by}: ${reason}` };
    if (scope.cluster !== cluster || (scope.kind === "namespace" && scope.namespace !== namespace)) continue;
    return {
      kind: "own",
      reason: `${scope.kind} ${scope.kind === "cluster" ? cluster : namespace} paused by ${by}: ${reason}`,
    };
  }
  if (draft.clusters.get(cluster)?.current === true) return undefined;
  return { kind: "own", reason: `cluster ${cluster} is not seen as it is now` };
}

function backOff(draft: Draft, { wait, refused }: Item, decision: Outdated): Block | undefined {
  if (wait !== undefined && draft.mono < wait.until) return { kind: "own", reason: wait.reason, until: wait.until };
  if (decision.way.kind !== "evict" || refused.size === 0) return undefined;
  const waits = decision.outdated
    .flatMap(({ uid }) => refused.get(uid) ?? [])
    .filter(({ until }) => until > draft.mono);
  if (waits.length < Math.min(3, decision.outdated.length)) return undefined;
  const first = waits.reduce((a, b) => (b.until < a.until ? b : a));
  return { kind: "own", reason: `held by PodDisruptionBudget ${first.by}`, until: first.until };
}

function failuresOf(draft: Draft, namespace: string, { failed }: Blocking): Block | undefined {
  const keys = failed.get(namespace);
  const limit = Math.max(1, draft.rules.settings.budget.namespaceFailures);
  if (keys === undefined || keys.length < limit) return undefined;
  return {
    kind: "own",
    reason: `${keys.length} of namespace ${namespace} failed: ${keys.slice(0, 3).join(", ")}`,
  };
}

function cooldownOf(draft: Draft, { endedAt, entry }: Item, { target }: Outdated): Block | undefined {
  // The next pod of a workload is no new restart.
  if (endedAt === undefined || (entry?.state === "held" && entry.target === target)) return undefined;
  const until = endedAt + draft.rules.settings.restart.cooldownMs;
  return draft.mono < until
    ? { kind: "turn", reason: "its last rollout is over since a short time only", until }
    : undefined;
}

function windowOf(draft: Draft, decision: Outdated): Block | undefined {
  if (decision.windows.length === 0 && !draft.rules.hasWindows) return undefined;
  for (const { of, texts, byOperator } of windowLevels(draft.rules.settings.windows, decision)) {
    const { open, until, problem } = draft.rules.windows(texts, draft.now);
    if (open) continue;
    if (problem !== undefined) return { kind: "own", reason: `the window of ${of} cannot be read: ${problem}` };
    if (until === undefined) return { kind: "own", reason: `the window of ${of} never opens` };
    const reason = `the window of ${of} opens at ${rfc3339(until)}`;
    return { kind: byOperator ? "operator" : "own", reason, untilClock: until };
  }
  return undefined;
}

function budgetOf(draft: Draft, { heldBy, way }: Outdated): Block | undefined {
  const { budget } = draft.rules.settings;
  if (heldBy.length === 0 || (!budget.disruptionBudgets && way.kind !== "evict")) return undefined;
  return { kind: "own", reason: `held by PodDisruptionBudget ${heldBy.slice(0, 3).join(", ")}` };
}

function roomFor(draft: Draft, item: Item, decision: Outdated, { room }: Blocking): Block | undefined {
  const { budget } = draft.rules.settings;
  if (decision.way.kind !== "evict") return asBlock(noRoom(room, budget, decision, undefined));
  const pod = podToEvict(draft, item, decision);
  if (pod === undefined) return { kind: "own", reason: "there is no pod to evict" };
  return asBlock(noRoom(room, budget, decision, pod));
}

function asBlock(none: ReturnType<typeof noRoom>): Block | undefined {
  return none === undefined ? undefined : { kind: none.never ? "own" : "turn", reason: none.reason };
}
