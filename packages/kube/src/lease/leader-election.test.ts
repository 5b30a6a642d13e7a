import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "../errors.ts";
import { createLeaderElection, type ElectionChange, type LeaseClient } from "./leader-election.ts";
import type { Leadership } from "./leadership.ts";

/** Lets everything run that waits for nothing but its turn. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A change as a line. */
function wordOf(change: ElectionChange): string {
  switch (change.kind) {
    case "leading":
      return `leading ${change.term}`;
    case "lost":
      return `lost: ${change.reason}`;
    case "failing":
      return `failing: ${(change.error as Error).message}`;
    case "recovered":
      return "recovered";
  }
}

/** One Lease behind optimistic locking; `down` answers nobody, and `refusal` is the answer to whoever makes one. */
function fakeServer() {
  const server = {
    stored: undefined as KrmObject | undefined,
    version: 0,
    down: false,
    refusal: undefined as KubeError | undefined,
    writes: 0,
  };
  const store = (object: KrmObject): KrmObject => {
    server.writes++;
    server.stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++server.version) } };
    return server.stored;
  };
  const reach = () => {
    if (server.down) throw new KubeError("connection", "no route to host");
  };
  const client = {
    async find() {
      reach();
      return server.stored;
    },
    async create(_: unknown, object: KrmObject) {
      reach();
      if (server.refusal !== undefined) throw server.refusal;
      if (server.stored !== undefined) throw new KubeError("already-exists", "exists");
      return store(object);
    },
    async update(_: unknown, object: KrmObject) {
      reach();
      if (server.stored === undefined) throw new KubeError("not-found", "gone");
      if (server.stored.metadata["resourceVersion"] !== object.metadata["resourceVersion"])
        throw new KubeError("conflict", "changed");
      return store(object);
    },
  } as unknown as LeaseClient;
  return { client, server };
}

function world() {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const { client, server } = fakeServer();
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 500) {
      clock.advance(Math.min(500, left));
      await turn();
    }
    await turn();
  };
  const start = (identity: string, lead: (leadership: Leadership) => Promise<void>) => {
    const stop = new AbortController();
    const changes: ElectionChange[] = [];
    const election = createLeaderElection(client, {
      name: "leader",
      namespace: "system",
      identity,
      clock,
      random: () => 0,
      onChange: (change) => void changes.push(change),
    });
    return { election, stop, changes, ended: election.run(lead, stop.signal) };
  };
  return { clock, server, pass, start };
}

/** Leads until it is told to stop. */
const untilAborted = ({ signal }: Leadership) =>
  new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve());
  });

describe("a leader election", () => {
  test("lets one lead and hands over when it stops", async () => {
    const { pass, start, server } = world();
    const first = start("a", untilAborted);
    await pass(500);
    const second = start("b", untilAborted);
    await pass(60_000);
    assert.deepEqual([first.changes, second.changes], [[{ kind: "leading", term: 0 }], []]);
    assert.equal(second.election.holder(), "a");
    first.stop.abort();
    await first.ended;
    await pass(2_000);
    assert.deepEqual(second.changes, [{ kind: "leading", term: 1 }], "within a retry period");
    second.stop.abort();
    await second.ended;
    assert.equal(Object.hasOwn(server.stored!["spec"] as object, "holderIdentity"), false, "given up");
  });

  test("aborts the leader within the renew deadline when the server cannot be reached, and leads again later", async () => {
    const { pass, start, server, clock } = world();
    const ends: number[] = [];
    const one = start("a", async (leadership) => {
      await untilAborted(leadership);
      ends.push(clock.monotonic());
    });
    await pass(4_000);
    server.down = true;
    await pass(16_000);
    assert.ok(ends.length === 1 && ends[0]! <= 14_000, `ended at ${ends.join()}`);
    server.down = false;
    await pass(3_000);
    assert.deepEqual(one.changes.map(wordOf), [
      "leading 0",
      "failing: no route to host",
      "lost: renewal failed",
      "recovered",
      "leading 1",
    ]);
    one.stop.abort();
    await one.ended;
  });

  test("tells once why nobody leads: the server refuses, or there is no such namespace", async () => {
    const { pass, start, server } = world();
    server.refusal = new KubeError("not-found", 'namespaces "system" not found');
    const one = start("a", untilAborted);
    await pass(20_000);
    assert.deepEqual(one.changes.map(wordOf), ['failing: namespaces "system" not found']);
    server.refusal = new KubeError("forbidden", "leases is forbidden");
    await pass(20_000);
    server.refusal = undefined;
    await pass(10_000);
    assert.deepEqual(one.changes.slice(1).map(wordOf), ["failing: leases is forbidden", "recovered", "leading 0"]);
    one.stop.abort();
    await one.ended;
  });

  test("knows by the clock alone that the lease is over", async () => {
    const { pass, start, clock } = world();
    let held = () => false;
    const one = start("a", async (leadership) => {
      held = leadership.held;
      await untilAborted(leadership);
    });
    await pass(500);
    assert.equal(held(), true);
    const { monotonic } = clock;
    clock.monotonic = () => monotonic() + 11_000;
    assert.equal(held(), false, "before any timer has run");
    clock.monotonic = monotonic;
    one.stop.abort();
    await one.ended;
  });

  test("rejects with what the leader threw, after giving the lease up", async () => {
    const { start, server } = world();
    const one = start("a", async () => {
      throw new Error("broken");
    });
    await assert.rejects(one.ended, /broken/);
    assert.equal(Object.hasOwn(server.stored!["spec"] as object, "holderIdentity"), false);
  });

  test("ends at once when it was stopped before it began", async () => {
    const { clock, server } = world();
    const { client } = fakeServer();
    const election = createLeaderElection(client, {
      name: "leader",
      namespace: "system",
      identity: "a",
      clock,
      random: () => 0,
    });
    await election.run(() => assert.fail("leads"), AbortSignal.abort());
    assert.equal(server.writes, 0);
  });

  test("refuses timings under which two could lead", () => {
    const { clock } = world();
    const { client } = fakeServer();
    const timings = { leaseDurationMs: 10_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
    assert.throws(
      () =>
        createLeaderElection(client, {
          name: "l",
          namespace: "n",
          identity: "a",
          clock,
          random: () => 0,
          timings,
        }),
      RangeError,
    );
  });
});
