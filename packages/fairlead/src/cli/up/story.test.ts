import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { Progress, RunRow } from "../../plan/sidecars/model/run.ts";
import type { Sidecars, SidecarsStatus } from "../../run/sidecars/sidecars-model.ts";
import { showCursor } from "../progress/redraw.ts";
import { recordingContext } from "../../../test/support/cli.ts";
import type { CliContext, Terminal } from "../context.ts";
import { createStory, stageOf, type Stage } from "./story.ts";

const nothing: Progress = {
  total: 0,
  done: 0,
  underWay: 0,
  waiting: 0,
  failed: 0,
  reported: 0,
  paused: "",
  wave: "",
  startedAt: undefined,
  eta: undefined,
};

function row(name: string, state: RunRow["state"], reason = ""): RunRow {
  const workload = {
    key: `us/shop/Deployment.apps/${name}`,
    cluster: "us",
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: "shop",
    name,
    uid: name,
  };
  const [from, to] = ["istio/proxyv2:1.28.0", "istio/proxyv2:1.29.0"];
  const pods = { total: 1, outdated: 1 };
  return { workload, state, wave: "rest", reason, from, to, why: [], pods, since: undefined } as RunRow;
}

/** The progress that rows have. */
function statusOf(rows: readonly RunRow[]): SidecarsStatus {
  const count = (...states: RunRow["state"][]): number => rows.filter(({ state }) => states.includes(state)).length;
  const progress = {
    ...nothing,
    total: rows.length,
    done: count("done"),
    underWay: count("restarting", "settling"),
    waiting: count("waiting", "blocked"),
    failed: count("failed", "broken"),
    reported: count("reported", "unknown"),
    wave: "rest",
  };
  return { clusters: [], injectors: [], leading: true, rows, progress, journal: undefined, findings: [] };
}

const stages: readonly (readonly [title: string, RunRow[], Parameters<typeof stageOf>[1], Stage, Stage])[] = [
  ["nothing is outdated", [], { isIdle: true, isPatient: true }, "rest", "rest"],
  ["control planes roll out", [row("a", "unknown")], { isIdle: true, isPatient: true }, "rest", "rest"],
  [
    "half of the plan is known",
    [row("a", "waiting"), row("b", "unknown")],
    { isIdle: true, isPatient: true },
    "rest",
    "plan",
  ],
  [
    "half of the plan is known, and the first of it is restarted",
    [row("a", "restarting"), row("b", "unknown")],
    { isIdle: false, isPatient: true },
    "plan",
    "plan",
  ],
  [
    "half of the plan is known, and nobody waits any longer",
    [row("a", "restarting"), row("b", "unknown")],
    { isIdle: false, isPatient: false },
    "plan",
    "run",
  ],
  ["all of the plan is known", [row("a", "waiting")], { isIdle: true, isPatient: true }, "plan", "run"],
  [
    "a cluster turns unknown",
    [row("a", "waiting"), row("b", "unknown")],
    { isIdle: true, isPatient: true },
    "run",
    "run",
  ],
  [
    "all that is known is done",
    [row("a", "done"), row("b", "unknown")],
    { isIdle: true, isPatient: true },
    "run",
    "run",
  ],
  ["the last is done, and looked at", [row("a", "done")], { isIdle: false, isPatient: true }, "run", "run"],
  ["the last is done", [row("a", "done")], { isIdle: true, isPatient: true }, "run", "rest"],
  ["the last has failed", [row("a", "failed")], { isIdle: true, isPatient: true }, "run", "rest"],
];

for (const [title, rows, more, before, expected] of stages) {
  test(`where ${title}, ${before} becomes ${expected}`, () => {
    assert.equal(stageOf(statusOf(rows), more, before), expected);
  });
}

test("rollouts that somebody else began are no run", () => {
  const status = { rows: [row("a", "settling")], progress: nothing };
  assert.equal(stageOf(status, { isIdle: true, isPatient: true }, "rest"), "rest");
});

const terminal: Terminal = { size: () => ({ columns: 100, rows: 20 }), onResize: () => () => {} };

function setUp(context: Partial<CliContext> = {}) {
  const clock = virtualClock();
  const recording = recordingContext({ context });
  const { output } = recording;
  let status = statusOf([]);
  let listener = (): void => {};
  const sidecars = {
    status: () => status,
    isIdle: () => status.progress!.underWay === 0,
    onStatus(tell: () => void) {
      listener = tell;
      return () => void (listener = () => {});
    },
  } as unknown as Sidecars;
  const story = createStory(recording.context, clock);
  const set = (rows: readonly RunRow[], more: Partial<SidecarsStatus> = {}): void => {
    status = { ...statusOf(rows), ...more };
    listener();
  };
  return { story, sidecars, set, output, clock };
}

test("tells the plan once, each change, and how it ends", () => {
  const { story, sidecars, set, output } = setUp();
  story.follow(sidecars);
  assert.equal(story.isTelling(), false);
  set([row("a", "waiting"), row("b", "waiting", "its turn")]);
  assert.equal(story.isTelling(), true);
  set([row("a", "restarting", "0 of 1 pods are ready"), row("b", "waiting", "its turn")]);
  set([row("a", "settling", "1 of 1 pods are ready"), row("b", "waiting", "its turn")]);
  set([row("a", "done"), row("b", "restarting")]);
  set([row("a", "done"), row("b", "done")]);
  assert.equal(story.isTelling(), false);
  assert.equal(
    output(),
    [
      "",
      "WORKLOAD           STATE    WAVE  PODS  FROM            TO              WHY  WAITS FOR",
      "shop/deployment/a  waiting  rest  1/1   proxyv2:1.28.0  proxyv2:1.29.0",
      "shop/deployment/b  waiting  rest  1/1   proxyv2:1.28.0  proxyv2:1.29.0       its turn",
      "",
      "· sidecars: 0 of 2 done, 2 waiting; wave rest",
      "· sidecars: 0 of 2 done, 1 under way, 1 waiting; wave rest",
      "· us/shop/Deployment.apps/a: wave rest",
      "· sidecars: 1 of 2 done, 1 under way; wave rest",
      "✓ us/shop/Deployment.apps/a: done",
      "· us/shop/Deployment.apps/b: wave rest",
      "✓ us/shop/Deployment.apps/b: done",
      "✓ sidecars: done, 2 of 2 done; wave rest",
      "",
      "",
    ].join("\n"),
  );
  story.end();
});

test("what failed is listed at the end, and a finding is told once while it is there", () => {
  const { story, sidecars, set, output } = setUp();
  const findings = [{ code: "FL870", severity: "warning", message: "too many failed" }] as const;
  story.follow(sidecars);
  set([row("a", "waiting")]);
  set([row("a", "failed", "its rollout is not over")], { findings });
  set([row("a", "failed", "its rollout is not over")], { findings });
  assert.equal(output().match(/FL870/g)?.length, 1);
  assert.match(output(), /✗ sidecars: failed, 0 of 1 done, 1 failed/);
  assert.match(output(), /\nshop\/deployment\/a +failed .* its rollout is not over\n\n$/);
  story.end();
});

test("a workload that has lost its proxy is done, though nobody looks after it any more", () => {
  const { story, sidecars, set, output } = setUp();
  story.follow(sidecars);
  set([row("a", "restarting"), row("b", "waiting")]);
  set([row("b", "restarting")]);
  set([]);
  assert.match(output(), /✓ us\/shop\/Deployment\.apps\/a: done\n[^]*✓ us\/shop\/Deployment\.apps\/b: done\n/);
  assert.match(output(), /✓ sidecars: done, everything is current\n\n$/);
  story.end();
});

test("held, it says nothing, and goes on with what is so by then", () => {
  const { story, sidecars, set, output } = setUp();
  const release = story.hold();
  story.follow(sidecars);
  set([row("a", "waiting")]);
  assert.equal(output(), "");
  set([row("a", "restarting")]);
  release();
  assert.match(output(), /^\nWORKLOAD[^]*shop\/deployment\/a +restarting[^]*· sidecars: 0 of 1 done, 1 under way/);
  story.follow(undefined);
  assert.equal(story.isTelling(), false);
  set([row("a", "done")]);
  assert.doesNotMatch(output(), /✓/);
});

test("on a terminal the list is drawn anew below warnings, and gives the cursor back", () => {
  const { story, sidecars, set, output, clock } = setUp({ terminal });
  story.follow(sidecars);
  set([row("a", "restarting", "0 of 1 pods are ready")]);
  clock.advance(100);
  assert.match(output(), /us\/shop\/Deployment\.apps\/a {2}0 of 1 pods are ready/);
  story.note("Pod shop/a: Unhealthy");
  clock.advance(100);
  const drawn = output();
  assert.ok(drawn.lastIndexOf("sidecars") > drawn.indexOf("Pod shop/a: Unhealthy\n"));
  assert.equal(output().includes(showCursor), false);
  set([row("a", "done")]);
  assert.match(output(), /✓ sidecars +1 of 1 done/);
  assert.equal(output().split(showCursor).length, 2);
  story.end();
});
