export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The counts of the last line that is nothing but counts: `12 passed, 0 failed` or `12 passed, 0 failed, 1 skipped`. */
export function countsIn(output: string): Counts | undefined {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  if (last === undefined) return undefined;
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) };
}
