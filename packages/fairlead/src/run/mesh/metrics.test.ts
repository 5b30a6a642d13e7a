import assert from "node:assert/strict";
import { test } from "node:test";
import { createMeshMetrics } from "./metrics.ts";

function make() {
  return createMeshMetrics({
    clusters: () => [
      { name: "eu", view: "current", staleMs: 0 },
      { name: "us", view: "unread", staleMs: 2_500 },
    ],
    queues: () => ({ plan: 1, write: 2, oldestMs: 30 }),
    keys: () => 7,
    findings: () => ({ error: 0, warning: 3, info: 1 }),
    leading: () => true,
    eventsDropped: () => 0,
  });
}

test("there are as many series for a thousand kinds and identities as for none", async () => {
  const metrics = make();
  const before = (await metrics.registry.metrics()).split("\n").length;
  for (let index = 0; index < 1_000; index++) {
    metrics.wrote("apply", `Kind${index}`, "ok");
    metrics.planned(0.001);
    metrics.synced(0.1);
  }
  assert.equal((await metrics.registry.metrics()).split("\n").length, before);
});

test("tells clusters by how well they are known, and writes from the first on", async () => {
  const metrics = make();
  metrics.wrote("apply", "ServiceEntry", "ok");
  const text = await metrics.registry.metrics();
  for (const line of [
    "fairlead_mesh_clusters_monitored 2",
    'fairlead_mesh_clusters{view="current"} 1',
    'fairlead_mesh_clusters{view="unread"} 1',
    'fairlead_mesh_clusters{view="stale"} 0',
    'fairlead_mesh_cluster_stale_seconds{cluster="us"} 2.5',
    'fairlead_mesh_writes_total{kind="ServiceEntry",verb="apply",outcome="ok"} 1',
    'fairlead_mesh_writes_total{kind="ServiceEntry",verb="apply",outcome="conflict"} 0',
    "fairlead_mesh_keys 7",
  ]) {
    assert.ok(text.includes(`${line}\n`), line);
  }
});
