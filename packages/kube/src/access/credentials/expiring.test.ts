import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { KubeError } from "../../errors.ts";
import { expiringSource, type Expiring } from "./expiring.ts";
import { singleFlight } from "./single-flight.ts";

const minute = 60_000;

/** A source of numbers that live for `lifeMs`, and how many have been got. */
function counting(lifeMs: number | undefined) {
  const clock = virtualClock(1_000_000);
  const got = { count: 0, fails: false };
  const source = expiringSource(clock, async (): Promise<Expiring<number>> => {
    got.count++;
    if (got.fails) throw new KubeError("credentials", "no more");
    return { value: got.count, ...(lifeMs === undefined ? {} : { expires: clock.now() + lifeMs }) };
  });
  return { clock, got, source };
}

test("renews a minute before the end, or a tenth of the life if that is less", async () => {
  for (const [life, kept] of [
    [60 * minute, 59 * minute],
    [5 * minute, 4.5 * minute],
    [1_000, 900],
  ] as const) {
    const { clock, source } = counting(life);
    assert.equal(await source.current(), 1);
    clock.advance(kept - 1);
    assert.equal(await source.current(), 1);
    clock.advance(1);
    assert.equal(await source.current(), 2);
  }
});

test("keeps what has no end until it is refused", async () => {
  const { clock, got, source } = counting(undefined);
  await source.current();
  clock.advance(1_000_000 * minute);
  assert.equal(await source.current(), 1);
  assert.equal(await source.again(1), 2);
  assert.equal(await source.again(1), 2, "who comes late with the old one gets the new one");
  assert.equal(got.count, 2);
});

test("tries an early renewal that failed again after five seconds, not with each request", async () => {
  const { clock, got, source } = counting(10 * minute);
  await source.current();
  clock.advance(9.1 * minute);
  got.fails = true;
  for (let i = 0; i < 3; i++) assert.equal(await source.current(), 1);
  assert.equal(got.count, 2);
  clock.advance(5_000);
  assert.equal(await source.current(), 1);
  assert.equal(got.count, 3);
  clock.advance(minute);
  await assert.rejects(source.current(), /no more/);
  got.fails = false;
  assert.equal(await source.current(), 5);
});

test("starts work anew for who comes after everybody has left", async () => {
  const signals: AbortSignal[] = [];
  const flight = singleFlight((signal) => {
    signals.push(signal);
    return new Promise<string>((resolve, reject) => {
      if (signals.length > 1) resolve("second");
      signal.addEventListener("abort", () => reject(new Error("stopped")));
    });
  });
  const leaving = new AbortController();
  const first = flight.join(leaving.signal);
  leaving.abort();
  await assert.rejects(first, { code: "aborted" });
  assert.equal(signals[0]?.aborted, true);
  assert.equal(await flight.join(), "second");
  await assert.rejects(flight.join(AbortSignal.abort()), { code: "aborted" });
  assert.equal(signals.length, 2);
});
