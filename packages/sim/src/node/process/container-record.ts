/** What a node knows of one container between two looks at its pod. */
export interface ContainerRecord {
  readonly name: string;
  readonly state: ContainerState;
  /** How the run before ended. */
  readonly last: Ended | undefined;
  readonly restarts: number;
  readonly probes: Readonly<Record<ProbeKind, ProbeRecord>>;
  readonly stopping: Stopping | undefined;
}

export type ProbeKind = "startup" | "readiness" | "liveness";
export const probeKinds: readonly ProbeKind[] = ["startup", "readiness", "liveness"];

export type ContainerState =
  /** `retryAt` is when to try again what did not work. */
  | { readonly kind: "waiting"; readonly reason: string; readonly message: string; readonly retryAt: number }
  | Running
  | Ended;

export interface Running {
  readonly kind: "running";
  /** Of this run. */
  readonly id: string;
  readonly startedAt: number;
  /** `lifecycle.postStart` has not ended yet. */
  readonly starting: boolean;
}

export interface Ended {
  readonly kind: "ended";
  readonly id: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
}

/** One probe of the present run. */
export interface ProbeRecord {
  /** What it says at present; undefined: nothing yet. */
  readonly result: boolean | undefined;
  /** How often it said the same in a row. */
  readonly last: boolean | undefined;
  readonly inRow: number;
  readonly nextAt: number;
  /** It has been asked and has not answered yet. */
  readonly isAsked: boolean;
}

export interface Stopping {
  readonly phase: "pre-stop" | "pre-stop-done" | "term" | "kill";
  /** When it is killed. */
  readonly deadline: number;
}

/** What happened to a container, told by what runs it. */
export type ContainerNews =
  | { readonly kind: "started"; readonly id: string; readonly at: number; readonly starting: boolean }
  | { readonly kind: "not-started"; readonly reason: string; readonly message: string; readonly retryAt: number }
  | { readonly kind: "start-failed"; readonly id: string; readonly at: number; readonly message: string }
  | {
      readonly kind: "exited";
      readonly id: string;
      readonly code: number;
      readonly at: number;
      readonly message: string;
    }
  | { readonly kind: "probed"; readonly id: string; readonly probe: ProbeKind; readonly success: boolean }
  | { readonly kind: "post-start-done"; readonly id: string }
  | { readonly kind: "pre-stop-done"; readonly id: string };

const unasked: ProbeRecord = { result: undefined, last: undefined, inRow: 0, nextAt: 0, isAsked: false };

export function newContainer(name: string, restarts = 0, last?: Ended): ContainerRecord {
  return {
    name,
    state: last ?? { kind: "waiting", reason: "ContainerCreating", message: "", retryAt: 0 },
    last: undefined,
    restarts,
    probes: { startup: unasked, readiness: unasked, liveness: unasked },
    stopping: undefined,
  };
}

/** The record after what happened. News of an earlier run change nothing. */
export function withNews(record: ContainerRecord, news: ContainerNews): ContainerRecord {
  const { state } = record;
  if (news.kind === "not-started") {
    const { reason, message, retryAt } = news;
    return {
      ...record,
      ...(state.kind === "ended" ? { last: state } : {}),
      state: { kind: "waiting", reason, message, retryAt },
    };
  }
  if (news.kind === "started" || news.kind === "start-failed") {
    const last = state.kind === "ended" ? state : record.last;
    const { id, at } = news;
    return {
      ...newContainer(record.name),
      state:
        news.kind === "started"
          ? { kind: "running", id, startedAt: at, starting: news.starting }
          : {
              kind: "ended",
              id,
              startedAt: at,
              finishedAt: at,
              exitCode: 128,
              reason: "StartError",
              message: news.message,
            },
      last,
      restarts: last === undefined ? record.restarts : record.restarts + 1,
    };
  }
  if (state.kind !== "running" || state.id !== news.id) return record;
  switch (news.kind) {
    case "exited": {
      const { id, code, at, message } = news;
      const reason = code === 0 ? "Completed" : "Error";
      const { startedAt } = state;
      return {
        ...record,
        state: { kind: "ended", id, startedAt, finishedAt: at, exitCode: code, reason, message },
        stopping: undefined,
      };
    }
    case "probed": {
      const before = record.probes[news.probe];
      const inRow = before.last === news.success ? before.inRow + 1 : 1;
      const probe = { ...before, last: news.success, inRow, isAsked: false };
      return { ...record, probes: { ...record.probes, [news.probe]: probe } };
    }
    case "post-start-done":
      return { ...record, state: { ...state, starting: false } };
    case "pre-stop-done":
      return record.stopping?.phase === "pre-stop"
        ? { ...record, stopping: { ...record.stopping, phase: "pre-stop-done" } }
        : record;
    default:
      return news satisfies never;
  }
}
