import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { queueState, type QueueState } from "./queue-state.ts";
import type { WorkKey } from "./work-queue.ts";

const backoff = { baseMs: 5, maxMs: 1000 };

/** The same rules, written naively: lists that are searched. */
function naive() {
  interface Late {
    readonly at: number;
    readonly item: WorkKey;
  }
  const same = (a: WorkKey) => (b: WorkKey) => a.cluster === b.cluster && a.key === b.key;
  let ready: WorkKey[] = [];
  let working: WorkKey[] = [];
  let again: WorkKey[] = [];
  let late: Late[] = [];
  let closed = false;
  const put = (item: WorkKey): void => {
    if (working.some(same(item))) {
      if (!again.some(same(item))) again.push(item);
    } else if (!ready.some(same(item))) ready.push(item);
  };
  return {
    add: (item: WorkKey) => void (closed || put(item)),
    addAt(at: number, item: WorkKey) {
      if (closed) return;
      const known = late.find((one) => same(item)(one.item));
      if (known !== undefined && known.at <= at) return;
      late = [...late.filter((one) => one !== known), { at, item }];
    },
    advance(now: number) {
      const due = late.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      for (const { item } of due) put(item);
      late = late.filter(({ at }) => at > now);
    },
    /** Whether this may be given out now. */
    take(item: WorkKey) {
      assert.ok(ready.some(same(item)), "it did not wait");
      assert.ok(!working.some(same(item)), "two workers on one key");
      assert.ok(same(item)(ready.find(({ cluster }) => cluster === item.cluster)!), "not the first of its cluster");
      ready = ready.filter((one) => !same(item)(one));
      working.push(item);
    },
    done(item: WorkKey) {
      working = working.filter((one) => !same(item)(one));
      if (again.some(same(item))) ready.push(item);
      again = again.filter((one) => !same(item)(one));
    },
    drop(cluster: string) {
      const others = (item: WorkKey): boolean => item.cluster !== cluster;
      ready = ready.filter(others);
      again = again.filter(others);
      late = late.filter(({ item }) => others(item));
    },
    close(discard: boolean) {
      closed = true;
      late = [];
      if (discard) ready = again = [];
    },
    depth: () => ready.length,
    delayed: () => late.length,
    working: () => working,
    clusters: () => new Set(ready.map(({ cluster }) => cluster)),
    finished: () => closed && ready.length === 0 && again.length === 0,
    nextAt: () => (late.length === 0 ? undefined : Math.min(...late.map(({ at }) => at))),
  };
}

// Names that would run into each other if ids were only joined.
const item = fc.record({
  cluster: fc.constantFrom("a", "b", "1:b", ""),
  key: fc.constantFrom("x", "y", "z", "1:", "b"),
});

type Command =
  | { readonly kind: "add"; readonly item: WorkKey }
  | { readonly kind: "addAt"; readonly item: WorkKey; readonly ms: number }
  | { readonly kind: "take" }
  | { readonly kind: "done"; readonly which: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "drop"; readonly cluster: string }
  | { readonly kind: "close"; readonly discard: boolean };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("add" as const), item }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("addAt" as const), item, ms: fc.integer({ min: 1, max: 50 }) }),
  },
  { weight: 6, arbitrary: fc.constant<Command>({ kind: "take" }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("done" as const), which: fc.nat({ max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat({ max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), cluster: fc.constantFrom("a", "1:b") }) },
);

test("behaves as a naive queue does, whatever is called in whatever order", () => {
  const commands = fc.array(command, { maxLength: 120 });
  const end = fc.option(fc.boolean(), { nil: undefined });
  fc.assert(
    fc.property(commands, end, fc.nat({ max: 60 }), (list, discard, closeAt) => {
      const queue = queueState(backoff);
      const model = naive();
      let now = 0;
      const all: Command[] = [...list];
      if (discard !== undefined) all.splice(closeAt, 0, { kind: "close", discard });
      for (const one of all) {
        now = runBoth(queue, model, one, now);
        const { depth, delayed, working } = queue.metrics(now);
        assert.deepEqual([depth, delayed, working], [model.depth(), model.delayed(), model.working().length]);
        assert.equal(queue.nextAt(), model.nextAt());
        assert.equal(queue.finished(), model.finished());
      }
      // Nothing is lost: everything that is left comes out.
      for (let guard = 0; guard < 200; guard++) {
        now = runBoth(queue, model, { kind: "wait", ms: 50 }, now);
        now = runBoth(queue, model, { kind: "take" }, now);
        now = runBoth(queue, model, { kind: "done", which: 0 }, now);
      }
      assert.deepEqual([model.depth(), model.delayed(), model.working()], [0, 0, []]);
    }),
    runs(600),
  );
});

function runBoth(queue: QueueState, model: ReturnType<typeof naive>, one: Command, before: number): number {
  const now = before + (one.kind === "wait" ? one.ms : 0);
  queue.advance(now);
  model.advance(now);
  switch (one.kind) {
    case "add":
      queue.add(now, one.item);
      model.add(one.item);
      break;
    case "addAt":
      queue.addAt(now + one.ms, one.item);
      model.addAt(now + one.ms, one.item);
      break;
    case "take": {
      const taken = queue.take();
      if (taken === undefined) assert.equal(model.depth(), 0);
      else model.take(taken);
      break;
    }
    case "done": {
      const busy = model.working();
      const done = busy[one.which % Math.max(1, busy.length)];
      if (done === undefined) break;
      queue.done(now, done);
      model.done(done);
      break;
    }
    case "drop":
      queue.drop(one.cluster);
      model.drop(one.cluster);
      break;
    case "close":
      queue.close(one.discard);
      model.close(one.discard);
      break;
    case "wait":
      break;
  }
  return now;
}

test("gives each cluster its turn, however many keys another one has", () => {
  const counts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(counts, (sizes) => {
      const queue = queueState(backoff);
      for (const [cluster, size] of sizes.entries()) {
        for (let key = 0; key < size; key++) queue.add(0, { cluster: String(cluster), key: String(key) });
      }
      const left = new Map(sizes.map((size, cluster) => [String(cluster), size]));
      const waited = new Map<string, number>();
      for (let taken = queue.take(); taken !== undefined; taken = queue.take()) {
        left.set(taken.cluster, left.get(taken.cluster)! - 1);
        waited.set(taken.cluster, 0);
        for (const [cluster, size] of left) {
          if (size === 0 || cluster === taken.cluster) continue;
          const turns = (waited.get(cluster) ?? 0) + 1;
          waited.set(cluster, turns);
          assert.ok(turns < sizes.length, `${cluster} has waited for ${turns} others`);
        }
        queue.done(0, taken);
      }
      assert.deepEqual(
        [...left.values()],
        sizes.map(() => 0),
      );
    }),
    runs(200),
  );
});

test("doubles a key's delay with each failure, up to the longest, and starts over when it went well", () => {
  const queue = queueState(backoff);
  const key = { cluster: "a", key: "x" };
  const delays = Array.from({ length: 10 }, () => queue.fail(key, 0));
  assert.deepEqual(delays, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
  assert.equal(queue.fail({ cluster: "b", key: "x" }, 0), 5);
  queue.forget(key);
  assert.equal(queue.fail(key, 0), 5);
  assert.equal(queue.metrics(0).retries, 12);
});

test("keeps an exponent within bounds after thousands of failures", () => {
  const queue = queueState({ baseMs: 5, maxMs: 1_000_000 });
  let last = 0;
  for (let i = 0; i < 3000; i++) last = queue.fail({ cluster: "a", key: "x" }, 0.5);
  assert.equal(last, 750_000);
});

test("stays fast with a line of a hundred thousand keys", () => {
  const queue = queueState(backoff);
  for (let i = 0; i < 100_000; i++) queue.add(i, { cluster: "a", key: String(i) });
  for (let i = 0; i < 100_000; i++) {
    const taken = queue.take()!;
    assert.equal(taken.key, String(i));
    queue.done(100_000, taken);
  }
  assert.equal(queue.take(), undefined);
});

test("says how long the key at the front has waited", () => {
  const queue = queueState(backoff);
  assert.equal(queue.metrics(100).oldestMs, 0);
  queue.add(100, { cluster: "a", key: "x" });
  queue.add(130, { cluster: "b", key: "y" });
  assert.equal(queue.metrics(150).oldestMs, 50);
  queue.take();
  assert.equal(queue.metrics(150).oldestMs, 20);
});
