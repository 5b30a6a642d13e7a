import { runs } from "../../../../../scripts/runs.ts";

/**
 * Runs of a model check: few in `npm test`, and in `npm run soak` that many times more than of other properties. At the
 * usual 20 that makes 24,000 schedules of the planner and 1,440 of the controller.
 */
export function soaked(numRuns: number, more: number): { numRuns: number; seed?: number } {
  return runs(process.env["FAIRLEAD_RUNS"] === undefined ? numRuns : numRuns * more);
}
