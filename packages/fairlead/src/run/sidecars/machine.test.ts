import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { Journal } from "../../plan/sidecars/model/run.ts";
import { defaultSettings } from "../../plan/sidecars/presets.ts";
import { runMachine } from "./machine.ts";

function journalOf(count: number): Journal {
  const entry = {
    target: "t",
    state: "done",
    wave: "rest",
    startedAt: 1,
    endedAt: 1,
    reason: "x".repeat(300),
  } as const;
  const names = Array.from({ length: count }, (_, at) => `east/shop/Deployment.apps/w-${at}`);
  const workloads = Object.fromEntries(names.map((name) => [name, entry]));
  return { version: 1, revision: 1, pauses: [], workloads, history: [] };
}

test("tells of each journal how many workloads it had no room for", () => {
  const told: number[] = [];
  const machine = runMachine(defaultSettings, virtualClock(0), (left) => void told.push(left));
  const text = machine.encode(journalOf(3_000));
  machine.encode(journalOf(10));
  assert.equal(told.length, 2);
  assert.ok(told[0]! > 0);
  assert.equal(told[1], 0);
  assert.equal(Object.keys(machine.start(text).journal.workloads).length, 3_000 - told[0]!);
});
