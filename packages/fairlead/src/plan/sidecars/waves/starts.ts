import { itemOf, wake, type Draft } from "./draft.ts";
import type { StageKey } from "./core.ts";
import { scanOf, type Found, type Starting, type Turn } from "./scan.ts";
import { tryStart } from "./try-start.ts";

/** Where one pod was replaced the next is due, before anything else begins. */
export function continueEvictions(draft: Draft, { blocking, isFull }: Starting): void {
  for (const key of [...draft.continuing].sort()) {
    const item = itemOf(draft, key);
    if (item?.decision?.kind !== "outdated" || !draft.waiting.has(key) || isFull()) continue;
    tryStart(draft, item, item.decision, blocking);
  }
}

/** Starts what can be started of a stage, namespaces taking turns. */
export function startFrom(draft: Draft, stage: StageKey, starting: Starting): Found {
  const queues = draft.queues.get(stage);
  if (queues === undefined) return "none";
  const trust = draft.rules.settings.restart.trustOrder;
  const scan = scanOf(draft, stage, starting);
  let turns: Turn[] = [];
  for (const [namespace, queue] of queues) {
    if (scan.skips(namespace, queue)) continue;
    turns.push({ namespace, queue, next: 0, served: draft.served.get(namespace) ?? 0 });
  }
  const before = (a: Turn, b: Turn): boolean => {
    const order = trust ? (a.queue[a.next]?.order ?? 0) - (b.queue[b.next]?.order ?? 0) : 0;
    return (order || a.served - b.served || (a.namespace < b.namespace ? -1 : 1)) < 0;
  };
  while (turns.length > 0) {
    if (starting.isFull() || !delayIsOver(draft)) return "goes";
    let turn = turns[0]!;
    for (const other of turns) if (before(other, turn)) turn = other;
    if (scan.startNext(turn)) draft.served.set(turn.namespace, ++turn.served);
    if (turn.next >= turn.queue.length) turns = turns.filter((other) => other !== turn);
  }
  return scan.found();
}

function delayIsOver(draft: Draft): boolean {
  const until = (draft.lastStartAt ?? Number.NEGATIVE_INFINITY) + draft.rules.settings.restart.delayMs;
  if (draft.mono >= until) return true;
  wake(draft, until);
  return false;
}
