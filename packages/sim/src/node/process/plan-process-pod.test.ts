import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../scripts/runs.ts";
import { newContainer, withNews, type ContainerNews, type ContainerRecord } from "./container-record.ts";
import { planProcessPod, type ProcessPodPlan } from "./plan-process-pod.ts";
import { asPod, containersOf, type ContainerSpec, type ProcessPod } from "./pod-types.ts";

const probe = fc.record(
  {
    periodSeconds: fc.integer({ min: 1, max: 5 }),
    failureThreshold: fc.integer({ min: 1, max: 3 }),
    initialDelaySeconds: fc.integer({ min: 0, max: 4 }),
  },
  { requiredKeys: [] },
);
const lifecycle = fc.constantFrom(undefined, { preStop: { sleep: { seconds: 1 } } });
const extras = fc.record(
  { startupProbe: probe, livenessProbe: probe, readinessProbe: probe, lifecycle },
  { requiredKeys: [] },
);
const specs = fc.record({
  inits: fc.array(fc.record({ isSidecar: fc.boolean(), more: extras }), { maxLength: 3 }),
  mains: fc.array(extras, { minLength: 1, maxLength: 3 }),
  restartPolicy: fc.constantFrom("Always", "OnFailure", "Never"),
  grace: fc.integer({ min: 0, max: 20 }),
});
const happenings = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("exit" as const), at: fc.nat(5), code: fc.constantFrom(0, 1, 137) }),
    fc.record({ kind: fc.constant("answer" as const), success: fc.boolean() }),
    fc.record({ kind: fc.constant("hook" as const) }),
    fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ kind: fc.constant("fail" as const) }),
  ),
  { maxLength: 40 },
);

type Wish = typeof specs extends fc.Arbitrary<infer T> ? T : never;

function podOf({ inits, mains, restartPolicy, grace }: Wish): ProcessPod {
  const container = (name: string, more: object): object => ({ name, image: name, ...more });
  return asPod({
    metadata: { name: "p", namespace: "n", uid: "u" },
    spec: {
      restartPolicy,
      terminationGracePeriodSeconds: grace,
      initContainers: inits.map(({ isSidecar, more }, index) =>
        container(`init-${index}`, isSidecar ? { ...more, restartPolicy: "Always" } : {}),
      ),
      containers: mains.map((more, index) => container(`main-${index}`, more)),
    },
  } as never);
}

/** Plays a machine that does what the plan says: starts, signals, probes. */
function machine(first: ProcessPod) {
  let pod = first;
  let now = 1_000_000;
  let ids = 0;
  let records: ReadonlyMap<string, ContainerRecord> = new Map(
    containersOf(pod).map(({ name }) => [name, newContainer(name)]),
  );
  const running = new Map<string, string>();
  const asked: {
    readonly container: string;
    readonly id: string;
    readonly probe: "startup" | "readiness" | "liveness";
  }[] = [];
  const hooks: { readonly container: string; readonly id: string }[] = [];
  let failsToStart = false;

  function tell(container: string, news: ContainerNews): void {
    records = new Map(records).set(container, withNews(records.get(container)!, news));
  }

  function end(container: string, code: number): void {
    const id = running.get(container);
    if (id === undefined) return;
    running.delete(container);
    tell(container, { kind: "exited", id, code, at: now, message: "" });
  }

  function look(): ProcessPodPlan {
    for (let step = 0; step < 30; step++) {
      const plan = planProcessPod(pod, records, now);
      records = plan.records;
      if (plan.actions.length === 0) return plan;
      for (const action of plan.actions) {
        const { container } = action;
        if (action.kind === "start") {
          assert.equal(running.has(container), false, `${container} is started while it runs`);
          assert.equal(pod.metadata.deletionTimestamp, undefined, `${container} is started in a pod that ends`);
          const id = `run-${ids++}`;
          if (failsToStart) tell(container, { kind: "start-failed", id, at: now, message: "no" });
          else {
            running.set(container, id);
            tell(container, { kind: "started", id, at: now, starting: false });
          }
        } else {
          const id = running.get(container);
          assert.notEqual(id, undefined, `${action.kind} for ${container}, which does not run`);
          if (action.kind === "probe") asked.push({ container, id: id!, probe: action.probe });
          else if (action.kind === "pre-stop") hooks.push({ container, id: id! });
          else if (action.signal === "SIGKILL") end(container, 137);
        }
      }
    }
    throw new Error("never comes to rest");
  }

  return {
    look,
    running,
    asked,
    hooks,
    tell,
    end,
    wait: (ms: number) => void (now += ms),
    fail: (fails: boolean) => void (failsToStart = fails),
    remove(grace: number) {
      const deletionTimestamp = new Date(now + grace * 1000).toISOString();
      pod = { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace } };
    },
    get now() {
      return now;
    },
    records: () => records,
  };
}

test("starts nothing twice, comes to rest, and lets every deleted pod go when its grace is over", () => {
  fc.assert(
    fc.property(specs, happenings, fc.integer({ min: 0, max: 30 }), (wish, events, grace) => {
      const pod = podOf(wish);
      const one = machine(pod);
      for (const event of events) {
        const plan = one.look();
        // Restarts never go backwards, and a container that runs was started.
        for (const [name, record] of one.records())
          assert.equal(record.state.kind === "running", one.running.has(name), name);
        if (plan.phase === "Succeeded" || plan.phase === "Failed") break;
        if (event.kind === "exit") one.end([...one.running.keys()][event.at] ?? "", event.code);
        else if (event.kind === "wait") one.wait(event.seconds * 1000);
        else if (event.kind === "fail") one.fail(true);
        else if (event.kind === "hook")
          for (const { container, id } of one.hooks.splice(0)) one.tell(container, { kind: "pre-stop-done", id });
        else {
          for (const { container, id, probe: kind } of one.asked.splice(0)) {
            one.tell(container, { kind: "probed", id, probe: kind, success: event.success });
          }
        }
        one.fail(event.kind === "fail");
      }
      one.remove(grace);
      const begun = one.now;
      for (let turn = 0; ; turn++) {
        const plan = one.look();
        if (plan.gone) break;
        assert.ok(turn < 50, "it stops in the end");
        assert.notEqual(plan.wakeAt, undefined, "somebody looks again");
        assert.ok(plan.wakeAt! > one.now, "not at once");
        one.wait(plan.wakeAt! - one.now);
      }
      assert.equal(one.running.size, 0);
      // Each sidecar and what comes before it may take the least that a signal gets.
      const parts = wish.inits.length + 1;
      assert.ok(one.now - begun <= Math.max(grace * 1000, 2000) + parts * 4000, `${one.now - begun} ms`);
    }),
    runs(300),
  );
});

test("runs init containers one after another, whatever they answer", () => {
  fc.assert(
    fc.property(specs, happenings, (wish, events) => {
      const pod = podOf(wish);
      const one = machine(pod);
      const plain = (pod.spec.initContainers ?? []).filter(
        ({ restartPolicy }: ContainerSpec) => restartPolicy !== "Always",
      );
      for (const event of events) {
        one.look();
        const active = plain.filter(({ name }) => one.running.has(name));
        assert.ok(active.length <= 1, "one at a time");
        if (active.length > 0)
          assert.ok(![...one.running.keys()].some((name) => name.startsWith("main-")), "before the others");
        if (event.kind === "exit") one.end([...one.running.keys()][event.at] ?? "", event.code);
        else if (event.kind === "wait") one.wait(event.seconds * 1000);
        else
          for (const { container, id, probe: kind } of one.asked.splice(0)) {
            one.tell(container, { kind: "probed", id, probe: kind, success: event.kind === "answer" && event.success });
          }
      }
    }),
    runs(200),
  );
});
