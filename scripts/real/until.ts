import { setTimeout as sleep } from "node:timers/promises";
import { RealPlaneError } from "./errors.ts";

/**
 * Resolves to what `condition` gives once that is neither undefined nor false; asks every 50 ms. Throws `plane-failed`
 * after `timeoutMs`, with what was waited for.
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      throw new RealPlaneError("plane-failed", `waited ${timeoutMs / 1000} s in vain for ${what}`);
    }
    await sleep(50);
  }
}
