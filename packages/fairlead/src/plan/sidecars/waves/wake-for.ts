import type { Block } from "./blocks.ts";
import { wake, wakeClock, type Draft } from "./draft.ts";

/** Steps again when a block may be gone. */
export function wakeFor(draft: Draft, { until, untilClock }: Pick<Block, "until" | "untilClock">): void {
  if (until !== undefined) wake(draft, until);
  if (untilClock !== undefined) wakeClock(draft, untilClock);
}
