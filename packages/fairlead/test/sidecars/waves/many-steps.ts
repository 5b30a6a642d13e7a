import type { Decision, Outdated } from "../../../src/plan/sidecars/model/decision.ts";
import { startRun } from "../../../src/plan/sidecars/waves/start-run.ts";
import { step } from "../../../src/plan/sidecars/waves/step.ts";
import { current, noon, outdated, rolling, settingsWith } from "./samples.ts";

export interface Many {
  readonly name: string;
  readonly namespaces: number;
  /** What all of them have beside being outdated. */
  readonly more: Partial<Outdated>;
}

/** What keeps workloads waiting, in ways that cost differently. */
export const manyCases: readonly Many[] = [
  { name: "many namespaces", namespaces: 200, more: {} },
  { name: "one namespace", namespaces: 1, more: {} },
  { name: "all held by budgets", namespaces: 200, more: { heldBy: ["pdb"] } },
  { name: "all outside their windows", namespaces: 200, more: { windows: ["Mon 01:00-02:00 Europe/Berlin"] } },
];

/** Steps of a run of many workloads, each carried out by a call: the first, then one after a change of one workload each. */
export function* manySteps(
  workloads: number,
  { namespaces, more }: Many,
  decisions = new Map<string, Decision>(),
): Generator<() => void, void> {
  const settings = settingsWith();
  const places = Array.from({ length: workloads }, (_, at) => `c-${at % 4}/ns-${at % namespaces}/w-${at}`);
  const set = (decision: Decision): void => void decisions.set(decision.workload.key, decision);
  for (const place of places) set(outdated(place, more));
  const clusters = [0, 1, 2, 3].map((at) => ({ name: `c-${at}`, region: "eu", current: true }));
  let state = startRun(undefined, settings);
  const stepAt = (monotonic: number, changed: readonly string[] | undefined) => (): void => {
    const input = { now: noon + monotonic, monotonic, settings, decisions, changed, clusters, events: [] };
    ({ state } = step(state, input));
  };
  yield stepAt(0, undefined);
  for (const [at, place] of places.slice(0, 21).entries()) {
    const decision = at % 2 === 0 ? rolling(place) : current(place);
    set(decision);
    yield stepAt(1000 * (at + 1), [decision.workload.key]);
  }
}
