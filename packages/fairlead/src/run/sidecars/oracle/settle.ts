/**
 * Whether an injector serves the configuration that is written: a machine for each injector, on times that come from
 * outside. It asks for probes (any question whose answer the configuration shapes) while it does not know, and a few
 * times afterwards; then it is silent until something changes.
 */
export interface SettleTimes {
  /** Until an injector is taken to have read what cannot be told from its answers. */
  readonly settleMs: number;
  /** Until a control plane that still rolls out is reported. */
  readonly patienceMs: number;
}

/** What is observed of what an injector answers by. */
export interface InjectorFacts {
  /** Of everything that its answers depend on. */
  readonly inputs: string;
  /** Whether its control plane is rolled out; undefined: it is not in view. */
  readonly rolledOut: boolean | undefined;
  /** What it injects by its configuration; undefined: that does not tell. */
  readonly image: string | undefined;
}

export type Probed =
  | { readonly kind: "answered"; readonly image: string | undefined; readonly digest: string }
  | { readonly kind: "failed"; readonly message: string };

export interface SettleState {
  readonly facts: InjectorFacts;
  readonly phase: "rolling" | "probing" | "serving" | "failed";
  readonly reason: string;
  /** Since when it is waited for the control plane, or for its answers. */
  readonly since: number;
  /** When to probe; undefined: not by itself. */
  readonly probeAt: number | undefined;
  /** Failures in a row. */
  readonly failures: number;
  /** The last inputs that were taken to be served, and what the probe said by them. */
  readonly served: { readonly inputs: string; readonly digest: string } | undefined;
  /** When verifying probes are sent, in milliseconds after the configuration was taken to be served. */
  readonly schedule: readonly number[];
  readonly verified: number;
  /** Answers that changed by themselves. */
  readonly changes: number;
  /** Counts up whenever older answers are worth nothing. */
  readonly epoch: number;
}

export type SettleInput =
  | { readonly kind: "facts"; readonly facts: InjectorFacts }
  | { readonly kind: "probed"; readonly probed: Probed }
  /** A question failed in a way that is not the question's fault. */
  | { readonly kind: "broken"; readonly message: string }
  | { readonly kind: "time" };

const verifyAfterMs: readonly number[] = [10_000, 60_000, 300_000];
/** Where the answers contradict what the configuration tells. */
const doubtfulAfterMs: readonly number[] = [1_000, 2_500, 5_000, 10_000, 20_000, 40_000, 60_000, 90_000, 300_000];
/** An injector whose answers change this often by themselves is not looked at any more. */
const mostChanges = 5;
const firstRetryMs = 500;
const lastRetryMs = 30_000;
const firstProbeMs = 200;
const lastProbeMs = 1_000;

const asking = "it is asked whether it serves its configuration";

export function initialSettle(facts: InjectorFacts, now: number): SettleState {
  const nothing = {
    probeAt: undefined,
    failures: 0,
    served: undefined,
    schedule: [],
    verified: 0,
    changes: 0,
    epoch: 0,
  };
  return begin({ ...nothing, facts, phase: "probing", reason: asking, since: now }, facts, now);
}

export function stepSettle(state: SettleState, input: SettleInput, now: number, times: SettleTimes): SettleState {
  switch (input.kind) {
    case "facts":
      return observed(state, input.facts, now);
    case "probed":
      if (state.phase === "rolling") return state;
      return input.probed.kind === "failed"
        ? broken(state, input.probed.message, now)
        : answered({ ...state, failures: 0 }, input.probed, now, times);
    case "broken":
      return state.phase === "rolling" || state.phase === "failed" ? state : broken(state, input.message, now);
    case "time":
      return overdue(state, now, times);
  }
}

/** When something happens by itself; undefined: nothing does. */
export function settleAgain({ phase, since, probeAt }: SettleState, times: SettleTimes): number | undefined {
  return phase === "rolling" ? since + times.patienceMs : probeAt;
}

function observed(state: SettleState, facts: InjectorFacts, now: number): SettleState {
  const before = state.facts;
  if (facts.inputs !== before.inputs) return begin({ ...state, changes: 0, epoch: state.epoch + 1 }, facts, now);
  const isRolling = facts.rolledOut === false;
  const wasRolling = before.rolledOut === false;
  return isRolling === wasRolling ? { ...state, facts } : begin(state, facts, now);
}

function begin(state: SettleState, facts: InjectorFacts, now: number): SettleState {
  const next = { ...state, facts, since: now, failures: 0, verified: 0 };
  if (facts.rolledOut !== false) return { ...next, phase: "probing", reason: asking, probeAt: now };
  return { ...next, phase: "rolling", reason: "its control plane rolls out", probeAt: undefined };
}

function overdue(state: SettleState, now: number, times: SettleTimes): SettleState {
  if (state.phase !== "rolling" || now < state.since + times.patienceMs) return state;
  const minutes = Math.round(times.patienceMs / 60_000);
  return { ...state, phase: "failed", reason: `its control plane has been rolling out for ${minutes} min` };
}

function broken(state: SettleState, message: string, now: number): SettleState {
  const failures = state.failures + 1;
  const pause = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 10));
  return { ...state, phase: "failed", reason: message, failures, probeAt: now + pause };
}

type Answered = Probed & { readonly kind: "answered" };

function answered(state: SettleState, { image, digest }: Answered, now: number, times: SettleTimes): SettleState {
  const { facts, served } = state;
  const isTold = facts.image !== undefined && image !== undefined;
  const agrees = isTold && isImage(image, facts.image);
  const schedule = isTold && !agrees ? doubtfulAfterMs : verifyAfterMs;
  if (state.phase === "serving") return verify(state, digest, schedule, now);
  const end = state.since + times.settleMs;
  const isKnown = served?.inputs === facts.inputs;
  const isChanged = served !== undefined && served.digest !== digest;
  if (!agrees && !isKnown && !isChanged && now < end) {
    const pause = Math.min(lastProbeMs, Math.max(firstProbeMs, (now - state.since) / 2));
    const reason = "it still answers by its old configuration, as far as can be told";
    return { ...state, phase: "probing", reason, probeAt: Math.min(end, now + pause) };
  }
  // What it said by these inputs before is not what it says now.
  const epoch = isKnown && isChanged ? state.epoch + 1 : state.epoch;
  const next = { ...state, phase: "serving" as const, reason: "", served: { inputs: facts.inputs, digest }, epoch };
  return { ...next, schedule, verified: 0, probeAt: now + schedule[0]! };
}

function verify(state: SettleState, digest: string, schedule: readonly number[], now: number): SettleState {
  if (digest !== state.served?.digest) {
    const changes = state.changes + 1;
    const probeAt = changes >= mostChanges ? undefined : now + schedule[0]!;
    const served = { inputs: state.facts.inputs, digest };
    return { ...state, served, changes, schedule, verified: 0, epoch: state.epoch + 1, probeAt };
  }
  const verified = state.verified + 1;
  const [last, next] = [state.schedule[verified - 1]!, state.schedule[verified]];
  return { ...state, verified, probeAt: next === undefined ? undefined : now + next - last };
}

/** `…/proxyv2:1.29.0-distroless` is that image, in the variant that a pod or the mesh asks for. */
function isImage(image: string, wanted: string): boolean {
  return image === wanted || image.startsWith(`${wanted}-`);
}
