import assert from "node:assert/strict";
import { test } from "node:test";
import { type VirtualClock, virtualClock } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { faultyServer, fine, type FaultyServer } from "../../test/informer/faulty-server.ts";
import { modelServer, type ModelServer } from "../../test/informer/model-server.ts";
import { type Action, type Schedule, schedules } from "../../test/informer/schedule.ts";
import { byKey, view } from "../../test/informer/view.ts";
import { KubeError } from "../errors.ts";
import type { Resource } from "../resource.ts";
import type { Change } from "./informer.ts";
import type { ReflectorEffect, ReflectorInput } from "./reflector-machine.ts";
import { initialReflectorState, step } from "./reflector-state.ts";
import { defaultTimings, type ReflectorTimings } from "./reflector-timings.ts";
import { objectStore } from "./store.ts";

const resource: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

type Happened = ReflectorInput extends infer I ? (I extends ReflectorInput ? Omit<I, "at" | "roll"> : never) : never;

/** Performs the effects of the pure state machine against a model server: the shell, without promises. */
function simulate(schedule: Schedule, server: FaultyServer, clock: VirtualClock, onChange: (change: Change) => void) {
  const timings: ReflectorTimings = {
    ...defaultTimings,
    streaming: true,
    firstPage: schedule.pageLimit,
    largestPage: 6,
    longestPage: 8,
  };
  // One object parsed: the others are packed.
  const store = objectStore({ resource, parsed: 1, onError: (error) => assert.fail(String(error)) });
  store.addIndex("odd", ({ metadata }) => [metadata.labels!["odd"]!]);
  let state = initialReflectorState(timings);
  let cancelRead = (): void => {};
  let cancelTimer = (): void => {};
  let rolled = 0;

  function dispatch(happened: Happened): void {
    const roll = schedule.rolls[rolled++ % schedule.rolls.length]!;
    const taken = step(state, { ...happened, at: clock.monotonic(), roll } as ReflectorInput, timings);
    state = taken.state;
    for (const effect of taken.effects) perform(effect);
  }

  const outcome = (attempt: number) => ({
    opened: () => dispatch({ kind: "opened", attempt }),
    event: (event: Parameters<Parameters<FaultyServer["watch"]>[2]["event"]>[0]) =>
      dispatch({ kind: "event", attempt, event }),
    ended: () => dispatch({ kind: "ended", attempt }),
    failed: (error: KubeError) => dispatch({ kind: "failed", attempt, error }),
  });

  function perform(effect: ReflectorEffect): void {
    switch (effect.kind) {
      case "stream":
        cancelRead = server.watch(undefined, effect.timeoutSeconds, outcome(effect.attempt));
        return;
      case "watch":
        cancelRead = server.watch(effect.resourceVersion, effect.timeoutSeconds, outcome(effect.attempt));
        return;
      case "list":
        cancelRead = server.list(effect.limit, effect.continue, (page) =>
          dispatch(
            page instanceof KubeError
              ? { kind: "failed", attempt: effect.attempt, error: page }
              : { kind: "page", attempt: effect.attempt, ...page, bytesPerItem: 2 ** 21 },
          ),
        );
        return;
      case "cancel":
        // It takes a moment: what has come by then is still told.
        clock.after(3, cancelRead);
        return;
      case "timer":
        cancelTimer();
        if (effect.at !== undefined) {
          cancelTimer = clock.after(effect.at - clock.monotonic(), () => dispatch({ kind: "wake" }));
        }
        return;
      case "begin":
        return store.begin();
      case "collect":
        return store.collect(effect.items);
      case "uncollect":
        return store.uncollect(effect.object);
      case "discard":
        return store.discard();
      case "commit":
        return store.commit().forEach(onChange);
      case "put":
        return store.put(effect.object).forEach(onChange);
      case "remove":
        return store.remove(effect.object).forEach(onChange);
    }
  }

  dispatch({ kind: "start" });
  return { store, state: () => state, stop: () => dispatch({ kind: "stop" }) };
}

function act(model: ModelServer, server: FaultyServer, action: Action): void {
  switch (action.kind) {
    case "put":
      model.put(action.name);
      break;
    case "delete":
      model.delete(action.name);
      break;
    case "replace":
      model.delete(action.name);
      model.put(action.name);
      break;
    case "bookmark":
      return server.bookmark();
    case "compact":
      return model.compact();
  }
  server.flush();
}

test("ends with the view that a fresh list would give, whatever the network and the server do", () => {
  const reached = new Map<string, number>();
  const reach = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(schedules, (schedule) => {
      const clock = virtualClock(1_000_000);
      const model = modelServer();
      for (let i = 0; i < schedule.start; i++) model.put("abcdefgh"[i]!);
      let asked = 0;
      const weather = () => schedule.weather[asked++] ?? fine;
      const server = faultyServer(model, clock, { streaming: schedule.streaming, weather });
      const listener = view();
      const reflector = simulate(schedule, server, clock, listener.take);

      for (const action of schedule.actions) {
        clock.advance(action.afterMs);
        act(model, server, action);
        const state = reflector.state();
        reach(state.phase.kind);
        if (state.error !== undefined) reach(state.error.code);
        assert.notEqual(state.phase.kind, "stopped");
        const attempts = state.lists + state.watches;
        assert.ok(attempts <= 4 + clock.monotonic() / 100, `${attempts} attempts in ${clock.monotonic()} ms`);
      }
      for (let minute = 0; minute < 60 && asked < schedule.weather.length; minute++) clock.advance(60_000);
      // The weather clears; what hangs still has to be found out.
      asked = Number.POSITIVE_INFINITY;
      for (let minute = 0; minute < 20; minute++) {
        clock.advance(60_000);
        server.bookmark();
      }
      // In fine weather what happens is seen at once.
      clock.advance(1000);
      act(model, server, { kind: "put", name: "last", afterMs: 0 });
      clock.advance(20);
      const { phase, error, staleSince, synced } = reflector.state();
      assert.deepEqual(byKey(reflector.store.values()), byKey(model.objects.values()));
      assert.deepEqual(byKey(listener.objects.values()), byKey(model.objects.values()));
      assert.deepEqual([phase.kind, synced, error, staleSince], ["watching", true, undefined, undefined]);
      const odd = byKey([...model.objects.values()].filter(({ metadata }) => metadata.labels!["odd"] === "1"));
      assert.deepEqual(byKey(reflector.store.by("odd", "1")), odd);

      reflector.stop();
      const before = server.requests;
      clock.advance(3_600_000);
      assert.deepEqual([server.requests, reflector.state().phase.kind], [before, "stopped"]);
    }),
    runs(600),
  );
  // The schedules lead everywhere: otherwise the above would prove little.
  for (const what of ["streaming", "paging", "watching", "waiting", "gone", "connection", "deadline", "protocol"]) {
    assert.ok(reached.has(what), `no schedule reached ${what}`);
  }
});
