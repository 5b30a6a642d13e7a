import { parseDuration } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { clusterFinding } from "./findings.ts";

/** What a timer can hold; whoever asks for more waits this long: 24 days. */
const longestMs = 2 ** 31 - 1;

/**
 * Whole milliseconds of what a flag says, or the finding. Whole numbers without a unit are seconds, as kubectl takes
 * them.
 */
export function durationOf(flag: string, text: string): number | Finding {
  const nanoseconds = parseDuration(/^\d{1,9}$/.test(text) ? `${text}s` : text);
  if (nanoseconds !== undefined && nanoseconds > 0n) return Math.min(longestMs, Math.ceil(Number(nanoseconds) / 1e6));
  return clusterFinding("FL765", { message: `--${flag}: ${JSON.stringify(text)} is no duration such as 90s or 5m` });
}
