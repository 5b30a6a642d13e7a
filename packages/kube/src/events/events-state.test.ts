import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { eventKey, eventObject } from "./event-object.ts";
import {
  defaultEventLimits as limits,
  dueSeries,
  initialEvents,
  nextDue,
  recordEvent,
  type Series,
} from "./events-state.ts";
import type { RecordedEvent } from "./recorder.ts";

const app = { apiVersion: "fairlead.dev/v1alpha1", kind: "App", namespace: "shop", name: "orders", uid: "u1" };
const applied: RecordedEvent = { type: "Normal", reason: "Applied", message: "made 5 objects" };
const reporter = { component: "fairlead.dev/workloads", instance: "pod-1", suffix: "ab" };

test("equal events become one series, whose count is written at the second and then at intervals", () => {
  const state = initialEvents();
  const kinds = [0, 1_000, 2_000, 3_000].map((now) => recordEvent(state, app, applied, now, limits).kind);
  assert.deepEqual(kinds, ["write", "write", "counted", "counted"]);
  assert.equal(nextDue(state, limits), 31_000);
  assert.deepEqual(dueSeries(state, 30_999, limits), []);
  const [due] = dueSeries(state, 31_000, limits);
  assert.deepEqual([due?.count, due?.firstAt, due?.lastAt], [4, 0, 3_000]);
  assert.equal(nextDue(state, limits), Infinity);
});

test("a series ends after ten silent minutes, and the next one has a name of its own", () => {
  const state = initialEvents();
  const first = recordEvent(state, app, applied, 0, limits);
  const second = recordEvent(state, app, applied, 600_000, limits);
  assert.ok(first.kind === "write" && second.kind === "write");
  assert.equal(second.series.count, 1);
  assert.notEqual(eventKey(first.series, reporter).name, eventKey(second.series, reporter).name);
});

test("a loop spends its object's budget and nobody else's", () => {
  const state = initialEvents();
  const outcomes = Array.from(
    { length: 100 },
    (_, index) => recordEvent(state, app, { ...applied, message: `attempt ${index}` }, index, limits).kind,
  );
  assert.deepEqual(
    [outcomes.filter((kind) => kind === "write").length, outcomes.filter((kind) => kind === "dropped").length],
    [25, 75],
  );
  assert.equal(recordEvent(state, { ...app, uid: "u2" }, applied, 100, limits).kind, "write");
  assert.equal(
    recordEvent(state, app, { ...applied, message: "later" }, 300_100, limits).kind,
    "write",
    "one is earned",
  );
});

test("what is remembered is bounded, whatever is recorded", () => {
  const bounded = { ...limits, remembered: 8 };
  fc.assert(
    fc.property(fc.array(fc.record({ name: fc.nat(40), reason: fc.nat(3), wait: fc.nat(20_000) })), (inputs) => {
      const state = initialEvents();
      let now = 0;
      const written = new Map<string, number>();
      for (const { name, reason, wait } of inputs) {
        now += wait;
        const outcome = recordEvent(
          state,
          { ...app, name: `app-${name}` },
          { ...applied, reason: `R${reason}` },
          now,
          bounded,
        );
        for (const series of [
          ...dueSeries(state, now, bounded),
          ...(outcome.kind === "write" ? [outcome.series] : []),
        ]) {
          const key = eventKey(series, reporter).name;
          assert.ok((written.get(key) ?? 0) < series.count, "a count is never written twice, and never falls");
          written.set(key, series.count);
        }
        assert.ok(state.series.size <= 8 && state.budgets.size <= 8);
      }
    }),
    runs(200),
  );
});

test("an Event has what events.k8s.io/v1 demands", () => {
  const series: Series = {
    key: "k",
    regarding: app,
    event: { ...applied, message: "ü".repeat(600) },
    id: 26,
    firstAt: Date.UTC(2026, 0, 1),
    lastAt: Date.UTC(2026, 0, 1) + 1.5,
    count: 2,
    writtenCount: 2,
    writtenAt: 0,
  };
  const object = eventObject(series, reporter);
  assert.ok(Buffer.byteLength(object["note"] as string) <= 1_024);
  assert.match(object["note"] as string, /^ü+…$/);
  assert.deepEqual(
    { ...object, note: "" },
    {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace: "shop", name: "orders.ab1a" },
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "fairlead.dev/workloads",
      reportingInstance: "pod-1",
      action: "Applied",
      reason: "Applied",
      regarding: app,
      note: "",
      type: "Normal",
      series: { count: 2, lastObservedTime: "2026-01-01T00:00:00.001500Z" },
    },
  );
  const { namespace: _, ...cluster } = app;
  assert.equal(eventKey({ ...series, regarding: cluster }, reporter).namespace, "default");
});
