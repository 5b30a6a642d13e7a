import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { initialSettle, settleAgain, stepSettle, type InjectorFacts, type Probed, type SettleState } from "./settle.ts";

const times = { settleMs: 10_000, patienceMs: 600_000 };
const facts = (of: Partial<InjectorFacts> = {}): InjectorFacts => ({
  inputs: "a",
  rolledOut: undefined,
  image: undefined,
  ...of,
});
const said = (image: string): Probed => ({ kind: "answered", image, digest: image });

/** Lets probes be answered as told by the time, until so long after the start; returns the times of the probes. */
function play(state: SettleState, until: number, answer: (at: number) => Probed): { state: SettleState; at: number[] } {
  const at: number[] = [];
  let now = state.since;
  for (let next = settleAgain(state, times); next !== undefined && next <= until; next = settleAgain(state, times)) {
    now = Math.max(now, next);
    if (state.phase === "rolling") state = stepSettle(state, { kind: "time" }, now, times);
    else {
      at.push(now);
      state = stepSettle(state, { kind: "probed", probed: answer(now) }, now, times);
    }
  }
  return { state, at };
}

function served(of: InjectorFacts, image: string): SettleState {
  return play(initialSettle(of, 0), 400_000, () => said(image)).state;
}

describe("an injector", () => {
  test("serves at once when it injects the image that its configuration tells", () => {
    const state = stepSettle(
      initialSettle(facts({ image: "proxyv2:1.29" }), 0),
      { kind: "probed", probed: said("proxyv2:1.29") },
      5,
      times,
    );
    assert.equal(state.phase, "serving");
  });

  test("serves when it injects a variant of that image", () => {
    const { state } = play(initialSettle(facts({ image: "proxyv2:1.29" }), 0), 1, () =>
      said("proxyv2:1.29-distroless"),
    );
    assert.equal(state.phase, "serving");
  });

  test("is not taken to serve while it answers by the old image, and is found within a second of serving the new", () => {
    const before = served(facts({ image: "old" }), "old");
    const changed = stepSettle(before, { kind: "facts", facts: facts({ inputs: "b", image: "new" }) }, 500_000, times);
    assert.deepEqual([changed.phase, changed.epoch], ["probing", before.epoch + 1]);
    let found: number | undefined;
    play(changed, 520_000, (at) => {
      if (at >= 507_000) found ??= at;
      return said(at >= 507_000 ? "new" : "old");
    });
    assert.ok(found! - 507_000 <= 1_000, String(found));
  });

  test("whose configuration does not tell serves when its answer changed, or when the time to settle is over", () => {
    const before = served(facts(), "x");
    const changed = stepSettle(before, { kind: "facts", facts: facts({ inputs: "b" }) }, 500_000, times);
    const other = stepSettle(changed, { kind: "probed", probed: said("y") }, 500_010, times);
    assert.equal(other.phase, "serving");
    const same = play(changed, 509_999, () => said("x")).state;
    assert.equal(same.phase, "probing");
    assert.equal(play(same, 510_000, () => said("x")).state.phase, "serving");
  });

  test("is asked nothing while its control plane rolls out, and reported when that takes too long", () => {
    const rolling = initialSettle(facts({ rolledOut: false }), 0);
    const { state, at } = play(rolling, 599_999, () => assert.fail("asked"));
    assert.deepEqual([state.phase, at], ["rolling", []]);
    const late = play(state, 600_000, () => assert.fail("asked")).state;
    assert.deepEqual([late.phase, late.reason], ["failed", "its control plane has been rolling out for 10 min"]);
    const done = stepSettle(late, { kind: "facts", facts: facts({ rolledOut: true }) }, 700_000, times);
    assert.deepEqual([done.phase, settleAgain(done, times)], ["probing", 700_000]);
  });

  test("whose control plane only lost a replica for a while keeps its answers", () => {
    const before = served(facts({ rolledOut: true }), "x");
    const down = stepSettle(before, { kind: "facts", facts: facts({ rolledOut: false }) }, 500_000, times);
    const up = stepSettle(down, { kind: "facts", facts: facts({ rolledOut: true }) }, 501_000, times);
    const again = stepSettle(up, { kind: "probed", probed: said("x") }, 501_001, times);
    assert.deepEqual([down.phase, again.phase, again.epoch], ["rolling", "serving", before.epoch]);
  });

  test("is verified three times, then left alone", () => {
    const { state, at } = play(initialSettle(facts({ image: "x" }), 0), Infinity, () => said("x"));
    assert.deepEqual(at, [0, 10_000, 60_000, 300_000]);
    assert.equal(settleAgain(state, times), undefined);
  });

  test("whose answer a verification finds changed is asked everything again", () => {
    const before = initialSettle(facts(), 0);
    const { state } = play(before, 400_000, (at) => said(at < 50_000 ? "x" : "y"));
    assert.deepEqual([state.phase, state.epoch, state.changes], ["serving", before.epoch + 1, 1]);
  });

  test("whose answers change all the time is not verified for ever", () => {
    const { state, at } = play(initialSettle(facts(), 0), Infinity, (now) => said(`at ${now}`));
    assert.equal(settleAgain(state, times), undefined);
    assert.ok(at.length < 30, String(at.length));
  });

  test("that fails is asked again after growing times, and serves as before when it answers", () => {
    const before = served(facts(), "x");
    const broken = stepSettle(before, { kind: "broken", message: "503" }, 500_000, times);
    assert.deepEqual([broken.phase, broken.reason], ["failed", "503"]);
    const { at, state } = play(broken, 530_000, (now) =>
      now < 520_000 ? { kind: "failed", message: "503" } : said("x"),
    );
    assert.deepEqual(at.map((one) => one - 500_000).slice(0, 5), [500, 1_500, 3_500, 7_500, 15_500]);
    assert.deepEqual([state.phase, state.epoch], ["failed", before.epoch]);
    assert.equal(play(state, 532_000, () => said("x")).state.phase, "serving");
  });
});
