import { runs } from "../../../../../scripts/runs.ts";

/**
 * Runs of a model check: few in `npm test`, and in `npm run soak` that many times more than of other properties. At the
 * usual 20 that makes 24,000 schedules of the planner and 2,400 of the controller:
 *
 *   npm run soak -- 20 packages/fairlead/test/mesh/model
 */
export function soaked(numRuns: number, more: number): { numRuns: number; seed?: number } {
  return runs(process.env["FAIRLEAD_RUNS"] === undefined ? numRuns : numRuns * more);
}

/** The limit of a test with that many runs: two minutes, and those of the soak one second each, for busy machines. */
export function timeLimit({ numRuns }: { readonly numRuns: number }): { timeout: number } {
  return { timeout: 120_000 + (process.env["FAIRLEAD_RUNS"] === undefined ? 0 : 1_000 * numRuns) };
}
