/** One part of cluster.ts, in this process: `start` or `pods`. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, type ClientHttp2Session } from "node:http2";
import path from "node:path";
import { createCluster, type Cluster } from "../../packages/sim/src/cluster/create-cluster.ts";
import { createSimulation } from "../../packages/sim/src/cluster/simulation.ts";
import { createStore } from "../../packages/sim/src/store/memory-store.ts";
import { median } from "../lib/measure.ts";
import { fillStore } from "./fill-store.ts";

const short = process.argv.includes("--short");
const pods = short ? 10_000 : 50_000;

function print(what: string, figure: string, limit = ""): void {
  process.stdout.write(`| ${what} | ${figure} | ${limit} |\n`);
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const cpuMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

interface Answer {
  readonly status: number;
  readonly bytes: number;
}

function get(session: ClientHttp2Session, { token }: Cluster, to: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": to, authorization: `Bearer ${token}`, accept: "application/json" });
    let status = 0;
    let bytes = 0;
    stream.on("response", (headers) => (status = Number(headers[":status"])));
    stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
    stream.on("error", reject).on("end", () => resolve({ status, bytes }));
  });
}

async function ready(cluster: Cluster): Promise<void> {
  const session = connect(cluster.url, { ca: cluster.certificate });
  const { status } = await get(session, cluster, "/readyz");
  session.close();
  if (status !== 200) throw new Error(`/readyz: ${status}`);
}

async function start(): Promise<void> {
  const wall: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < (short ? 4 : 11); round++) {
    const before = process.cpuUsage();
    const begun = performance.now();
    const cluster = await createCluster();
    await ready(cluster);
    // The first warms the process up.
    if (round > 0) {
      wall.push(performance.now() - begun);
      processor.push(cpuMs(process.cpuUsage(before)));
    }
    await cluster.stop();
  }
  print(
    "createCluster() to /readyz, warm",
    `${ms(median(wall))}, ${ms(median(processor))} of processor time`,
    "150 ms",
  );
  const before = process.cpuUsage();
  const begun = performance.now();
  const clusters = await Promise.all(Array.from({ length: 10 }, () => createCluster()));
  await Promise.all(clusters.map(ready));
  const took = performance.now() - begun;
  print("10 clusters", `${ms(took)}, ${ms(cpuMs(process.cpuUsage(before)))} of processor time`, "1 s");
  await Promise.all(clusters.map((one) => one.stop()));
}

/** The longest time in which nothing else could run while `work` did. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await work();
  clearInterval(timer);
  return Math.max(longest, performance.now() - last);
}

async function largeLists(cluster: Cluster): Promise<void> {
  const { core } = cluster;
  const user = { name: "admin", groups: ["system:masters"] };
  const ask = async (query: string): Promise<number> => {
    const before = process.cpuUsage();
    const { signal } = new AbortController();
    const request = { method: "GET", path: "/api/v1/pods", headers: { accept: "application/json" }, user, signal };
    const response = await core.handle({ ...request, query: new URLSearchParams(query), body: new Uint8Array() });
    if (response.kind !== "body" || response.status !== 200) throw new Error(query);
    return cpuMs(process.cpuUsage(before));
  };
  for (const query of ["limit=500", "labelSelector=app%3Dservice-17", "fieldSelector=spec.nodeName%3Dnode-17"]) {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await ask(query));
    print(`list ${decodeURIComponent(query)} of ${pods} pods`, `${ms(median(times))} of processor time`);
  }
  // The client is another process: here only the server is.
  const child = fork(path.join(import.meta.dirname, "list-child.ts"), [], { execArgv: process.execArgv });
  const before = process.memoryUsage.rss();
  const begun = performance.now();
  let peak = before;
  const watchMemory = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  let bytes = 0;
  const pause = await longestPause(async () => {
    child.send({ url: cluster.url, ca: cluster.certificate, token: cluster.token, path: "/api/v1/pods" });
    [bytes] = (await once(child, "message")) as [number];
  });
  clearInterval(watchMemory);
  child.disconnect();
  const [size, more] = [bytes / 1e6, Math.max(0, peak - before) / 1e6];
  const took = performance.now() - begun;
  print(
    `list all ${pods} pods, ${size.toFixed(0)} MB of JSON`,
    `${ms(took)}; longest pause of the server ${ms(pause)}; ${more.toFixed(0)} MB more memory`,
  );
}

async function manyPods(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  const store = createStore();
  const cluster = await createCluster({ store, controllers: false });
  fillStore(store, pods);
  const filled = process.memoryUsage.rss();
  gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const limit = short ? "" : "400 MB";
  print(`API server with ${pods} pods of 3.2 KB: RSS`, `${(filled / 1e6).toFixed(0)} MB`, limit);
  print("  of it live", `${((heapUsed + external) / 1e6).toFixed(0)} MB`);
  await largeLists(cluster);
  const forks = Array.from({ length: 20 }, () => {
    const begun = performance.now();
    const copy = store.fork();
    const took = performance.now() - begun;
    copy.close();
    return took;
  });
  print("fork of the store", `${(median(forks) * 1000).toFixed(0)} µs`, "20 ms");
  const simulation = createSimulation({ store: store.fork() });
  const times: number[] = [];
  for (let i = 0; i < 6; i++) {
    const begun = performance.now();
    const copy = simulation.fork();
    times.push(performance.now() - begun);
    copy.close();
  }
  simulation.close();
  print("fork of a simulation, its API server included", ms(median(times.slice(1))), "20 ms");
  await cluster.stop();
}

const run = { start, pods: manyPods }[process.argv[2]!];
if (run === undefined) throw new Error("name a part: start, pods");
await run();
