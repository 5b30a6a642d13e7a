import type { Decision, Outdated, OutdatedPod, Rolling, Workload } from "../../../src/plan/sidecars/model/decision.ts";
import type { RunAction, RunEvent, RunInput, RunState, RunStep } from "../../../src/plan/sidecars/model/run.ts";
import type { BudgetSettings, RestartSettings, SidecarSettings } from "../../../src/plan/sidecars/model/settings.ts";
import { defaultSettings } from "../../../src/plan/sidecars/presets.ts";
import { startRun } from "../../../src/plan/sidecars/waves/start-run.ts";
import { step } from "../../../src/plan/sidecars/waves/step.ts";

export const target = "aaaaaaaaaaaa";
/** Saturday, 21 November 2026, noon. */
export const noon = Date.parse("2026-11-21T12:00:00Z");

/** `east/shop/web`: a Deployment. */
export function workloadOf(place: string): Workload {
  const [cluster = "", namespace = "", name = ""] = place.split("/");
  const key = `${cluster}/${namespace}/Deployment.apps/${name}`;
  return { key, cluster, namespace, name, apiVersion: "apps/v1", kind: "Deployment", uid: `uid-${place}` };
}

export function outdated(place: string, more: Partial<Outdated> = {}): Outdated {
  const pods = podsOf(place, 2);
  return {
    kind: "outdated",
    workload: workloadOf(place),
    way: { kind: "annotate" },
    differences: [{ field: "image", from: "proxyv2:1.28", to: "proxyv2:1.29", effect: "restart", pods: pods.length }],
    restarts: true,
    target,
    restartedFor: "",
    stillDiffers: false,
    pods: { total: 2, ready: 2, outdated: 2 },
    outdated: pods,
    heldBy: [],
    order: 100,
    windows: [],
    identity: "",
    labels: {},
    namespaceLabels: {},
    findings: [],
    ...more,
  };
}

export function podsOf(place: string, count: number, generation = 0): OutdatedPod[] {
  return Array.from({ length: count }, (_, at) => {
    const name = `${place.split("/")[2]}-${generation}-${at}`;
    return {
      name,
      uid: `${place}/${generation}/${at}`,
      node: `node-${at}`,
      zone: `zone-${at}`,
      ready: true,
      createdAt: "2026-11-01T00:00:00Z",
    };
  });
}

export function rolling(place: string, more: Partial<Rolling> = {}): Rolling {
  const pods = { total: 2, ready: 1, outdated: 1 };
  return { kind: "rolling", workload: workloadOf(place), pods, restartedFor: target, nodes: [], zones: [], ...more };
}

export function current(place: string): Decision {
  return { kind: "current", workload: workloadOf(place), expected: undefined };
}

export interface SettingsChange {
  readonly budget?: Partial<BudgetSettings>;
  readonly restart?: Partial<RestartSettings>;
  readonly rest?: Partial<SidecarSettings>;
}

export function settingsWith({ budget, restart, rest }: SettingsChange = {}): SidecarSettings {
  return {
    ...defaultSettings,
    ...rest,
    budget: { ...defaultSettings.budget, ...budget },
    restart: { ...defaultSettings.restart, ...restart },
  };
}

/** A run by hand: set what is so, step, look at what it asks for. */
export interface Bench {
  now: number;
  monotonic: number;
  settings: SidecarSettings;
  clusters: { name: string; region: string; current: boolean }[];
  readonly decisions: Map<string, Decision>;
  state: RunState;
  last: RunStep;
  set(...decisions: Decision[]): void;
  remove(place: string): void;
  step(...events: RunEvent[]): readonly RunAction[];
  pass(ms: number): void;
  /** Another process takes over: only the journal is left. */
  crash(): void;
  /** What restarts or evictions were asked for by this step: `east/shop/web`, or with `/POD`. */
  started(...events: RunEvent[]): string[];
  /** The id of the last action for a workload. */
  action(place: string): string;
  written(...places: string[]): RunEvent[];
  row(place: string): string;
}

export function benchOf(change: SettingsChange = {}): Bench {
  const settings = settingsWith(change);
  const changed = new Set<string>();
  const actions = new Map<string, string>();
  let fresh = true;
  const bench: Bench = {
    now: noon,
    monotonic: 1000,
    settings,
    clusters: [
      { name: "east", region: "eu", current: true },
      { name: "west", region: "eu", current: true },
    ],
    decisions: new Map(),
    state: startRun(undefined, settings),
    last: { state: startRun(undefined, settings), actions: [], again: undefined },
    set(...decisions) {
      for (const decision of decisions) {
        bench.decisions.set(decision.workload.key, decision);
        changed.add(decision.workload.key);
      }
    },
    remove(place) {
      bench.decisions.delete(workloadOf(place).key);
      changed.add(workloadOf(place).key);
    },
    step(...events) {
      const input: RunInput = {
        now: bench.now,
        monotonic: bench.monotonic,
        settings: bench.settings,
        decisions: bench.decisions,
        changed: fresh ? undefined : [...changed],
        clusters: bench.clusters,
        events,
      };
      fresh = false;
      changed.clear();
      bench.last = step(bench.state, input);
      bench.state = bench.last.state;
      for (const action of bench.last.actions) {
        if (action.kind === "restart" || action.kind === "evict") actions.set(action.workload.key, action.id);
      }
      return bench.last.actions;
    },
    pass(ms) {
      bench.now += ms;
      bench.monotonic += ms;
    },
    crash() {
      bench.state = startRun(structuredClone(bench.state.journal), bench.settings);
      bench.monotonic = 5;
      fresh = true;
    },
    started(...events) {
      return bench.step(...events).flatMap((action) => {
        if (action.kind !== "restart" && action.kind !== "evict") return [];
        const { cluster, namespace, name } = action.workload;
        return [`${cluster}/${namespace}/${name}${action.kind === "evict" ? `/${action.pod.name}` : ""}`];
      });
    },
    action: (place) => actions.get(workloadOf(place).key) ?? "",
    written: (...places) =>
      places.map((place) => ({ kind: "done", action: bench.action(place), result: { kind: "written" } })),
    row(place) {
      const row = bench.state.rows.find(({ workload }) => workload.key === workloadOf(place).key);
      return row === undefined ? "" : `${row.state}: ${row.reason}`;
    },
  };
  return bench;
}
