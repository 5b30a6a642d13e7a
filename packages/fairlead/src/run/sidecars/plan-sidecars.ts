import { sortFindings } from "@fairlead/krm";
import { findingsOf } from "../../plan/sidecars/waves/findings-of.ts";
import { createProblems } from "../problems.ts";
import { runMachine } from "./machine.ts";
import { createObservation } from "./observation.ts";
import { readJournal } from "./journal/place.ts";
import type { Decision } from "../../plan/sidecars/model/decision.ts";
import type { RunAction, RunState } from "../../plan/sidecars/model/run.ts";
import type { PlanSidecarsOptions, SidecarsStatus } from "./sidecars-model.ts";

export interface SidecarsPlan extends SidecarsStatus {
  /** What somebody said is not to be looked at. */
  readonly excluded: readonly Extract<Decision, { readonly kind: "excluded" }>[];
}

/**
 * What would be done now: reads the clusters, asks the injectors, and writes nothing. Resolves when everything is known
 * that can be known now. What waits says what for.
 */
export async function planSidecars(options: PlanSidecarsOptions): Promise<SidecarsPlan> {
  const { home, place, settings, clock } = options;
  const problems = createProblems();
  const { promise: idle, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (observation.isIdle()) resolve();
  };
  const observation = createObservation({
    ...options,
    problems,
    onStarted: () => observation.engine.start(),
    onDecided: () => {},
    onStatus: look,
    onEnd: look,
  });
  // Timers of the clock do not keep a process alive.
  const alive = setInterval(() => {}, 60_000);
  try {
    observation.open();
    const { journal } = await readJournal(home, place);
    await idle;
    const { engine } = observation;
    // A dry run holds everything back; what is asked here is what would be begun.
    const wet = { ...settings, restart: { ...settings.restart, dryRun: false } };
    const machine = runMachine(wet, clock);
    const clusters = engine.view().clusters;
    const { state, actions } = machine.step(machine.start(journal), {
      now: clock.now(),
      monotonic: clock.monotonic(),
      settings: wet,
      decisions: engine.decisions,
      changed: undefined,
      clusters: clusters.map(({ name, region, state: view }) => ({ name, region, current: view === "current" })),
      events: [],
    });
    return {
      clusters: observation.clusters(),
      injectors: observation.injectors(),
      leading: false,
      ...asPlanned(state, actions),
      journal: state.journal,
      excluded: [...engine.decisions.values()].filter((one) => one.kind === "excluded"),
      findings: sortFindings([...problems.all(), ...findingsOf(state)]),
    };
  } finally {
    clearInterval(alive);
    await observation.close();
  }
}

/** Nothing was begun: what would be begun first waits for nothing. */
function asPlanned({ rows, progress }: RunState, actions: readonly RunAction[]): Pick<RunState, "rows" | "progress"> {
  const first = new Set(
    actions.flatMap((action) => (action.kind === "restart" || action.kind === "evict" ? [action.workload.key] : [])),
  );
  return {
    rows: rows.map((row) =>
      first.has(row.workload.key) ? { ...row, state: "waiting", reason: "", since: undefined } : row,
    ),
    progress: {
      ...progress,
      underWay: progress.underWay - first.size,
      waiting: progress.waiting + first.size,
    },
  };
}
