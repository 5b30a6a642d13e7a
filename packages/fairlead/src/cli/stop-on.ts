/** Stops when the user, or the system, says so. */
export function stopOn(signal: AbortSignal | undefined, stop: () => Promise<void>): void {
  const end = (): void => void stop();
  if (signal?.aborted === true) end();
  else signal?.addEventListener("abort", end, { once: true });
}
