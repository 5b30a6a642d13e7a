/** Informers, queues, elections and apply sets on an embedded cluster that loses, delays and refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { ApiError, type RequestFault } from "@fairlead/sim";
import { runs } from "../../../../scripts/runs.ts";
import { planFor } from "../../src/apply/plan-for.ts";
import { isNoop } from "../../src/apply/plan/plan-apply.ts";
import { runApply } from "../../src/apply/run-apply.ts";
import type { ApplySetOptions } from "../../src/apply/apply-set.ts";
import { systemClock } from "../../src/clock.ts";
import type { Client } from "../../src/client/client.ts";
import { createEventRecorder } from "../../src/events/event-recorder.ts";
import { createInformers } from "../../src/informer/informers.ts";
import { createLeaderElection } from "../../src/lease/leader-election.ts";
import { waitFor } from "../../src/wait/wait.ts";
import { configMap, configMaps, deployment, deployments, startEmbedded, until, type SeenRequest } from "./embedded.ts";

/** Numbers that a seed decides. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

const expired = new ApiError(410, "Expired", "too old resource version: 1 (9)");
const broken = new ApiError(500, "InternalError", "Internal error occurred: etcd has no leader");

/** One request of three meets something. */
function storm(random: () => number): (request: SeenRequest) => RequestFault | undefined {
  return ({ isWatch }) => {
    const kind = Math.floor(random() * 18);
    if (kind === 0) return { outcome: { kind: "drop" } };
    if (kind === 1) return { outcome: { kind: "lose" } };
    if (kind === 2) return { outcome: { kind: "error", error: broken } };
    if (kind === 3) return { delayMs: Math.floor(random() * 30) };
    if (kind === 4 && isWatch) return { outcome: { kind: "error", error: expired } };
    return kind < 12 && isWatch ? { outcome: { kind: "reset", afterFrames: Math.floor(random() * 4) } } : undefined;
  };
}

async function contents(client: Client): Promise<Map<string, unknown>> {
  const { items } = await client.list(configMaps, { namespace: "default" });
  return new Map(items.map((one) => [one.metadata.name!, one.metadata["resourceVersion"]]));
}

test("an informer holds what the server holds, whatever becomes of its requests", { timeout: 300_000 }, async (t) => {
  const { numRuns, seed = Math.floor(Math.random() * 2 ** 32) } = runs(3);
  t.diagnostic(`seed ${seed}`);
  const { client, calm, weather } = await startEmbedded(t);
  for (let round = 0; round < numRuns; round++) {
    const random = randomOf(seed + round);
    weather(storm(random));
    const timings = { floorMs: 2, shortWatchMs: 5, backoff: { baseMs: 5, maxMs: 50 } };
    const informers = createInformers(client, { clock: systemClock, random, timings });
    const informer = informers.informer({ resource: configMaps, namespace: "default" });
    const told = new Map<string, unknown>();
    informer.listen((change) => {
      const one = change.kind === "deleted" ? change.previous : change.object;
      const name = one.metadata.name!;
      assert.equal(told.has(name), change.kind !== "added", `${change.kind} ${name}`);
      if (change.kind === "deleted") told.delete(name);
      else told.set(name, one.metadata["resourceVersion"]);
    });
    for (let write = 0; write < 60; write++) {
      const name = `storm-${Math.floor(random() * 10)}`;
      const there = await calm.find(configMaps, { namespace: "default", name });
      if (there === undefined) await calm.create(configMaps, configMap(name));
      else if (random() < 0.3) await calm.delete(configMaps, { namespace: "default", name });
      else await calm.update(configMaps, { ...there, data: { write: String(write) } });
    }
    const expected = await contents(calm);
    await until("what is there", () => {
      const held = [...informer.store.values()];
      const isSame = held.every((one) => expected.get(one.metadata.name!) === one.metadata["resourceVersion"]);
      return held.length === expected.size && isSame;
    });
    assert.deepEqual(told, expected, "listeners were told all of it, in order");
    await informers.stop();
  }
});

test("an apply set is complete in the end, however often its answers are lost", async (t) => {
  const { client, calm, weather } = await startEmbedded(t);
  const options: ApplySetOptions = {
    parent: { resource: configMaps, key: { namespace: "default", name: "set" } },
    fieldManager: "fairlead/apply",
    tooling: "fairlead/v0.1.0",
    prune: true,
    adopt: false,
    complete: true,
    namespace: "default",
  };
  const desired = (count: number): KrmObject[] =>
    Array.from({ length: count }, (_, index) => configMap(`member-${index}`, { count: String(count) }));
  const random = randomOf(11);
  for (const count of [8, 5]) {
    // Every third write is lost on its way back.
    weather(({ method }) => (method !== "GET" && random() < 0.3 ? { outcome: { kind: "lose" } } : undefined));
    let runsTaken = 0;
    for (let isDone = false; !isDone; runsTaken++) {
      assert.ok(runsTaken < 30, "it does not end");
      const result = await runApply(client, await planFor(client, desired(count), options));
      isDone = result.ok;
    }
    weather(() => undefined);
    assert.ok(isNoop(await planFor(calm, desired(count), options)));
    const names = [...(await contents(calm)).keys()].filter((name) => name.startsWith("member-"));
    assert.equal(names.length, count);
  }
});

test("one of two candidates leads at a time, and a stop hands over", async (t) => {
  const { client, connect, weather } = await startEmbedded(t);
  const random = randomOf(5);
  weather(() => (random() < 0.2 ? { outcome: { kind: "error", error: broken } } : undefined));
  const leading = new Set<string>();
  let most = 0;
  /** Takes part until what it returns is called. */
  function candidate(identity: string, own: Client): () => Promise<void> {
    const election = createLeaderElection(own, {
      name: "leader",
      namespace: "default",
      identity,
      timings: { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 200 },
      clock: systemClock,
      random,
    });
    const stop = new AbortController();
    const ended = election.run(async ({ signal }) => {
      leading.add(identity);
      most = Math.max(most, leading.size);
      if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      leading.delete(identity);
    }, stop.signal);
    return async () => {
      stop.abort();
      await ended;
    };
  }
  const stops = new Map([
    ["one", candidate("one", client)],
    ["two", candidate("two", connect({ random: () => 0 }))],
  ]);
  await until("a leader", () => leading.size === 1);
  const [first] = [...leading];
  await stops.get(first!)!();
  await until("the other one leads", () => leading.size === 1 && !leading.has(first!));
  for (const stop of stops.values()) await stop();
  assert.equal(most, 1);
});

test("waits for a rollout, and records what happened once for each", async (t) => {
  const { client, calm, weather } = await startEmbedded(t);
  const made = await client.create(deployments, deployment("web", 2));
  weather(storm(randomOf(3)));
  const result = await waitFor(
    client,
    [{ apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web" }],
    {
      condition: "ready",
      deadlineMs: 20_000,
    },
  );
  assert.equal(result.ended, "done", JSON.stringify(result.findings));
  weather(() => undefined);
  const recorder = createEventRecorder(client, { component: "test", instance: "test", clock: systemClock });
  const about = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web" };
  for (let times = 0; times < 2; times++) {
    recorder.record(
      { ...about, uid: made.metadata["uid"] as string },
      { type: "Normal", reason: "Tried", message: "x" },
    );
  }
  await recorder.flush();
  const events = { group: "events.k8s.io", version: "v1", kind: "Event", plural: "events", namespaced: true };
  const { items } = await calm.list(events, { namespace: "default", fieldSelector: "reason=Tried" });
  assert.equal(items.length, 1, "what happens again is counted");
});
