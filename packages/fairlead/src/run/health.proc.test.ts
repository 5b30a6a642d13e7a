import assert from "node:assert/strict";
import { get as httpGet } from "node:http";
import { test } from "node:test";
import { Registry } from "prom-client";
import { serveHealth } from "./health.ts";
import { createMetrics } from "./metrics.ts";

function ask(port: number, path: string, method = "GET"): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    httpGet({ host: "127.0.0.1", port, path, method, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    }).on("error", reject);
  });
}

test("says that it runs, whether it is ready and why not, and its metrics", async () => {
  let waiting = ["cluster one: App: not read yet"];
  const { registry } = createMetrics(["workloads"], {
    queues: () => [{ controller: "workloads", depth: 3, oldestMs: 1500 }],
    clusters: () => [
      { name: "one", connected: true, staleMs: 0 },
      { name: "two", connected: false, staleMs: 2000 },
    ],
    leading: () => true,
    eventsDropped: () => 0,
  });
  const health = await serveHealth({ host: "127.0.0.1", port: 0, registry, notReady: () => waiting });
  try {
    assert.deepEqual(await ask(health.port, "/healthz"), { status: 200, body: "ok\n" });
    assert.deepEqual(await ask(health.port, "/readyz?verbose"), { status: 503, body: `${waiting[0]}\n` });
    waiting = [];
    assert.equal((await ask(health.port, "/readyz")).status, 200);
    const { body } = await ask(health.port, "/metrics");
    for (const line of [
      'fairlead_reconcile_total{controller="workloads",result="terminal"} 0',
      'fairlead_queue_depth{controller="workloads"} 3',
      'fairlead_queue_oldest_seconds{controller="workloads"} 1.5',
      "fairlead_clusters 2",
      "fairlead_clusters_connected 1",
      'fairlead_informer_stale_seconds{cluster="two"} 2',
      "fairlead_leader 1",
    ])
      assert.ok(body.includes(`${line}\n`), line);
    assert.equal((await ask(health.port, "/other")).status, 404);
    assert.equal((await ask(health.port, "/healthz", "POST")).status, 405);
  } finally {
    await health.close();
  }
});

test("fails when the address is taken", async () => {
  const options = { host: "127.0.0.1", registry: new Registry(), notReady: () => [] };
  const first = await serveHealth({ ...options, port: 0 });
  await assert.rejects(serveHealth({ ...options, port: first.port }), /EADDRINUSE/);
  await first.close();
});
