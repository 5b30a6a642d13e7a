import { persistentEntries } from "@fairlead/apimachinery";
import { clusterOf } from "../model/keys.ts";
import type { Decision, Outdated, WorkloadKey } from "../model/decision.ts";
import type { Item } from "./core.ts";
import { dropItem, itemOf, newItem, setItem, wake, type Draft } from "./draft.ts";
import { fail } from "./failures.ts";

/** Takes in what changed since the last step. */
export function observe(draft: Draft, keys: readonly WorkloadKey[] | undefined): void {
  const { decisions } = draft.input;
  if (keys !== undefined) {
    for (const key of keys) look(draft, key, decisions.get(key));
    return;
  }
  for (const [key, decision] of decisions) look(draft, key, decision);
  const missing: WorkloadKey[] = [];
  for (const [key] of persistentEntries(draft.items)) if (!decisions.has(key)) missing.push(key);
  for (const key of missing) look(draft, key, undefined);
}

function look(draft: Draft, key: WorkloadKey, decision: Decision | undefined): void {
  const item = itemOf(draft, key);
  if (item === undefined) {
    if (decision === undefined || decision.kind === "outside" || decision.kind === "current") return;
  } else if (decision === undefined ? item.gone : item.decision === decision && !item.gone) return;
  if (decision === undefined) return vanish(draft, item!);
  const next = seen(draft, item ?? newItem(key), decision);
  if (next.flight !== undefined) return setItem(draft, next);
  settle(draft, next, decision);
}

/** Rollouts by whomever, identity and target, as they are after a decision. */
function seen(draft: Draft, item: Item, decision: Decision): Item {
  const rolling = decision.kind === "rolling";
  // A rollout that failed may have come to its end while no process looked.
  const unseen = item.decision === undefined && item.flight === undefined && item.entry?.state === "failed";
  const ended = !rolling && (item.rollingSince !== undefined || unseen);
  const next = {
    ...item,
    decision,
    gone: false,
    region: draft.clusters.get(decision.workload.cluster)?.region ?? "",
    rollingSince: rolling ? (item.rollingSince ?? draft.mono) : undefined,
    endedAt: ended ? draft.mono : item.endedAt,
    // Another process counts the cooldown from this end, too.
    entry: ended && item.flight === undefined ? endedNow(draft, item.entry) : item.entry,
    wait: item.wait === undefined || item.wait.breaks || item.wait.decision === decision ? item.wait : undefined,
  };
  if (decision.kind === "rolling") {
    wake(draft, next.rollingSince! + draft.rules.settings.restart.deadlineMs);
    return { ...next, identity: decision.identity ?? item.identity };
  }
  if (decision.kind !== "outdated") return next;
  if (item.target !== "" && item.target !== decision.target) {
    draft.retargeted = [...draft.retargeted, { namespace: decision.workload.namespace, at: draft.mono }].slice(-1000);
  }
  const { entry } = next;
  const superseded = entry !== undefined && entry.target !== decision.target && entry.superseded !== true;
  return {
    ...next,
    target: decision.target,
    left: decision.restartedFor === decision.target ? item.left : decision.restartedFor,
    identity: decision.identity,
    entry: superseded && item.flight === undefined ? { ...entry, superseded: true } : entry,
    wait: next.wait?.breaks === true && item.target !== decision.target ? undefined : next.wait,
  };
}

function endedNow(draft: Draft, entry: Item["entry"]): Item["entry"] {
  return entry?.endedAt === undefined ? entry : { ...entry, endedAt: draft.now };
}

/** What a decision means for what is not under way. */
function settle(draft: Draft, item: Item, decision: Decision): void {
  const { entry } = item;
  switch (decision.kind) {
    case "outside":
      return dropItem(draft, item.key);
    case "current":
      if (entry === undefined && item.wave === undefined) return setThenDrop(draft, item);
      return setItem(draft, { ...item, known: undefined, wait: undefined, entry: recovered(draft, item) });
    case "outdated":
      return settleOutdated(draft, item, decision);
    case "rolling":
    case "unknown":
    case "excluded":
      return setItem(draft, item);
  }
}

function setThenDrop(draft: Draft, item: Item): void {
  // Its rollout's end still counts for the cooldown.
  if (item.endedAt !== undefined && draft.mono < item.endedAt + draft.rules.settings.restart.cooldownMs)
    setItem(draft, item);
  else dropItem(draft, item.key);
}

/** What failed and is current after all, or was current before its last pods were evicted, is done. */
function recovered(draft: Draft, { entry, endedAt }: Item): Item["entry"] {
  if (entry === undefined || entry.state === "done") return entry;
  const { forgiven: _forgiven, ...rest } = entry;
  return { ...rest, state: "done", reason: "", endedAt: endedAt === undefined ? entry.endedAt : draft.now };
}

function settleOutdated(draft: Draft, item: Item, decision: Outdated): void {
  const { entry } = item;
  const restarts = decision.restarts && decision.way.kind !== "report";
  if (!restarts) return setItem(draft, item);
  if (entry !== undefined && entry.target === decision.target) {
    if (entry.state === "done" && entry.superseded !== true) {
      return fail(draft, item, "broken", decision.target, stillOutdated(decision));
    }
    return setItem(draft, item);
  }
  // Somebody restarted it for this target and no journal tells of it: it is not restarted again.
  if (
    entry === undefined &&
    decision.restartedFor === decision.target &&
    decision.way.kind !== "evict" &&
    item.left !== decision.target
  ) {
    if (decision.stillDiffers) return fail(draft, item, "broken", decision.target, stillOutdated(decision));
    if (item.wait?.breaks === true) return setItem(draft, item);
    const until = draft.mono + draft.rules.settings.restart.deadlineMs;
    wake(draft, until);
    const reason = "it was restarted for this already; its old pods are not replaced yet";
    return setItem(draft, { ...item, wait: { until, tries: 0, reason, decision: undefined, breaks: true } });
  }
  setItem(draft, item);
}

export function stillOutdated({ differences, pods }: Outdated): string {
  const what = differences
    .slice(0, 3)
    .map(({ field, from, to }) => `${field}: ${from} instead of ${to}`)
    .join(", ");
  return `was restarted, and ${pods.outdated} of ${pods.total} pods still differ (${what}); not restarted again for this`;
}

function vanish(draft: Draft, item: Item): void {
  const cluster = clusterOf(item.key);
  // What is under way in a cluster that nobody sees stays counted.
  const kept = item.flight !== undefined || item.entry !== undefined;
  if (kept && draft.clusters.get(cluster)?.current !== true) setItem(draft, { ...item, gone: true });
  else dropItem(draft, item.key);
}
