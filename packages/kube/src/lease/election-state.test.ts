import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import {
  initialElection,
  isHeld,
  nextWake,
  stepElection,
  type Answer,
  type ElectionEffect,
  type ElectionInput,
  type ElectionState,
} from "./election-state.ts";
import { leaseObject, readLease, type LeaseWrite } from "./lease.ts";

const timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const config = { ...timings, identity: "me" };
const key = { namespace: "system", name: "leader" };

function lease(holder: string, resourceVersion: string, transitions = 3): KrmObject {
  const spec = {
    ...(holder !== "" && { holderIdentity: holder }),
    leaseDurationSeconds: 15,
    leaseTransitions: transitions,
  };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { ...key, resourceVersion }, spec };
}

/** Drives one candidate by hand. */
function candidate() {
  let state: ElectionState = initialElection;
  const feed = (input: ElectionInput): readonly ElectionEffect[] => {
    const step = stepElection(state, input, config);
    state = step.state;
    return step.effects;
  };
  const wake = (now: number) => feed({ kind: "wake", now, random: 0 });
  const answer = (now: number, value: Answer) =>
    feed({ kind: "answer", now, random: 0, id: state.request?.id ?? -1, answer: value });
  const stored = (now: number, object: KrmObject) => answer(now, { kind: "lease", lease: object });
  return { feed, wake, answer, stored, state: () => state };
}

/** A candidate that leads since 0 and whose lease is good until 10,000. */
function leader() {
  const one = candidate();
  one.wake(0);
  one.answer(0, { kind: "absent" });
  one.stored(0, lease("me", "1", 0));
  return one;
}

const kindsOf = (effects: readonly ElectionEffect[]) => effects.map(({ kind }) => kind);

describe("a candidate", () => {
  test("creates a lease that is not there, and leads in its first term", () => {
    const one = candidate();
    assert.deepEqual(kindsOf(one.wake(0)), ["read"]);
    const [create] = one.answer(5, { kind: "absent" });
    assert.ok(create?.kind === "write" && create.previous === undefined);
    assert.deepEqual(create.write, { holder: "me", transitions: 0, durationMs: 15_000, acquired: true });
    assert.deepEqual(one.stored(10, lease("me", "1", 0)), [{ kind: "lead", term: 0 }]);
    assert.equal(one.state().goodUntil, 5 + 10_000, "counted from when the write was sent");
  });

  test("waits for the whole duration since it first saw a version, whatever times the lease holds", () => {
    const one = candidate();
    one.wake(0);
    assert.deepEqual(one.stored(100, lease("other", "7")), []);
    for (let now = 2_100; now < 15_100; now += 2_000) {
      assert.deepEqual(kindsOf(one.wake(now)), ["read"]);
      assert.deepEqual(one.stored(now, lease("other", "7")), []);
    }
    assert.equal(nextWake(one.state()), 15_100, "wakes when it runs out, not a retry period later");
    one.wake(15_100);
    const [take] = one.stored(15_100, lease("other", "7"));
    assert.ok(take?.kind === "write" && take.write.transitions === 4);
  });

  test("waits anew when the version changes", () => {
    const one = candidate();
    one.wake(0);
    one.stored(0, lease("other", "7"));
    one.wake(14_999);
    assert.deepEqual(one.stored(14_999, lease("other", "8")), []);
    one.wake(16_999);
    assert.deepEqual(one.stored(16_999, lease("other", "8")), []);
  });

  test("takes a lease that was given up at once", () => {
    const one = candidate();
    one.wake(0);
    assert.deepEqual(kindsOf(one.stored(1, lease("", "7"))), ["write"]);
  });

  test("does not believe that an older process of its name has ended", () => {
    const one = candidate();
    one.wake(0);
    assert.deepEqual(one.stored(1, lease("me", "7")), []);
  });

  test("takes again, in a new term, what its own unanswered write may have taken", () => {
    const one = candidate();
    one.wake(0);
    one.stored(0, lease("", "7"));
    assert.deepEqual(one.answer(3_000, { kind: "failed" }), []);
    one.wake(5_000);
    const [again] = one.stored(5_000, lease("me", "8", 4));
    assert.ok(again?.kind === "write" && again.write.transitions === 5);
  });

  test("does not lead by an answer that comes after the renew deadline", () => {
    const one = candidate();
    one.wake(0);
    one.answer(0, { kind: "absent" });
    assert.deepEqual(one.stored(10_000, lease("me", "1", 0)), []);
    assert.equal(one.state().phase, "following");
  });

  test("does not take at once what was deleted while another held it", () => {
    const one = candidate();
    one.wake(0);
    one.stored(0, lease("other", "7"));
    one.wake(2_000);
    assert.deepEqual(one.answer(2_000, { kind: "absent" }), []);
    one.wake(15_000);
    const [create] = one.answer(15_000, { kind: "absent" });
    assert.ok(create?.kind === "write" && create.previous === undefined && create.write.transitions === 4);
  });

  test("gives up what a write under way made its own when it is stopped", () => {
    const one = candidate();
    one.wake(0);
    one.answer(0, { kind: "absent" });
    assert.deepEqual(one.feed({ kind: "stop", now: 1 }), []);
    const [release] = one.stored(2, lease("me", "1", 0));
    assert.ok(release?.kind === "write" && release.write.holder === undefined);
    assert.deepEqual(kindsOf(one.stored(3, lease("", "2", 0))), ["done"]);
  });
});

describe("a leader", () => {
  test("renews after the retry period, and counts from when it sent the renewal", () => {
    const one = leader();
    assert.equal(nextWake(one.state()), 2_000);
    const [renewal] = one.wake(2_000);
    assert.ok(renewal?.kind === "write" && renewal.write.transitions === 0 && !renewal.write.acquired);
    one.stored(4_000, lease("me", "2", 0));
    assert.equal(one.state().goodUntil, 12_000);
  });

  test("aborts at the renew deadline, with a renewal still under way", () => {
    const one = leader();
    one.wake(2_000);
    assert.equal(nextWake(one.state()), 10_000);
    assert.ok(isHeld(one.state(), 9_999));
    assert.ok(!isHeld(one.state(), 10_000), "by the clock alone, before any step");
    assert.deepEqual(one.wake(10_000), [{ kind: "abort", reason: "renewal failed" }]);
    assert.deepEqual(one.answer(10_001, { kind: "lease", lease: lease("me", "2", 0) }), [], "too late to count");
    assert.equal(one.state().phase, "lost");
  });

  test("reads after a conflict, and goes on when only somebody's label changed", () => {
    const one = leader();
    one.wake(2_000);
    assert.deepEqual(one.answer(2_001, { kind: "conflict" }), []);
    assert.deepEqual(kindsOf(one.wake(2_001)), ["read"]);
    const [renewal] = one.stored(2_002, lease("me", "9", 0));
    assert.ok(renewal?.kind === "write" && renewal.previous?.metadata["resourceVersion"] === "9");
  });

  test("aborts when another holds the lease, and when it is gone", () => {
    for (const [found, reason] of [
      [{ kind: "lease", lease: lease("other", "9") }, "taken over"],
      [{ kind: "lease", lease: lease("me", "9", 1) }, "taken over"],
      [{ kind: "absent" }, "lease deleted"],
    ] as const) {
      const one = leader();
      one.wake(2_000);
      one.answer(2_001, { kind: "failed" });
      one.wake(4_001);
      assert.deepEqual(one.answer(4_002, found), [{ kind: "abort", reason }]);
    }
  });

  test("takes part again only when what it ran has ended", () => {
    const one = leader();
    one.wake(10_000);
    assert.equal(nextWake(one.state()), Infinity);
    assert.deepEqual(one.feed({ kind: "ended", now: 12_000 }), []);
    assert.deepEqual(kindsOf(one.wake(12_000)), ["read"]);
  });

  test("keeps the lease while what it runs ends, then gives it up", () => {
    const one = leader();
    assert.deepEqual(one.feed({ kind: "stop", now: 100 }), [{ kind: "abort", reason: "stopped" }]);
    assert.ok(!isHeld(one.state(), 100));
    assert.deepEqual(kindsOf(one.wake(2_000)), ["write"]);
    assert.deepEqual(one.feed({ kind: "ended", now: 2_001 }), [], "a renewal is under way");
    const [release] = one.stored(2_002, lease("me", "2", 0));
    assert.ok(release?.kind === "write" && release.write.holder === undefined, "its answer is not taken for a release");
    assert.deepEqual(kindsOf(one.stored(2_003, lease("", "3", 0))), ["done"]);
  });

  test("gives the lease up for good when what it ran ends by itself, and not when that was for want of the lease", () => {
    const one = leader();
    const [release] = one.feed({ kind: "ended", now: 100 });
    assert.ok(release?.kind === "write" && release.write.holder === undefined);
    assert.deepEqual(kindsOf(one.stored(101, lease("", "2", 0))), ["done"]);
    const late = leader();
    assert.deepEqual(kindsOf(late.feed({ kind: "ended", now: 10_000 })), ["abort"], "before a timer could say so");
    assert.equal(late.state().phase, "following");
  });

  test("gives up trying to release what nobody answers for", () => {
    const one = leader();
    one.feed({ kind: "stop", now: 100 });
    one.feed({ kind: "ended", now: 200 });
    let ended = false;
    for (let now = 300; !ended && now < 20_000; now += 1_000) {
      ended = kindsOf(one.answer(now, { kind: "failed" })).includes("done") || kindsOf(one.wake(now)).includes("done");
    }
    assert.ok(ended);
  });
});

test("a lease keeps what others wrote into it", () => {
  const previous: KrmObject = {
    ...lease("other", "5"),
    metadata: { ...key, resourceVersion: "5", labels: { a: "b" } },
  };
  (previous["spec"] as { [field: string]: unknown })["strategy"] = "OldestEmulationVersion";
  const write: LeaseWrite = { holder: "me", transitions: 4, durationMs: 1_500, acquired: true };
  const written = leaseObject(key, previous, write, Date.UTC(2026, 0, 1));
  assert.deepEqual(written.metadata, previous.metadata);
  assert.deepEqual(written["spec"], {
    holderIdentity: "me",
    leaseDurationSeconds: 2,
    leaseTransitions: 4,
    renewTime: "2026-01-01T00:00:00.000000Z",
    acquireTime: "2026-01-01T00:00:00.000000Z",
    strategy: "OldestEmulationVersion",
  });
  assert.deepEqual(readLease({ ...previous, spec: "rubbish" }), { holder: "", durationMs: undefined, transitions: 0 });
});

/** What may go wrong in a world of several candidates; times in ms. */
interface Faults {
  readonly seed: number;
  readonly candidates: number;
  /** Of requests and of answers, in percent. */
  readonly lost: number;
  readonly longestDelay: number;
  readonly longestPause: number;
  readonly crashes: number;
}

const faultsOf: fc.Arbitrary<Faults> = fc.record({
  seed: fc.nat(),
  candidates: fc.integer({ min: 2, max: 4 }),
  lost: fc.integer({ min: 0, max: 60 }),
  longestDelay: fc.constantFrom(5, 500, 4_000, 30_000),
  longestPause: fc.constantFrom(0, 3_000, 20_000, 40_000),
  crashes: fc.integer({ min: 0, max: 3 }),
});

test("two never lead at once, whatever is delayed, lost, paused or killed; and once all is well, one leads", () => {
  fc.assert(
    fc.property(faultsOf, (faults) => {
      const seen = simulate(faults);
      assert.ok(seen.mostAtOnce <= 1, `${seen.mostAtOnce} at once`);
      assert.ok(
        seen.terms.every((term, index) => index === 0 || term > seen.terms[index - 1]!),
        "terms rise",
      );
      assert.ok(seen.leaderAtEnd, "nobody leads after a minute without faults");
    }),
    runs(300),
  );
});

/** A world with one time, in which each candidate's clock starts anywhere and runs up to 5 % too fast or too slow. */
function simulate(faults: Faults) {
  const random = generator(faults.seed);
  const chaosEnds = 120_000;
  const events: { at: number; order: number; run: () => void }[] = [];
  let time = 0;
  let order = 0;
  let stored: KrmObject | undefined;
  let version = 0;
  const schedule = (at: number, run: () => void) => void events.push({ at: Math.max(at, time), order: order++, run });
  const chaos = () => time < chaosEnds;
  const terms: number[] = [];
  let mostAtOnce = 0;

  interface Member {
    state: ElectionState;
    dead: boolean;
    frozenUntil: number;
    now: () => number;
  }
  const members: Member[] = [];

  function join(name: string): void {
    const rate = 0.95 + random() * 0.1;
    const offset = random() * 1e6;
    const born = time;
    const now = () => offset + (time - born) * rate;
    const me: Member = { state: { ...initialElection, wakeAt: now() }, dead: false, frozenUntil: 0, now };
    let wakes = 0;
    members.push(me);

    /** Runs when the process runs: what falls into a pause comes after it. */
    const here = (at: number, run: () => void): void =>
      schedule(at, () => {
        if (me.dead) return;
        if (time < me.frozenUntil) here(me.frozenUntil, run);
        else run();
      });

    function feed(input: ElectionInput): void {
      const step = stepElection(me.state, input, { ...timings, identity: name });
      me.state = step.state;
      for (const effect of step.effects) {
        if (effect.kind === "read")
          request(effect.id, () => ({ kind: stored === undefined ? "absent" : "lease", lease: stored! }));
        if (effect.kind === "write")
          request(effect.id, () => put(leaseObject(key, effect.previous, effect.write, time)));
        if (effect.kind === "lead") terms.push(effect.term);
        if (effect.kind === "abort") here(time + random() * 3_000, () => feed({ kind: "ended", now: now() }));
      }
      const at = nextWake(me.state);
      const wake = ++wakes;
      if (at !== Infinity) {
        here(time + Math.max(1, (at - now()) / rate), () => {
          if (wake === wakes) feed({ kind: "wake", now: now(), random: random() });
        });
      }
    }

    function request(id: number, serve: () => Answer): void {
      const delay = () => (chaos() ? random() * faults.longestDelay * random() : 2);
      const drop = () => chaos() && random() * 100 < faults.lost;
      const answered = (answer: Answer) => feed({ kind: "answer", id, answer, now: now(), random: random() });
      here(time + 3_334 / rate, () => answered({ kind: "failed" }));
      if (drop()) return;
      schedule(time + delay(), () => {
        const answer = serve();
        if (!drop()) here(time + delay(), () => answered(answer));
      });
    }

    here(time, () => feed({ kind: "wake", now: now(), random: random() }));
  }

  function put(object: KrmObject): Answer {
    if ((stored?.metadata["resourceVersion"] ?? undefined) !== object.metadata["resourceVersion"])
      return { kind: "conflict" };
    stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
    return { kind: "lease", lease: stored };
  }

  for (let index = 0; index < faults.candidates; index++) join(`m${index}`);
  for (let index = 0; index < faults.crashes; index++) {
    schedule(random() * chaosEnds, () => {
      const victim =
        members.find(({ dead, state, now }) => !dead && isHeld(state, now())) ?? members.find(({ dead }) => !dead);
      if (victim === undefined) return;
      victim.dead = true;
      join(`later${index}`);
    });
  }
  if (faults.longestPause > 0) {
    for (let at = 0; at < chaosEnds; at += 20_000) {
      schedule(at + random() * 20_000, () => {
        const one = members[Math.floor(random() * members.length)]!;
        one.frozenUntil = time + random() * faults.longestPause;
      });
    }
  }

  const held = () => members.filter(({ dead, state, now }) => !dead && isHeld(state, now())).length;
  while (time < chaosEnds + 60_000) {
    let next = 0;
    for (let index = 1; index < events.length; index++) {
      const [one, best] = [events[index]!, events[next]!];
      if (one.at < best.at || (one.at === best.at && one.order < best.order)) next = index;
    }
    const [event] = events.splice(next, 1);
    if (event === undefined) break;
    time = event.at;
    event.run();
    mostAtOnce = Math.max(mostAtOnce, held());
  }
  return { mostAtOnce, terms, leaderAtEnd: held() === 1 };
}

/** mulberry32. */
function generator(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
