import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client } from "@fairlead/kube";
import { memoryLog, turn } from "../../../../test/run/fake-cluster.ts";
import type { PolicyReport } from "../../../plan/mesh/model/plan.ts";
import type { Member } from "../../clusters/member.ts";
import type { MeshMetrics } from "../metrics.ts";
import { createReporter } from "./reporter.ts";

const apiVersion = "admiral.io/v1alpha1";
const kind = "GlobalTrafficPolicy";

function reportOn(name: string): PolicyReport {
  const object = { cluster: "eu", kind, namespace: "shop", name } as const;
  return { object, generation: 1, accepted: true, reason: "Applied", message: "", hosts: [], clusters: [] };
}

/** A reporter of one cluster; `isBusy` may be changed. */
function setUp() {
  const clock = virtualClock();
  const state = { isBusy: true, looks: 0, written: [] as string[] };
  const client = {
    discovery: { find: () => Promise.resolve({ subresources: ["status"] }) },
    apply(_resource: unknown, said: KrmObject) {
      state.written.push(said.metadata.name!);
      return Promise.resolve(said);
    },
  } as unknown as Client;
  const member: Pick<Member, "client" | "find" | "isPaused" | "events"> = {
    client: () => client,
    find: (_kind, { namespace = "", name }) => ({
      apiVersion,
      kind,
      metadata: { namespace, name, uid: name, generation: 1 },
    }),
    isPaused: () => false,
    events: () => undefined,
  };
  const reporter = createReporter({
    clock,
    random: () => 0,
    log: memoryLog().log,
    metrics: { wrote() {} } as unknown as MeshMetrics,
    member: () => member as Member,
    mayWrite: () => true,
    isBusy() {
      state.looks++;
      return state.isBusy;
    },
    conflicts: () => [],
    sources: () => [],
  });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(50);
      for (let turns = 0; turns < 4; turns++) await turn();
    }
  };
  return { reporter, state, pass };
}

const names = Array.from({ length: 40 }, (_, at) => `orders-${at}`);

test("statuses give way to what routes requests, with one look for all of them, and are written after it", async () => {
  const { reporter, state, pass } = setUp();
  for (const name of names) reporter.report(`identity:${name}`, [reportOn(name)]);
  await pass(1_000);
  assert.deepEqual(state.written, []);
  const looks = state.looks;
  await pass(10_000);
  assert.ok(state.looks - looks <= 20, `${state.looks - looks} looks in ten seconds`);
  assert.equal(reporter.isIdle(), false, "they still have to be written");
  state.isBusy = false;
  await pass(2_000);
  assert.deepEqual(state.written.toSorted(), names.toSorted());
  assert.equal(reporter.isIdle(), true);
  await reporter.close();
});

test("statuses give way for half a minute at most", async () => {
  const { reporter, state, pass } = setUp();
  for (const name of names) reporter.report(`identity:${name}`, [reportOn(name)]);
  await pass(29_000);
  assert.deepEqual(state.written, []);
  await pass(4_000);
  assert.equal(state.written.length, names.length);
  await reporter.close();
});
