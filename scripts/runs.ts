/**
 * How many runs a property gets. `npm test` uses the number that the test names with one fixed seed, so that two runs of
 * the same commit give the same result; `npm run soak` sets FAIRLEAD_RUNS, a multiplier, and draws a new seed each time
 * (fast-check prints it with a failure; FAIRLEAD_SEED repeats it).
 *
 *   fc.assert(fc.property(…), runs(200));
 */
export function runs(numRuns: number): { numRuns: number; seed?: number } {
  const factor = Number(process.env["FAIRLEAD_RUNS"] ?? 1);
  const scaled = Number.isFinite(factor) && factor > 0 ? Math.max(1, Math.round(numRuns * factor)) : numRuns;
  const seed = process.env["FAIRLEAD_SEED"];
  if (seed !== undefined && seed !== "") return { numRuns: scaled, seed: Number(seed) };
  return process.env["FAIRLEAD_RUNS"] === undefined ? { numRuns: scaled, seed: 20_261_121 } : { numRuns: scaled };
}
