import { parseDuration } from "@fairlead/apimachinery";

/** Seconds of a duration as Go and Kubernetes write it (`500ms`, `5m`, `1h30m`), or of a plain number of seconds. */
export function seconds(duration: unknown): number | undefined {
  if (typeof duration === "number") return Number.isFinite(duration) && duration >= 0 ? duration : undefined;
  const nanoseconds = typeof duration === "string" ? parseDuration(duration) : undefined;
  return nanoseconds === undefined || nanoseconds < 0n ? undefined : Number(nanoseconds) / 1e9;
}
