import { seconds } from "../../../shared/duration.ts";
import type { PolicyFact } from "../../model/facts.ts";

/** How fast a policy moves shares: at most `percent` points (1 to 100) every `everyMs` milliseconds. */
export interface Shift {
  readonly percent: number;
  readonly everyMs: number;
}

export const shiftAnnotation = "fairlead.dev/shift";

const shortestMs = 1_000;
const longestMs = 7 * 24 * 3_600_000;

/** `10%/5m` of a policy's annotation; `unreadable` if it says anything else, undefined if it has none. */
export function shiftOf(policy: PolicyFact | undefined): Shift | "unreadable" | undefined {
  const text = policy?.annotations[shiftAnnotation];
  if (text === undefined) return undefined;
  const [, percent, every] = /^\s*(\d{1,3})\s*%\s*\/\s*(\S+)\s*$/.exec(text) ?? [];
  const everyMs = Math.round((seconds(every) ?? 0) * 1_000);
  const points = Number(percent);
  const isReadable = points >= 1 && points <= 100 && everyMs >= shortestMs && everyMs <= longestMs;
  return isReadable ? { percent: points, everyMs } : "unreadable";
}
