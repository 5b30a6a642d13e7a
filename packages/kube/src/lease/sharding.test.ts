import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { fakeClient } from "../../test/fake-client.ts";
import { KubeError } from "../errors.ts";
import { leases } from "./lease.ts";
import { createSharding, shardClaimAnnotation, type ShardingClient } from "./sharding.ts";

/** Lets everything run that waits for nothing but its turn. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
const keys = Array.from({ length: 40 }, (_, index) => `one/App/shop/app-${index}`);

function world() {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const client = fakeClient({ anyNamespace: true, resources: [leases] });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 250) {
      clock.advance(Math.min(250, left));
      for (let turns = 0; turns < 4; turns++) await turn();
    }
  };
  const join = (identity: string, drained?: () => Promise<void>) => {
    const stop = new AbortController();
    const options = { namespace: "system", group: "workloads", identity, clock, ...(drained && { drained }) };
    const sharding = createSharding(client, options);
    let changes = 0;
    sharding.onChange(() => changes++);
    const ended = sharding.run(stop.signal);
    return { sharding, stop, ended, changes: () => changes, owned: () => keys.filter((key) => sharding.owns(key)) };
  };
  return { clock, client, pass, join };
}

test("one member has all keys; a second one takes its share, and gives it back when it leaves", async () => {
  const { join, pass } = world();
  const a = join("a");
  await pass(1_000);
  assert.deepEqual([a.owned().length, a.sharding.members()], [40, ["a"]]);
  const before = a.changes();
  const b = join("b");
  await pass(10_000);
  assert.deepEqual(
    [a.sharding.members(), b.sharding.members()],
    [
      ["a", "b"],
      ["a", "b"],
    ],
  );
  assert.ok(a.owned().length > 8 && b.owned().length > 8);
  assert.deepEqual([...a.owned(), ...b.owned()].sort(), keys.toSorted());
  assert.ok(a.changes() > before);
  b.stop.abort();
  await pass(1_000);
  await b.ended;
  await pass(5_000);
  assert.deepEqual([a.owned().length, a.sharding.members()], [40, ["a"]], "without waiting for its lease to run out");
  a.stop.abort();
  await pass(1_000);
  await a.ended;
});

test("tells once why it has no Lease, and when it has one", async () => {
  const { clock, client, pass } = world();
  let refusal: KubeError | undefined = new KubeError("not-found", 'namespaces "system" not found');
  const refusing: ShardingClient = {
    list: client.list,
    update: client.update,
    delete: client.delete,
    create: (...request) => (refusal === undefined ? client.create(...request) : Promise.reject(refusal)),
  };
  const told: string[] = [];
  const stop = new AbortController();
  const sharding = createSharding(refusing, {
    namespace: "system",
    group: "workloads",
    identity: "a",
    clock,
    onTrouble: (trouble) => void told.push(trouble.kind === "failing" ? String(trouble.error) : trouble.kind),
  });
  const ended = sharding.run(stop.signal);
  await pass(30_000);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /namespaces "system" not found/);
  assert.deepEqual(
    keys.filter((key) => sharding.owns(key)),
    [],
  );
  refusal = undefined;
  await pass(30_000);
  assert.deepEqual(told.slice(1), ["recovered"]);
  assert.equal(keys.filter((key) => sharding.owns(key)).length, 40);
  stop.abort();
  await pass(1_000);
  await ended;
});

test("keys change hands only when the work on them has ended", async () => {
  const { join, pass } = world();
  const { promise, resolve } = Promise.withResolvers<void>();
  const a = join("a", () => promise);
  await pass(1_000);
  const b = join("b");
  await pass(30_000);
  const given = keys.filter((key) => !a.sharding.owns(key));
  assert.ok(given.length > 8);
  assert.ok(
    given.every((key) => a.sharding.mayGoOn(key)),
    "what was begun may end",
  );
  assert.deepEqual(b.owned(), [], "and nobody else begins");
  resolve();
  await pass(5_000);
  assert.deepEqual(b.owned().sort(), given.toSorted());
  assert.ok(given.every((key) => !a.sharding.mayGoOn(key)));
  for (const { stop } of [a, b]) stop.abort();
  await pass(5_000);
  await Promise.all([a.ended, b.ended]);
});

test("a Lease that says nonsense is nobody's claim, and one that is long forgotten is removed", async () => {
  const { client, join, pass } = world();
  const metadata = {
    name: "workloads-x",
    namespace: "system",
    labels: { "fairlead.dev/shard-group": "workloads" },
    annotations: { [shardClaimAnnotation]: "{not json" },
  };
  const spec = { holderIdentity: "x", leaseDurationSeconds: 15 };
  await client.create(leases, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
  const a = join("a");
  await pass(1_000);
  assert.equal(a.owned().length, 40);
  await pass(160_000);
  assert.equal(client.store.find(leases, { namespace: "system", name: "workloads-x" }), undefined);
  a.stop.abort();
  await pass(1_000);
  await a.ended;
});
