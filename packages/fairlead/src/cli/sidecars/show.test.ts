import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Progress, RunRow } from "../../plan/sidecars/model/run.ts";
import { ago, historyTables, progressLine, rowsTable, span } from "./show.ts";

const row = (name: string, more: Partial<RunRow> = {}): RunRow => ({
  workload: {
    cluster: "east",
    namespace: "shop",
    name,
    key: `east/shop/Deployment.apps/${name}`,
    apiVersion: "apps/v1",
    kind: "Deployment",
    uid: name,
  },
  state: "waiting",
  wave: "canary",
  reason: "",
  from: "docker.io/istio/proxyv2:1.28.0",
  to: `docker.io/istio/proxyv2@sha256:${"ab".repeat(32)}`,
  why: ["image"],
  pods: { total: 3, outdated: 2 },
  since: undefined,
  ...more,
});

const progress: Progress = {
  total: 40,
  done: 12,
  underWay: 3,
  waiting: 24,
  failed: 1,
  reported: 0,
  paused: "",
  wave: "rest",
  startedAt: 0,
  eta: 360_000,
};

describe("a plan", () => {
  test("is a table of workloads; clusters are named where there are several", () => {
    assert.equal(
      rowsTable([row("cart"), row("orders", { state: "blocked", reason: "PodDisruptionBudget orders" })], false),
      [
        "WORKLOAD                STATE    WAVE    PODS  FROM            TO                    WHY    WAITS FOR",
        "shop/deployment/cart    waiting  canary  2/3   proxyv2:1.28.0  proxyv2@abababababab  image",
        "shop/deployment/orders  blocked  canary  2/3   proxyv2:1.28.0  proxyv2@abababababab  image  PodDisruptionBudget orders",
        "",
      ].join("\n"),
    );
    const west = row("cart");
    const both = rowsTable([row("cart"), { ...west, workload: { ...west.workload, cluster: "west" } }], false);
    assert.match(both, /^CLUSTER {2}WORKLOAD/);
    assert.match(both, /\nwest {5}shop\/deployment\/cart/);
  });

  test("of nothing is no table", () => {
    assert.equal(rowsTable([], false), "");
  });
});

describe("progress", () => {
  test("counts, and tells the time that is left", () => {
    assert.equal(
      progressLine(progress, 0),
      "12 of 40 done, 3 under way, 24 waiting, 1 failed; wave rest; about 6 min left",
    );
    assert.equal(
      progressLine({ ...progress, paused: "3 workloads failed", eta: undefined }, 0),
      "12 of 40 done, 3 under way, 24 waiting, 1 failed; wave rest; paused: 3 workloads failed",
    );
  });

  test("with nothing to do says so", () => {
    const none = { ...progress, total: 0, done: 0, underWay: 0, waiting: 0, failed: 0, eta: undefined };
    assert.equal(progressLine(none, 0), "everything is current");
  });
});

test("times are told as people do", () => {
  assert.deepEqual([0, 45_000, 720_000, 3_600_000, 11_100_000].map(span), [
    "1 s",
    "45 s",
    "12 min",
    "1 h 0 min",
    "3 h 5 min",
  ]);
  assert.equal(ago(0, 30_000), "30 s ago");
  assert.equal(ago(undefined, 0), "");
  assert.equal(ago(0, 4 * 86_400_000), "1970-01-01 00:00");
});

test("history shows runs and restarts, or that there were none", () => {
  assert.equal(historyTables([], [], 0, false), "nothing was restarted yet\n");
  const text = historyTables(
    [{ startedAt: 0, endedAt: 60_000, restarted: 4, failed: 1, reason: "image 1.28.0 → 1.29.0" }],
    [
      [
        "east/shop/Deployment.apps/cart",
        { target: "a", state: "done", wave: "rest", startedAt: 0, endedAt: 20_000, reason: "" },
      ],
    ],
    120_000,
    false,
  );
  assert.match(text, /2 min ago {2}1 min {2}4 {10}1 {7}image 1\.28\.0 → 1\.29\.0/);
  assert.match(text, /east\/shop\/Deployment\.apps\/cart {2}done {3}rest {2}2 min ago {2}20 s/);
});
