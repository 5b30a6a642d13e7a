/** One line of progress. Standard error: standard output belongs to the test report. */
export function report(message: string): void {
  process.stderr.write(`real plane: ${message}\n`);
}

/** `3 min 5 s`, `12.4 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Runs `work`, saying so at the start, every 20 s, and at the end. `detail` is asked for what to add to each line. */
export async function withProgress<T>(title: string, work: () => Promise<T>, detail?: () => string): Promise<T> {
  const start = performance.now();
  const elapsed = (): string => formatDuration(performance.now() - start);
  const suffix = (): string => (detail === undefined || detail() === "" ? "" : `, ${detail()}`);
  report(`${title} …`);
  const ticker = setInterval(() => report(`${title}: ${elapsed()}${suffix()}`), 20_000);
  try {
    const result = await work();
    report(`${title}: done in ${elapsed()}${suffix()}`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}
