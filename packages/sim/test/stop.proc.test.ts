import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { accessOf, createClient, execIn, portForward, type Client, type Resource } from "@fairlead/kube";
import { runs } from "../../../scripts/runs.ts";
import { createCluster, type Cluster } from "../src/cluster/create-cluster.ts";
import { until } from "./serve-harness.ts";

const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
const configMaps: Resource = { ...pods, kind: "ConfigMap", plural: "configmaps" };

function clientOf({ url, token, certificate }: Cluster): Client {
  return createClient(accessOf({ name: "stop", server: url, token, ca: certificate }));
}

/** What keeps this process alive besides what did before. */
function opened(before: readonly string[]): string[] {
  const left = [...before];
  return process.getActiveResourcesInfo().filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

test("ends watches when it stops, and leaves nothing open", async () => {
  const before = process.getActiveResourcesInfo();
  const cluster = await createCluster();
  const client = clientOf(cluster);
  let open = 0;
  const watches = Array.from({ length: 50 }, async () => {
    for await (const event of client.watch(configMaps, { onOpen: () => open++ })) assert.ok(event.type !== "DELETED");
  });
  const ended = Promise.allSettled(watches);
  await until(() => open === 50, "all watch");
  await cluster.stop();
  // As when a server goes down in good order: they end, and are no errors.
  assert.deepEqual([...new Set((await ended).map(({ status }) => status))], ["fulfilled"]);
  await client.close();
  await until(() => opened(before).length === 0, "nothing is left open");
  // Whoever stops it again waits for nothing.
  await cluster.stop();
});

test("ends programs, sessions and forwarded ports when it stops", async () => {
  const before = process.getActiveResourcesInfo();
  const cluster = await createCluster({ processes: { directory: import.meta.dirname } });
  const client = clientOf(cluster);
  const script = "require('net').createServer((s) => s.pipe(s)).listen(8080)";
  await client.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web",
      namespace: "default",
      annotations: { "fairlead.dev/process": JSON.stringify([process.execPath, "-e", script]) },
    },
    spec: { containers: [{ name: "web", image: "example/web:1", ports: [{ containerPort: 8080 }] }] },
  });
  const key = { namespace: "default", name: "web" };
  let isRunning = false;
  while (!isRunning) {
    const pod = await client.get(pods, key);
    isRunning = JSON.stringify(pod["status"] ?? {}).includes('"running"');
  }
  const session = await execIn(client, key, {
    command: [process.execPath, "-e", "console.log(process.pid); setInterval(() => {}, 1e6)"],
  });
  session.stderr!.resume();
  let pid = 0;
  session.stdout!.on("data", (chunk: Buffer) => (pid = Number(chunk)));
  await until(() => pid > 0, "the command runs");
  const forward = await portForward(client, key, { ports: [{ remote: 8080 }], lingerMs: 50 });
  let echoed = "";
  let socket = connect(forward.local[0]!, "127.0.0.1");
  while (echoed !== "hello") {
    // The program may not listen yet.
    socket.destroy();
    socket = connect(forward.local[0]!, "127.0.0.1");
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => (echoed += String(chunk)));
    socket.write("hello");
    await new Promise((resolve) => socket.once("data", resolve).once("close", resolve));
  }
  const sessionEnd = session.ended.then(
    () => "ended",
    () => "ended",
  );
  await cluster.stop();
  assert.equal(await sessionEnd, "ended");
  await until(() => socket.destroyed || socket.readableEnded, "the forwarded connection is cut");
  socket.destroy();
  await forward.close();
  await client.close();
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" }, "the command of the session has ended");
  await until(() => opened(before).length === 0, "nothing is left open");
});

test("leaves no memory behind, however many are started and stopped", { timeout: 600_000 }, async (t) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heap = async (): Promise<number> => {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const cycle = async (): Promise<void> => {
    const cluster = await createCluster();
    await cluster.settled();
    await cluster.stop();
  };
  // The first ones fill caches that all share.
  for (let i = 0; i < 5; i++) await cycle();
  const first = await heap();
  // 100 in the soak.
  const { numRuns } = runs(15);
  for (let i = 0; i < Math.min(numRuns, 200); i++) await cycle();
  const last = await heap();
  t.diagnostic(`${first.toFixed(1)} MiB, then ${last.toFixed(1)} MiB`);
  // One cluster that stays is 5 MiB.
  assert.ok(last - first < 6, `${first.toFixed(1)} MiB became ${last.toFixed(1)} MiB`);
});
