import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import type { WatchEvent } from "../client/client.ts";
import { KubeError, type KubeErrorCode } from "../errors.ts";
import type { Status } from "../status.ts";
import type { ReflectorEffect, ReflectorInput, ReflectorState } from "./reflector-machine.ts";
import { initialReflectorState, step } from "./reflector-state.ts";
import { defaultTimings } from "./reflector-timings.ts";

type Happened = ReflectorInput extends infer I ? (I extends ReflectorInput ? Omit<I, "at" | "roll"> : never) : never;

const timings = { ...defaultTimings, streaming: true, timeoutSpreadSeconds: 0 };

/** A reflector whose time the test moves. */
function drive(options: Partial<typeof timings> = {}) {
  let state = initialReflectorState({ ...timings, ...options });
  let at = 0;
  let effects: readonly ReflectorEffect[] = [];
  const self = {
    get state(): ReflectorState {
      return state;
    },
    get effects(): readonly string[] {
      return effects.map(({ kind }) => kind);
    },
    effect<K extends ReflectorEffect["kind"]>(kind: K): Extract<ReflectorEffect, { kind: K }> {
      const found = effects.find((one) => one.kind === kind);
      assert.ok(found, `no ${kind} among ${self.effects.join(", ")}`);
      return found as Extract<ReflectorEffect, { kind: K }>;
    },
    after(ms: number) {
      at += ms;
      return self;
    },
    give(happened: Happened | { readonly kind: ReflectorInput["kind"] }) {
      const input = { attempt: state.attempt, ...happened, at, roll: 0 } as ReflectorInput;
      ({ state, effects } = step(state, input, { ...timings, ...options }));
      return self;
    },
    fail: (code: KubeErrorCode, details = {}) =>
      self.give({ kind: "failed", attempt: state.attempt, error: new KubeError(code, code, details) }),
    event: (event: WatchEvent) => self.give({ kind: "event", attempt: state.attempt, event }),
    page: (resourceVersion: string, token?: string, bytesPerItem = 1000) =>
      self.give({
        kind: "page",
        attempt: state.attempt,
        items: [object("a", 1)],
        resourceVersion,
        bytesPerItem,
        ...(token === undefined ? {} : { continue: token }),
      }),
    /** Watching since now. */
    watching: () => self.give({ kind: "start" }).event(bookmark("10", true)),
  };
  return self;
}

const object = (name: string, version: number): KrmObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, resourceVersion: String(version) },
});
const bookmark = (resourceVersion: string, initialEventsEnd = false): WatchEvent => ({
  type: "BOOKMARK",
  resourceVersion,
  initialEventsEnd,
});

test("lists by a stream, and goes on watching on it once its end is marked", () => {
  const one = drive().give({ kind: "start" });
  assert.deepEqual([one.effects, one.state.phase.kind], [["begin", "stream", "timer"], "streaming"]);
  one.event({ type: "ADDED", object: object("a", 1) });
  assert.deepEqual([one.effects, one.state.synced], [["collect"], false]);
  one.event({ type: "DELETED", object: object("a", 2) });
  assert.deepEqual(one.effects, ["uncollect"]);
  one.event(bookmark("10", true));
  assert.deepEqual(one.effects, ["commit", "timer"]);
  const { phase, synced, resourceVersion, staleSince, lists, watches } = one.state;
  assert.deepEqual(
    [phase.kind, synced, resourceVersion, staleSince, lists, watches],
    ["watching", true, "10", undefined, 1, 1],
  );
  // Some servers repeat themselves.
  one.event(bookmark("10", true));
  assert.deepEqual(one.effects, []);
});

for (const code of ["invalid", "bad-request", "unsupported", "not-found"] as const) {
  test(`lists by pages at once, and from then on, when the server refuses a stream as ${code}`, () => {
    const one = drive().give({ kind: "start" }).fail(code, { httpStatus: 422 });
    assert.deepEqual(one.effects, ["cancel", "discard", "begin", "list", "timer"]);
    assert.equal(one.state.streaming, false);
    one.page("10").give({ kind: "opened" }).fail("gone").after(100).give({ kind: "wake" });
    assert.deepEqual(one.effects, ["begin", "list", "timer"]);
  });
}

test("lists by pages when the end of a stream does not come, counting from its last event", () => {
  const one = drive({ streamQuietMs: 1000 }).give({ kind: "start" });
  one.after(900).event({ type: "ADDED", object: object("a", 1) });
  one.after(900).give({ kind: "wake" });
  assert.deepEqual([one.effects, one.effect("timer").at], [["timer"], 1900]);
  one.after(100).give({ kind: "wake" });
  assert.deepEqual(one.effects, ["cancel", "discard", "begin", "list", "timer"]);
});

test("lists by pages when the first bookmark is an ordinary one: the server took the stream for a watch", () => {
  const one = drive().give({ kind: "start" }).event(bookmark("10"));
  assert.deepEqual([one.state.phase.kind, one.state.streaming], ["paging", false]);
});

test("tries a stream again after a failure that is no refusal, and pages after three in a row", () => {
  const one = drive().give({ kind: "start" });
  for (const expected of ["stream", "stream", "list"] as const) {
    one.fail("connection").after(30_000).give({ kind: "wake" });
    one.effect(expected);
  }
});

test("asks for the next page before it stores this one, and watches from the first page's version", () => {
  const one = drive({ streaming: false }).give({ kind: "start" });
  assert.equal(one.effect("list").limit, 500);
  one.page("10", "token", 4096);
  assert.deepEqual(one.effects, ["list", "collect", "timer"]);
  assert.deepEqual([one.effect("list").continue, one.effect("list").limit], ["token", 4096]);
  one.page("11");
  assert.deepEqual(one.effects, ["watch", "timer", "collect", "commit"]);
  assert.equal(one.effect("watch").resourceVersion, "10");
  assert.ok(one.state.synced);
});

test("makes pages as large as makes up the wanted bytes, and no larger than they may be", () => {
  const one = drive({ streaming: false }).give({ kind: "start" }).page("10", "t", 10);
  assert.equal(one.effect("list").limit, 5000);
  one.page("10", "t", 2 ** 20);
  assert.equal(one.effect("list").limit, 16);
  one.page("10", "t", 1e9);
  assert.equal(one.effect("list").limit, 1);
});

test("starts a list over with smaller pages when one was too large, and remembers that", () => {
  const one = drive({ streaming: false })
    .give({ kind: "start" })
    .fail("too-large")
    .after(30_000)
    .give({ kind: "wake" });
  assert.equal(one.effect("list").limit, 125);
  one.page("10").give({ kind: "opened" }).after(20_000).fail("gone").after(1000).give({ kind: "wake" });
  assert.equal(one.effect("list").limit, 125);
});

test("starts a list over with larger pages when its continue token has expired", () => {
  const one = drive({ streaming: false }).give({ kind: "start" }).page("10", "token", 1e6).fail("gone");
  assert.deepEqual(one.effects, ["discard", "timer"]);
  one.after(30_000).give({ kind: "wake" });
  assert.deepEqual([one.effect("list").limit, one.effect("list").continue], [1000, undefined]);
  // Once it was through, the next one begins as usual.
  one.page("11").after(1000).fail("gone").after(30_000).give({ kind: "wake" });
  assert.equal(one.effect("list").limit, 500);
});

test("gives a list up when a page does not come in time", () => {
  const one = drive({ streaming: false }).give({ kind: "start" }).after(120_000).give({ kind: "wake" });
  assert.deepEqual([one.effects, one.state.error?.code], [["cancel", "discard", "timer"], "deadline"]);
});

test("goes on from the last event or bookmark when a watch breaks", () => {
  const one = drive().watching();
  one
    .event({ type: "MODIFIED", object: object("a", 11) })
    .event(bookmark("12"))
    .fail("connection");
  assert.deepEqual(one.effects, ["timer"]);
  one.after(1000).give({ kind: "wake" });
  assert.equal(one.effect("watch").resourceVersion, "12");
});

test("lists at once when its version is gone, and backs off when that happens again", () => {
  const one = drive().watching().after(60_000).fail("gone");
  assert.equal(one.effect("timer").at, 60_000 + timings.floorMs);
  assert.equal(one.state.staleSince, 60_000);
  one.after(200).give({ kind: "wake" });
  assert.equal(one.state.phase.kind, "streaming");
  one.event(bookmark("20", true)).fail("gone");
  assert.equal(one.effect("timer").at, 60_200 + timings.backoff.baseMs * 2);
});

test("lists when its version is newer than what the server has, as after a restore from a backup", () => {
  const status = { details: { causes: [{ reason: "ResourceVersionTooLarge" }] } } as Status;
  const one = drive().watching().fail("server-timeout", { status }).after(30_000).give({ kind: "wake" });
  assert.equal(one.state.phase.kind, "streaming");
});

test("lists now and then when nothing but failures come of a watch", () => {
  const one = drive().watching();
  const kinds: string[] = [];
  for (let i = 0; i < 20; i++) {
    one.fail("server-error").after(60_000).give({ kind: "wake" });
    kinds.push(one.state.phase.kind);
    if (one.state.phase.kind === "streaming") one.event(bookmark("10", true));
  }
  assert.deepEqual(kinds.map((kind, i) => (kind === "streaming" ? i + 1 : 0)).filter(Boolean), [10, 20]);
});

test("backs off twice as long each time, up to the longest, and forgets it after a healthy watch", () => {
  const one = drive().watching();
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 8; i++) {
    one.fail("connection");
    waits.push(one.effect("timer").at! - now);
    one.after(30_000).give({ kind: "wake" });
    now += 30_000;
  }
  assert.deepEqual(waits, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  one.give({ kind: "opened" }).after(timings.healthyMs).fail("connection");
  assert.equal(one.effect("timer").at, now + timings.healthyMs + 800);
});

test("waits as long as the server asks, within reason", () => {
  const one = drive().watching().fail("too-many-requests", { retryAfterMs: 7000 });
  assert.equal(one.effect("timer").at, 7000);
  one.after(7000).give({ kind: "wake" }).fail("too-many-requests", { retryAfterMs: 1e12 });
  assert.equal(one.effect("timer").at, 7000 + timings.longestRetryAfterMs);
});

test("watches on at once when the server ends a watch in its time, without calling the view behind", () => {
  const one = drive().watching().after(300_000).give({ kind: "ended" });
  assert.deepEqual(one.effects, ["watch", "timer"]);
  assert.deepEqual([one.state.staleSince, one.state.watches], [undefined, 2]);
});

test("keeps watches apart that end as soon as they begin", () => {
  const one = drive().watching().after(5000).give({ kind: "ended" });
  one.give({ kind: "opened" }).after(10).give({ kind: "ended" });
  // Nothing came of it: that counts as a failure.
  assert.deepEqual([one.effects, one.effect("timer").at, one.state.failures], [["timer"], 5010 + 800, 1]);
  one.after(800).give({ kind: "wake" }).event(bookmark("12")).give({ kind: "ended" });
  assert.deepEqual([one.effect("timer").at, one.state.failures], [5810 + timings.floorMs, 1]);
});

test("takes a watch for dead that is silent longer than it may last, behind since it was last heard", () => {
  const one = drive().watching().after(1000).event(bookmark("11"));
  one.after(timings.timeoutSeconds * 1000).give({ kind: "wake" });
  assert.deepEqual(one.effects, ["timer"]);
  one.after(timings.idleMarginMs).give({ kind: "wake" });
  assert.deepEqual(
    [one.effects, one.state.error?.code, one.state.staleSince],
    [["cancel", "timer"], "connection", 1000],
  );
});

test("is behind from a failure until the server has accepted the next watch", () => {
  const one = drive().watching().after(5000).fail("unauthorized").after(1000).give({ kind: "wake" });
  assert.deepEqual(
    [one.state.phase.kind, one.state.staleSince, one.state.error?.code],
    ["watching", 5000, "unauthorized"],
  );
  one.give({ kind: "opened" });
  assert.deepEqual([one.state.staleSince, one.state.error], [undefined, undefined]);
});

test("ignores what an earlier attempt still delivers", () => {
  const one = drive().watching();
  const attempt = one.state.attempt;
  one.fail("connection").after(1000).give({ kind: "wake" });
  for (const late of [
    { kind: "event", attempt, event: { type: "MODIFIED", object: object("a", 99) } },
    { kind: "ended", attempt },
    { kind: "failed", attempt, error: new KubeError("gone", "late") },
    { kind: "opened", attempt },
  ] as const) {
    const before = one.state;
    one.give(late);
    assert.deepEqual([one.effects, one.state], [[], before]);
  }
});

test("does nothing any more once it was stopped", () => {
  const one = drive().watching().give({ kind: "stop" });
  assert.deepEqual(one.effects, ["cancel", "discard", "timer"]);
  for (const kind of ["wake", "ended", "start", "stop"] as const) assert.deepEqual(one.give({ kind }).effects, []);
});

test("reads a list anew as one, whose version counts, and lists again where that cannot be read", () => {
  const one = drive({ streaming: false }).give({ kind: "start" }).page("10", "next");
  const { attempt } = one.state;
  one.give({ kind: "whole", attempt, resourceVersion: "12" });
  assert.deepEqual(one.effects, ["begin", "timer"]);
  one.after(timings.pageMs - 1).give({ kind: "part", attempt, items: [object("a", 11)] });
  assert.deepEqual([one.effects, one.state.synced], [["collect", "timer"], false]);
  // As long as something comes it is not late.
  assert.equal(one.effect("timer").at, 2 * timings.pageMs - 1);
  one.page("");
  assert.deepEqual([one.effects.at(-1), one.state.resourceVersion], ["commit", "12"]);
  const other = drive({ streaming: false }).give({ kind: "start" }).page("10", "next");
  other.give({ kind: "whole", attempt: other.state.attempt, resourceVersion: "12" }).give({ kind: "again" });
  assert.deepEqual([other.effects, other.state.lists, other.state.failures], [["begin", "list", "timer"], 2, 0]);
  assert.equal(other.effect("list").continue, undefined);
});
