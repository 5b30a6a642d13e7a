/**
 * `metav1.MicroTime` (`2026-01-01T00:00:00.000000Z`) of a time in milliseconds since the epoch. The API server refuses
 * a Lease or an Event whose times have fewer digits.
 */
export function microTime(ms: number): string {
  const whole = Math.floor(ms);
  const micros = Math.min(999, Math.max(0, Math.floor((ms - whole) * 1000)));
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, "0")}Z`;
}
