import type { Clock } from "@fairlead/apimachinery";
import { isKubeError } from "../../errors.ts";
import { singleFlight } from "./single-flight.ts";
import type { Source } from "./source.ts";

/** A value and when it ends, in milliseconds since the epoch; without that it is good until it is refused. */
export interface Expiring<T> {
  readonly value: T;
  readonly expires?: number;
}

/** A renewed value is got this long before its end, or a tenth of its life if that is shorter, in milliseconds. */
const slackMs = 60_000;
/** A value that was got because another was refused is not given up for a refusal of its own this early. */
const trustMs = 10_000;
/** After a renewal before the end failed, how long the next one waits. */
const retryMs = 5_000;

/**
 * A value that is got (by a plugin, from an issuer) when it is first needed, shortly before it ends, and when the
 * server refuses it. All callers wait for one renewal. When renewing early fails, the old value is used until its end.
 */
export function expiringSource<T>(clock: Clock, get: (signal: AbortSignal) => Promise<Expiring<T>>): Source<T> {
  let held:
    | (Expiring<T> & { readonly renewAt: number; readonly afterRefusal: boolean; readonly at: number })
    | undefined;
  let retryAt = -Infinity;

  async function renew(signal: AbortSignal, afterRefusal: boolean): Promise<T> {
    const { value, expires } = await get(signal);
    const now = clock.now();
    const renewAt = expires === undefined ? Infinity : expires - Math.min(slackMs, Math.max(0, expires - now) / 10);
    held = { value, ...(expires === undefined ? {} : { expires }), renewAt, afterRefusal, at: clock.monotonic() };
    return value;
  }

  const renewal = singleFlight((signal) => renew(signal, false));
  const replacement = singleFlight((signal) => renew(signal, true));

  return {
    async current(signal) {
      const now = clock.now();
      if (held !== undefined && now < held.renewAt) return held.value;
      const stillGood = held !== undefined && now < (held.expires ?? Infinity) ? held : undefined;
      if (stillGood !== undefined && clock.monotonic() < retryAt) return stillGood.value;
      try {
        return await renewal.join(signal);
      } catch (error) {
        if (stillGood === undefined || isKubeError(error, "aborted")) throw error;
        retryAt = clock.monotonic() + retryMs;
        return stillGood.value;
      }
    },
    async again(refused, signal) {
      if (held !== undefined && held.value !== refused) return held.value;
      if (held?.afterRefusal === true && clock.monotonic() - held.at < trustMs) return held.value;
      return replacement.join(signal);
    },
  };
}
