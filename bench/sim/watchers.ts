/**
 * 1,000 watches on ten connections while one object changes 100 times a second: the embedded API server, then
 * kube-apiserver and etcd, with the same clients. Who watches and who writes are processes of their own.
 *   node --conditions=@fairlead/source bench/sim/watchers.ts [--short]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import path from "node:path";
import { median } from "../lib/measure.ts";
import { embedded, processorTime, real, send, type Server } from "./servers.ts";

const watchers = 1000;
const rate = 100;
const seconds = process.argv.includes("--short") ? 3 : 10;
const events = rate * seconds;

async function measure(server: Server): Promise<void> {
  const session = connect(server.url, { ca: server.certificate });
  const base = "/api/v1/namespaces/default/configmaps";
  const data = { text: "x".repeat(300), at: "" };
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "watched" }, data };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  await send(session, server, { method: "POST", path: base, body: json(object) });
  const child = fork(path.join(import.meta.dirname, "watch-child.ts"), [], { execArgv: process.execArgv });
  const { url, certificate, token } = server;
  child.send({ url, ca: certificate, token, count: watchers, events });
  await once(child, "message");
  const done = once(child, "message");
  const before = processorTime(server.pids);
  const begun = performance.now();
  for (let i = 0; i < events; i++) {
    const due = (i * 1000) / rate - (performance.now() - begun);
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
    const body = json({ data: { at: String(performance.timeOrigin + performance.now()) } });
    const contentType = "application/merge-patch+json";
    await send(session, server, { method: "PATCH", path: `${base}/watched`, contentType, body });
  }
  const speed = Math.round((events * 1000) / (performance.now() - begun));
  const [{ ended, lags }] = (await done) as [{ ended: number; lags: readonly number[] }];
  const each = ((processorTime(server.pids) - before) * 1000) / (events * watchers);
  const halves = [lags.slice(0, lags.length / 2), lags.slice(lags.length / 2)].map(
    (half) => `${median(half).toFixed(0)} ms`,
  );
  const cells = [server.name, `${speed}/s`, ...halves, String(ended), `${each.toFixed(1)} µs`];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
  session.close();
  child.disconnect();
}

process.stdout.write(
  `| ${watchers} watchers | writes | seen after (first half, median) | (second half) | watches ended for being slow | processor time for each event and watcher |\n|---|---:|---:|---:|---:|---:|\n`,
);
for (const start of [embedded, real]) {
  const server = await start();
  try {
    await measure(server);
  } finally {
    await server.stop();
  }
}
