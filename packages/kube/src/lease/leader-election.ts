import type { Clock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import {
  initialElection,
  isHeld,
  nextWake,
  stepElection,
  type Answer,
  type ElectionConfig,
  type ElectionEffect,
  type ElectionInput,
} from "./election-state.ts";
import { defaultLeaseTimings, type LeaderElection, type Leadership, type LeaseTimings } from "./leadership.ts";
import { leaseObject, leases, type LeaseWrite } from "./lease.ts";
import { createTrouble, type LeaseTrouble } from "./trouble.ts";

export interface LeaderElectionOptions {
  /** Of the Lease. */
  readonly name: string;
  readonly namespace: string;
  /** Of this process, and of no other one that ever runs at the same time: host name or pod name with something random. */
  readonly identity: string;
  readonly timings?: LeaseTimings;
  readonly clock: Clock;
  /** In [0, 1): spreads the requests of many candidates. */
  readonly random: () => number;
  /** Told of each change, for logs and metrics. */
  readonly onChange?: (change: ElectionChange) => void;
}

export type ElectionChange =
  | { readonly kind: "leading"; readonly term: number }
  | { readonly kind: "lost"; readonly reason: string }
  | LeaseTrouble;

/** The calls of the client that an election needs. */
export type LeaseClient = Pick<Client, "find" | "create" | "update">;

/** Throws a RangeError for timings under which two could lead, or nobody could stay leader. */
export function createLeaderElection(client: LeaseClient, options: LeaderElectionOptions): LeaderElection {
  const timings = checkTimings(options.timings ?? defaultLeaseTimings);
  const { clock, random } = options;
  const key = { namespace: options.namespace, name: options.name };
  const config: ElectionConfig = { ...timings, identity: options.identity };
  const trouble = createTrouble(options.onChange);
  let state = initialElection;

  /** One request, with a deadline that leaves time for a second one. */
  async function send(call: () => Promise<KrmObject | undefined>, creates: boolean): Promise<Answer> {
    try {
      const lease = await call();
      // That there is none is good news only if one can be made.
      if (lease !== undefined) trouble.answered();
      return lease === undefined ? { kind: "absent" } : { kind: "lease", lease };
    } catch (error) {
      if (isKubeError(error, "conflict", "already-exists")) return { kind: "conflict" };
      const isGone = isKubeError(error, "not-found");
      // What is not there when a Lease is made is its namespace.
      if (!isGone || creates) trouble.failed(error);
      return { kind: isGone ? "absent" : "failed" };
    }
  }

  function write(previous: KrmObject | undefined, lease: LeaseWrite, deadlineMs: number): Promise<KrmObject> {
    const object = leaseObject(key, previous, lease, clock.now());
    return previous === undefined
      ? client.create(leases, object, { deadlineMs })
      : client.update(leases, object, { deadlineMs });
  }

  async function run(lead: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
    const deadlineMs = Math.max(timings.retryPeriodMs, timings.renewDeadlineMs / 3);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let cancelWake = () => {};
    let leading: AbortController | undefined;
    let failure: { readonly error: unknown } | undefined;
    state = initialElection;

    const now = () => clock.monotonic();

    function dispatch(input: ElectionInput): void {
      const step = stepElection(state, input, config);
      state = step.state;
      for (const effect of step.effects) perform(effect);
      cancelWake();
      const at = nextWake(state);
      cancelWake =
        at === Infinity
          ? () => {}
          : clock.after(Math.max(0, at - now()), () => dispatch({ kind: "wake", now: now(), random: random() }));
    }

    function perform(effect: ElectionEffect): void {
      switch (effect.kind) {
        case "read":
          return answerTo(effect.id, false, () => client.find(leases, key, { deadlineMs }));
        case "write":
          return answerTo(effect.id, effect.previous === undefined, () =>
            write(effect.previous, effect.write, deadlineMs),
          );
        case "lead":
          return start(effect.term);
        case "abort":
          options.onChange?.({ kind: "lost", reason: effect.reason });
          leading?.abort(new DOMException(`leadership: ${effect.reason}`, "AbortError"));
          return;
        case "done":
          signal.removeEventListener("abort", stop);
          if (failure === undefined) resolve();
          else reject(failure.error);
      }
    }

    function answerTo(id: number, creates: boolean, call: () => Promise<KrmObject | undefined>): void {
      void send(call, creates).then((answer) => dispatch({ kind: "answer", id, answer, now: now(), random: random() }));
    }

    function start(term: number): void {
      const controller = new AbortController();
      leading = controller;
      options.onChange?.({ kind: "leading", term });
      const held = () => isHeld(state, now()) && !controller.signal.aborted;
      const ended = () => dispatch({ kind: "ended", now: now() });
      // Not called within the step that made us leader, so that what it does at once finds the state settled.
      Promise.resolve()
        .then(() => lead({ signal: controller.signal, term, held }))
        .then(ended, (error: unknown) => {
          // What fails for want of the lease is no failure.
          if (held()) failure = { error };
          ended();
        });
    }

    const stop = () => dispatch({ kind: "stop", now: now() });
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    else dispatch({ kind: "wake", now: now(), random: random() });
    return promise;
  }

  return {
    run,
    holder: () => {
      const holder = state.seen?.lease === undefined ? "" : state.seen.record.holder;
      return holder === "" ? undefined : holder;
    },
  };
}

function checkTimings(timings: LeaseTimings): LeaseTimings {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = timings;
  const rising = 0 < retryPeriodMs && retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs;
  if (!rising || leaseDurationMs < 1000) {
    throw new RangeError(
      `lease timings must rise: retry period ${retryPeriodMs} < renew deadline ${renewDeadlineMs} < lease duration ${leaseDurationMs}, the last at least 1000 ms`,
    );
  }
  return timings;
}
