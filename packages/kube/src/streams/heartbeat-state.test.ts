import assert from "node:assert/strict";
import { test } from "node:test";
import { beatMs, heartbeat, silenceMs, stepHeartbeat, type HeartbeatInput } from "./heartbeat-state.ts";

function run(...inputs: readonly HeartbeatInput[]): string[] {
  let state = heartbeat(0);
  return inputs.flatMap((input) => {
    const step = stepHeartbeat(state, input);
    state = step.state;
    return [...step.effects];
  });
}

test("asks at every beat until there was silence for too long", () => {
  const beats = Array.from({ length: 6 }, (_value, index) => ({ kind: "tick" as const, at: (index + 1) * beatMs }));
  assert.deepEqual(run(...beats), ["ping", "ping", "ping", "ping", "ping", "dead"]);
});

test("counts silence from what was heard last", () => {
  const at = silenceMs - 1;
  assert.deepEqual(
    run({ kind: "heard", at }, { kind: "tick", at: at + silenceMs - 1 }, { kind: "tick", at: at + silenceMs }),
    ["ping", "dead"],
  );
});

test("does not count the time in which it did not listen", () => {
  assert.deepEqual(
    run(
      { kind: "paused" },
      { kind: "tick", at: 10 * silenceMs },
      { kind: "resumed", at: 10 * silenceMs },
      { kind: "tick", at: 11 * silenceMs - 1 },
      { kind: "tick", at: 11 * silenceMs },
    ),
    ["ping", "ping", "dead"],
  );
});
