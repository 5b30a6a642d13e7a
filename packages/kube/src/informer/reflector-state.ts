import { isKubeError, KubeError } from "../errors.ts";
import { backoffMs } from "../queue/backoff.ts";
import { pageLimitAfter, type PageRequest } from "./page-state.ts";
import type { Phase, ReflectorEffect, ReflectorInput, ReflectorState, ReflectorStep } from "./reflector-machine.ts";
import { defaultTimings, type ReflectorTimings } from "./reflector-timings.ts";

export function initialReflectorState(timings: ReflectorTimings = defaultTimings): ReflectorState {
  return {
    phase: { kind: "idle" },
    attempt: 0,
    streaming: timings.streaming,
    brokenStreams: 0,
    firstPage: timings.firstPage,
    failures: 0,
    synced: false,
    lists: 0,
    watches: 0,
  };
}

/**
 * How one view of a resource is kept current: list, watch, and start over, whatever the network does. In the manner of
 * kube-rs' watcher and client-go's reflector, as one pure step: what is read and waited for are effects, what came of
 * them are inputs. Each piece of I/O has a number (`attempt`); what an older one still delivers is ignored.
 *
 *   idle → listing (a stream or pages) → watching → … → waiting (back-off) → listing or watching …, until `stop`
 */
export function step(
  state: ReflectorState,
  input: ReflectorInput,
  timings: ReflectorTimings = defaultTimings,
): ReflectorStep {
  if (state.phase.kind === "stopped") return { state, effects: [] };
  if ("attempt" in input && input.attempt !== state.attempt) return { state, effects: [] };
  switch (input.kind) {
    case "start":
      return state.phase.kind === "idle" ? list({ ...state, staleSince: input.at }, input, timings) : stay(state);
    case "stop":
      return {
        state: {
          ...state,
          phase: { kind: "stopped" },
          attempt: state.attempt + 1,
          staleSince: state.staleSince ?? input.at,
        },
        effects: [{ kind: "cancel" }, { kind: "discard" }, { kind: "timer" }],
      };
    case "wake":
      return wake(state, input, timings);
    case "opened":
      return state.phase.kind === "watching"
        ? stay(flowing({ ...state, phase: { ...state.phase, open: true } }))
        : stay(state);
    case "event":
      return state.phase.kind === "streaming"
        ? streamed(state, state.phase, input, timings)
        : state.phase.kind === "watching"
          ? watched(state, state.phase, input, timings)
          : stay(state);
    case "page":
      return state.phase.kind === "paging" ? paged(state, state.phase, input, timings) : stay(state);
    case "whole":
      return state.phase.kind === "paging"
        ? {
            state: { ...state, phase: { ...state.phase, resourceVersion: input.resourceVersion } },
            effects: [{ kind: "begin" }, { kind: "timer", at: input.at + timings.pageMs }],
          }
        : stay(state);
    case "part":
      return state.phase.kind === "paging"
        ? {
            state,
            effects: [
              { kind: "collect", items: input.items },
              { kind: "timer", at: input.at + timings.pageMs },
            ],
          }
        : stay(state);
    case "again":
      return state.phase.kind === "paging" ? list(state, input, timings) : stay(state);
    case "ended":
      return ended(state, input, timings);
    case "failed":
      return failed(state, input, timings);
  }
}

type At = { readonly at: number; readonly roll: number };
type InputOf<K extends ReflectorInput["kind"]> = Extract<ReflectorInput, { kind: K }>;
type PhaseOf<K extends Phase["kind"]> = Extract<Phase, { kind: K }>;

const stay = (state: ReflectorState): ReflectorStep => ({ state, effects: [] });

/** Nothing is known to be behind any more. */
function flowing(state: ReflectorState): ReflectorState {
  if (state.staleSince === undefined && state.error === undefined) return state;
  const { staleSince: _since, error: _error, ...rest } = state;
  return rest;
}

/**
 * Always the most recent state (no resourceVersion): it can never be older than what was seen, and a view that has
 * fallen behind the server's history starts from the present.
 */
function list(state: ReflectorState, { at, roll }: At, timings: ReflectorTimings): ReflectorStep {
  const attempt = state.attempt + 1;
  const next = { ...state, attempt, lists: state.lists + 1, staleSince: state.staleSince ?? at };
  if (state.streaming) {
    const timeoutSeconds = timeoutFor(roll, timings);
    return {
      state: { ...next, phase: { kind: "streaming", since: at, heard: at, timeoutSeconds } },
      effects: [
        { kind: "begin" },
        { kind: "stream", attempt, timeoutSeconds },
        { kind: "timer", at: at + timings.streamQuietMs },
      ],
    };
  }
  const page: PageRequest = { limit: state.firstPage };
  return {
    state: { ...next, phase: { kind: "paging", page } },
    effects: [{ kind: "begin" }, { kind: "list", attempt, ...page }, { kind: "timer", at: at + timings.pageMs }],
  };
}

function watch(state: ReflectorState, { at, roll }: At, timings: ReflectorTimings): ReflectorStep {
  const attempt = state.attempt + 1;
  const resourceVersion = state.resourceVersion!;
  const timeoutSeconds = timeoutFor(roll, timings);
  return {
    state: {
      ...state,
      attempt,
      watches: state.watches + 1,
      phase: { kind: "watching", since: at, heard: at, open: false, received: false, timeoutSeconds },
    },
    effects: [
      { kind: "watch", attempt, resourceVersion, timeoutSeconds },
      { kind: "timer", at: at + timeoutSeconds * 1000 + timings.idleMarginMs },
    ],
  };
}

/** Spread over a range, so that the watches of many informers do not end together. */
function timeoutFor(roll: number, { timeoutSeconds, timeoutSpreadSeconds }: ReflectorTimings): number {
  return timeoutSeconds + Math.floor(roll * timeoutSpreadSeconds);
}

function streamed(
  state: ReflectorState,
  phase: PhaseOf<"streaming">,
  { event, at, roll }: InputOf<"event">,
  timings: ReflectorTimings,
): ReflectorStep {
  if (event.type === "BOOKMARK") {
    // A server that knows streaming lists marks its first bookmark as their end: this one took it for a plain watch.
    if (!event.initialEventsEnd) return withoutStream(state, { at, roll }, timings);
    const { since, timeoutSeconds } = phase;
    return {
      state: flowing({
        ...state,
        brokenStreams: 0,
        synced: true,
        resourceVersion: event.resourceVersion,
        watches: state.watches + 1,
        phase: { kind: "watching", since, heard: at, open: true, received: true, timeoutSeconds },
      }),
      effects: [{ kind: "commit" }, { kind: "timer", at: at + timeoutSeconds * 1000 + timings.idleMarginMs }],
    };
  }
  return {
    state: { ...state, phase: { ...phase, heard: at } },
    effects: [
      event.type === "DELETED"
        ? { kind: "uncollect", object: event.object }
        : { kind: "collect", items: [event.object] },
    ],
  };
}

/** Lists in pages, now and from now on. */
function withoutStream(state: ReflectorState, at: At, timings: ReflectorTimings): ReflectorStep {
  const { state: next, effects } = list({ ...state, streaming: false, brokenStreams: 0 }, at, timings);
  return { state: next, effects: [{ kind: "cancel" }, { kind: "discard" }, ...effects] };
}

function paged(
  state: ReflectorState,
  phase: PhaseOf<"paging">,
  input: InputOf<"page">,
  timings: ReflectorTimings,
): ReflectorStep {
  // Pages of one list have one version; the first one's is never too new, whatever a server makes of the others.
  const resourceVersion = phase.resourceVersion ?? input.resourceVersion;
  const collect: ReflectorEffect = { kind: "collect", items: input.items };
  if (input.continue !== undefined && input.continue !== "") {
    const attempt = state.attempt + 1;
    const page: PageRequest = {
      // What was made larger because it took too long stays so.
      limit: pageLimitAfter(input.bytesPerItem, state.firstPage > timings.firstPage ? state.firstPage : 1, timings),
      continue: input.continue,
    };
    return {
      state: { ...state, attempt, phase: { kind: "paging", page, resourceVersion } },
      // The next page is asked for before this one is stored: the server works on it meanwhile.
      effects: [{ kind: "list", attempt, ...page }, collect, { kind: "timer", at: input.at + timings.pageMs }],
    };
  }
  const { state: next, effects } = watch(
    { ...state, resourceVersion, synced: true, firstPage: Math.min(state.firstPage, timings.firstPage) },
    input,
    timings,
  );
  // The watch starts before the store changes: listeners may take their time.
  return { state: next, effects: [...effects, collect, { kind: "commit" }] };
}

function watched(
  state: ReflectorState,
  phase: PhaseOf<"watching">,
  { event, at }: InputOf<"event">,
  timings: ReflectorTimings,
): ReflectorStep {
  const resourceVersion =
    event.type === "BOOKMARK" ? event.resourceVersion : (event.object.metadata["resourceVersion"] as string);
  const healthy = at - phase.since >= timings.healthyMs;
  const next = flowing({
    ...state,
    resourceVersion,
    failures: healthy ? 0 : state.failures,
    phase: { ...phase, heard: at, open: true, received: true },
  });
  if (event.type === "BOOKMARK") return stay(next);
  return { state: next, effects: [{ kind: event.type === "DELETED" ? "remove" : "put", object: event.object }] };
}

function ended(state: ReflectorState, input: InputOf<"ended">, timings: ReflectorTimings): ReflectorStep {
  const { phase } = state;
  if (phase.kind === "streaming") {
    return failure(state, input, new KubeError("protocol", "the streaming list ended before it was complete"), timings);
  }
  if (phase.kind !== "watching") return stay(state);
  const lasted = input.at - phase.since;
  // client-go, too, takes a watch that ends at once and brings nothing for a failure: it would go round in circles.
  if (lasted < timings.shortWatchMs && !phase.received) {
    return failure(state, input, new KubeError("protocol", "the server ended the watch at once"), timings);
  }
  const failures = lasted >= timings.healthyMs ? 0 : state.failures;
  if (lasted >= timings.shortWatchMs) return watch({ ...state, failures }, input, timings);
  return wait(state, input.at + timings.floorMs, "watch");
}

function wait(state: ReflectorState, until: number, resume: "list" | "watch"): ReflectorStep {
  return {
    state: { ...state, attempt: state.attempt + 1, phase: { kind: "waiting", until, resume } },
    effects: [{ kind: "timer", at: until }],
  };
}

function wake(state: ReflectorState, input: InputOf<"wake">, timings: ReflectorTimings): ReflectorStep {
  const { phase } = state;
  const { at } = input;
  switch (phase.kind) {
    case "waiting":
      if (at < phase.until) return { state, effects: [{ kind: "timer", at: phase.until }] };
      return phase.resume === "list" ? list(state, input, timings) : watch(state, input, timings);
    case "streaming": {
      const due = phase.heard + timings.streamQuietMs;
      if (at < due) return { state, effects: [{ kind: "timer", at: due }] };
      return withoutStream(state, input, timings);
    }
    case "paging": {
      const error = new KubeError("deadline", "the server did not answer a list in time");
      const { state: next, effects } = failure(state, input, error, timings);
      return { state: next, effects: [{ kind: "cancel" }, ...effects] };
    }
    case "watching": {
      const due = phase.heard + phase.timeoutSeconds * 1000 + timings.idleMarginMs;
      if (at < due) return { state, effects: [{ kind: "timer", at: due }] };
      // The server ends every watch after its timeout: one that goes on in silence has lost its connection.
      const error = new KubeError("connection", "the watch fell silent and did not end in time");
      const { state: next, effects } = failure({ ...state, staleSince: phase.heard }, input, error, timings);
      return { state: next, effects: [{ kind: "cancel" }, ...effects] };
    }
    case "idle":
    case "stopped":
      return stay(state);
  }
}

function failed(state: ReflectorState, input: InputOf<"failed">, timings: ReflectorTimings): ReflectorStep {
  const { phase } = state;
  const { error } = input;
  if (phase.kind === "streaming" && isKubeError(error, ...refusals)) return withoutStream(state, input, timings);
  if (phase.kind === "paging" && phase.page.continue !== undefined && isKubeError(error, "gone")) {
    // The list took longer than the server keeps its history: fewer, larger pages next time.
    const firstPage = Math.min(Math.max(phase.page.limit, state.firstPage) * 2, timings.longestPage);
    return failure({ ...state, firstPage }, input, error, timings);
  }
  if (phase.kind === "paging" && isKubeError(error, "too-large")) {
    const firstPage = Math.max(1, Math.floor(phase.page.limit / 4));
    return failure({ ...state, firstPage }, input, error, timings);
  }
  return failure(state, input, error, timings);
}

/** By these a server says that it does not know a streaming list, or not for this resource. */
const refusals = ["bad-request", "invalid", "unsupported", "not-found", "too-large"] as const;

/** After these a watch from the same version would fail again. */
const verdicts = ["gone", "bad-request", "invalid", "unsupported", "not-found"] as const;

/** Back off, then go on with what is left: a watch from the last version if that can help, else a list. */
function failure(state: ReflectorState, { at, roll }: At, error: KubeError, timings: ReflectorTimings): ReflectorStep {
  const { phase } = state;
  const watching = phase.kind === "watching";
  const healthy = watching && at - phase.since >= timings.healthyMs;
  const failures = healthy ? 1 : state.failures + 1;
  const brokenStreams = phase.kind === "streaming" ? state.brokenStreams + 1 : 0;
  // A server that has lost its history (restored from a backup, say) may refuse our version for ever, without saying
  // that it is gone: now and then the view starts over.
  const startOver = failures % timings.relistEvery === 0;
  const resume = watching && !startOver && !isKubeError(error, ...verdicts) && !isTooNew(error) ? "watch" : "list";
  // What is gone is listed at once the first time: waiting brings nothing back.
  const atOnce = watching && isKubeError(error, "gone") && failures === 1;
  const ms = atOnce ? timings.floorMs : backoffMs(timings.backoff, failures, roll);
  const asked = Math.min(error.retryAfterMs ?? 0, timings.longestRetryAfterMs);
  const { state: next, effects } = wait(
    {
      ...state,
      failures,
      brokenStreams,
      streaming: state.streaming && brokenStreams < timings.brokenStreams,
      error,
      staleSince: state.staleSince ?? at,
    },
    at + Math.max(ms, asked),
    resume,
  );
  return { state: next, effects: watching ? effects : [{ kind: "discard" }, ...effects] };
}

/** "Too large resource version": the server has not seen, or no longer knows, a version as new as ours. */
function isTooNew(error: KubeError): boolean {
  return error.status?.details?.causes?.some(({ reason }) => reason === "ResourceVersionTooLarge") ?? false;
}
