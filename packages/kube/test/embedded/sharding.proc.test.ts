/** Keys shared by Leases of an embedded cluster, in calm and in storm. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "@fairlead/sim";
import { systemClock } from "../../src/clock.ts";
import type { Client } from "../../src/client/client.ts";
import { createSharding } from "../../src/lease/sharding.ts";
import { startEmbedded, until } from "./embedded.ts";

const keys = Array.from({ length: 60 }, (_, index) => `one/App/shop/app-${index}`);
const timings = { leaseDurationMs: 1_500, renewDeadlineMs: 1_000, retryPeriodMs: 100 };

interface Group {
  /** One of them, or all. */
  stop(index?: number): Promise<void>;
  /** Whether so many members share all keys; fails if two have the same. */
  shared(count: number): () => boolean;
}

function join(client: Client, names: readonly string[]): Group {
  const members = names.map((identity) => {
    const end = new AbortController();
    const sharding = createSharding(client, {
      namespace: "default",
      group: "test",
      identity,
      timings,
      clock: systemClock,
    });
    const ended = sharding.run(end.signal);
    const stop = async (): Promise<void> => {
      end.abort();
      await ended;
    };
    return { stop, owned: () => keys.filter((key) => sharding.owns(key)) };
  });
  return {
    stop: async (index) => {
      const ending = index === undefined ? members : [members[index]!];
      await Promise.all(ending.map((one) => one.stop()));
    },
    shared: (count) => () => {
      const all = members.map(({ owned }) => owned());
      const flat = all.flat();
      assert.equal(new Set(flat).size, flat.length, "two have the same key");
      return flat.length === keys.length && all.filter((one) => one.length > 0).length === count;
    },
  };
}

test("members find each other, share all keys, never one key twice, and take over what others leave", async (t) => {
  const { client } = await startEmbedded(t, { controllers: false });
  const { stop, shared } = join(client, ["a", "b", "c"]);
  await until("three to share", shared(3));
  await stop(2);
  await until("two to share", shared(2));
  await stop();
});

test("members share all keys after a server that failed, and none while it did", async (t) => {
  const { client, weather } = await startEmbedded(t, { controllers: false });
  const { stop, shared } = join(client, ["a", "b"]);
  await until("two to share", shared(2));
  const error = new ApiError(500, "InternalError", "Internal error occurred: etcd has no leader");
  weather(() => ({ outcome: { kind: "error", error } }));
  // Who cannot renew its Lease lets go.
  await until("nobody to have a key", () => !shared(2)());
  weather(() => undefined);
  await until("two to share again", shared(2));
  await stop();
});
