import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { memberOf } from "./rendezvous.ts";
import {
  initialSharding,
  mayGoOn,
  membersAt,
  nextShardingWake,
  ownsKey,
  stepSharding,
  type Claim,
  type ListedMember,
  type ShardingInput,
  type ShardingState,
} from "./sharding-state.ts";

const timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const keys = Array.from({ length: 3 }, (_, index) => `shop/app-${index}`);

test("a key's member depends on the members alone, is spread evenly, and stays when others come and go", () => {
  const names = ["a", "b", "c", "d"];
  const many = Array.from({ length: 4_000 }, (_, index) => `ns-${index % 7}/app-${index}`);
  const counts = new Map<string, number>();
  for (const key of many) {
    const owner = memberOf(key, names)!;
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
    assert.equal(memberOf(key, names.toReversed()), owner);
    const without = memberOf(key, ["a", "b", "c"])!;
    if (owner !== "d") assert.equal(without, owner);
  }
  for (const [name, count] of counts) assert.ok(count > 850 && count < 1_150, `${name} ${count}`);
  assert.equal(memberOf("k", []), undefined);
});

interface Faults {
  readonly seed: number;
  readonly members: number;
  readonly lost: number;
  readonly longestDelay: number;
  readonly longestPause: number;
  readonly changes: number;
}

const faultsOf: fc.Arbitrary<Faults> = fc.record({
  seed: fc.nat(),
  members: fc.integer({ min: 2, max: 4 }),
  lost: fc.integer({ min: 0, max: 50 }),
  longestDelay: fc.constantFrom(5, 500, 4_000, 30_000),
  longestPause: fc.constantFrom(0, 3_000, 20_000, 40_000),
  changes: fc.integer({ min: 0, max: 4 }),
});

test("two never work on one key, whatever is delayed, lost, paused, killed or leaves; and once all is well each key has one", () => {
  fc.assert(
    fc.property(faultsOf, (faults) => {
      const { clashes, ownersAtEnd } = simulate(faults);
      assert.deepEqual(clashes, []);
      assert.deepEqual(new Set(ownersAtEnd), new Set([1]), ownersAtEnd.join());
    }),
    runs(15),
  );
});

/** A world with one time, in which each member's clock starts anywhere and runs up to 5 % too fast or too slow. */
function simulate(faults: Faults) {
  const random = generator(faults.seed);
  const chaosEnds = 120_000;
  const events: { at: number; order: number; run: () => void }[] = [];
  let time = 0;
  let order = 0;
  let version = 0;
  const stored = new Map<string, ListedMember>();
  const clashes: string[] = [];
  const schedule = (at: number, run: () => void) => void events.push({ at: Math.max(at, time), order: order++, run });
  const chaos = () => time < chaosEnds;

  interface Member {
    readonly name: string;
    state: ShardingState;
    gone: boolean;
    frozenUntil: number;
    readonly now: () => number;
    /** Keys that are worked on, and whether the work may still write. */
    readonly working: Set<string>;
    readonly feed: (input: ShardingInput) => void;
    /** The version of its own Lease that it knows. */
    version: string | undefined;
  }
  const members: Member[] = [];

  function join(name: string): void {
    const rate = 0.95 + random() * 0.1;
    const offset = random() * 1e6;
    const born = time;
    const now = () => offset + (time - born) * rate;
    let wakes = 0;
    const here = (at: number, run: () => void): void =>
      schedule(at, () => {
        if (me.gone) return;
        if (time < me.frozenUntil) here(me.frozenUntil, run);
        else run();
      });

    function feed(input: ShardingInput): void {
      const step = stepSharding(me.state, input, timings);
      me.state = step.state;
      for (const effect of step.effects) {
        if (effect.kind === "list")
          request(
            effect.id,
            () => [...stored.values()],
            (id, found) => ({ kind: "listed", now: now(), id, members: found }),
          );
        if (effect.kind === "write") {
          const { claim } = effect;
          const expected = me.version;
          request(
            effect.id,
            () => {
              if (stored.get(name)?.version !== expected) return false;
              stored.set(name, { name, version: String(++version), durationMs: timings.leaseDurationMs, claim });
              return stored.get(name)!.version;
            },
            (id, found) => {
              if (found !== false) me.version = found;
              return { kind: "written", now: now(), id, stored: found !== false };
            },
          );
        }
        if (effect.kind === "drain") drain(effect.claim);
        if (effect.kind === "done") me.gone = true;
      }
      for (const key of keys) if (!me.working.has(key) && ownsKey(me.state, key, now()) && random() < 0.3) work(key);
      const at = nextShardingWake(me.state);
      const wake = ++wakes;
      if (at !== Infinity) {
        here(time + Math.max(1, (at - now()) / rate), () => {
          if (wake === wakes) feed({ kind: "wake", now: now() });
        });
      }
    }

    function work(key: string): void {
      me.working.add(key);
      here(time + random() * 12_000, () => me.working.delete(key));
    }

    function drain(claim: Claim): void {
      const left = () => [...me.working].some((key) => memberOf(key, claim) !== name && mayGoOn(me.state, key, now()));
      const look = (): void => {
        if (left()) here(time + 200, look);
        else feed({ kind: "drained", now: now(), claim });
      };
      here(time + 1, look);
    }

    function request<T>(id: number, serve: () => T, input: (id: number, found: T) => ShardingInput): void {
      const delay = () => (chaos() ? random() * faults.longestDelay * random() : 2);
      const drop = () => chaos() && random() * 100 < faults.lost;
      here(time + 3_334 / rate, () => feed({ kind: "failed", now: now(), id }));
      if (drop()) return;
      schedule(time + delay(), () => {
        const found = serve();
        // Reading one's own Lease comes with the list, as its version does.
        if (!drop()) {
          here(time + delay(), () => {
            if (Array.isArray(found) && me.state.request?.id === id) {
              me.version = (found as ListedMember[]).find((one) => one.name === name)?.version;
            }
            feed(input(id, found));
          });
        }
      });
    }

    const me: Member = {
      name,
      state: { ...initialSharding(name), wakeAt: now() },
      gone: false,
      frozenUntil: 0,
      now,
      working: new Set(),
      feed,
      version: undefined,
    };
    members.push(me);
    here(time, () => feed({ kind: "wake", now: now() }));
  }

  for (let index = 0; index < faults.members; index++) join(`m${index}`);
  for (let index = 0; index < faults.changes; index++) {
    schedule(random() * chaosEnds, () => {
      const one = members[Math.floor(random() * members.length)]!;
      if (random() < 0.5) one.gone = true;
      else if (!one.gone && time >= one.frozenUntil) one.feed({ kind: "leave", now: one.now() });
      join(`later${index}`);
    });
  }
  if (faults.longestPause > 0) {
    for (let at = 0; at < chaosEnds; at += 20_000) {
      schedule(at + random() * 20_000, () => {
        members[Math.floor(random() * members.length)]!.frozenUntil = time + random() * faults.longestPause;
      });
    }
  }

  const active = (one: Member, key: string) =>
    !one.gone && (ownsKey(one.state, key, one.now()) || (one.working.has(key) && mayGoOn(one.state, key, one.now())));
  while (time < chaosEnds + 90_000) {
    let next = 0;
    for (let index = 1; index < events.length; index++) {
      const [one, best] = [events[index]!, events[next]!];
      if (one.at < best.at || (one.at === best.at && one.order < best.order)) next = index;
    }
    const [event] = events.splice(next, 1);
    if (event === undefined) break;
    time = event.at;
    event.run();
    for (const key of keys) {
      const at = members.filter((one) => active(one, key)).map(({ name }) => name);
      if (at.length > 1) clashes.push(`${Math.round(time)} ${key} ${at.join()}`);
    }
  }
  const ownersAtEnd = keys.map(
    (key) => members.filter((one) => !one.gone && ownsKey(one.state, key, one.now())).length,
  );
  return { clashes, ownersAtEnd };
}

test("who counts as a member is who was heard of within its lease", () => {
  const state = {
    ...initialSharding("b"),
    others: new Map([["a", { version: "1", since: 0, durationMs: 10, claim: ["a"] }]]),
  };
  assert.deepEqual(membersAt(state, 9), ["a", "b"]);
  assert.deepEqual(membersAt(state, 10), ["b"]);
});

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
