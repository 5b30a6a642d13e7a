/**
 * The embedded API server beside kube-apiserver and etcd, over the wire: the same requests of one client process to both,
 * in short rounds in turn, 50 under way at a time on one HTTP/2 connection.
 *   node --conditions=@fairlead/source bench/sim/wire.ts [--short] [--only=TEXT]
 * Rates are the best of several rounds, p99 the least: a slow moment of the machine hits both. Processor time is of the
 * servers' processes (of etcd, too), from /proc, so it hardly depends on what else the machine does.
 */
import { connect, type ClientHttp2Session } from "node:http2";
import { median } from "../lib/measure.ts";
import { embedded, processorTime, real, send, type Server } from "./servers.ts";
import { benchDefinition, objectsThere, workNamespace, workOf, type Work } from "./work.ts";

const short = process.argv.includes("--short");
const only = process.argv.find((one) => one.startsWith("--only="))?.slice(7) ?? "";
const there = 500;
/** A round ends after so many requests, or so many milliseconds. */
const requests = short ? 400 : 1_500;
const roundMs = short ? 400 : 1_000;
const rounds = short ? 3 : 6;
const atOnce = 50;

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

interface Round {
  readonly perSecond: number;
  readonly p99: number;
  /** Microseconds each. */
  readonly processor: number;
}

async function runRound(session: ClientHttp2Session, server: Server, work: Work, round: number): Promise<Round> {
  const count = Math.max(atOnce, Math.ceil(requests * work.share));
  const all = Array.from({ length: count }, (_, i) => ({
    method: work.method,
    path: work.path(i),
    ...(work.contentType === undefined ? {} : { contentType: work.contentType }),
    // Each time another change: nobody gets away with writing nothing.
    ...(work.body === undefined ? {} : { body: bytesOf(work.body(i, round * 100 + Math.floor(i / there))) }),
  }));
  const times: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < all.length && performance.now() - started < roundMs) {
      const one = all[next++]!;
      const begun = performance.now();
      await send(session, server, one);
      times.push(performance.now() - begun);
    }
  };
  const before = processorTime(server.pids);
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, worker));
  const ms = performance.now() - started;
  const processor = ((processorTime(server.pids) - before) * 1000) / times.length;
  times.sort((a, b) => a - b);
  return { perSecond: (times.length * 1000) / ms, p99: times[Math.floor(times.length * 0.99)]!, processor };
}

async function prepare(session: ClientHttp2Session, server: Server): Promise<void> {
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await send(session, server, { method: "POST", path: definitions, body: bytesOf(benchDefinition) });
  const namespace = bytesOf({ apiVersion: "v1", kind: "Namespace", metadata: { name: workNamespace } });
  await send(session, server, { method: "POST", path: "/api/v1/namespaces", body: namespace });
  const routes = `/apis/bench.fairlead.dev/v1/namespaces/${workNamespace}/routes`;
  const isServed = (): Promise<boolean> =>
    send(session, server, { method: "GET", path: routes }).then(
      () => true,
      () => false,
    );
  while (!(await isServed())) await new Promise((resolve) => setTimeout(resolve, 100));
  const objects = [...objectsThere(there)];
  const worker = async (): Promise<void> => {
    for (let one = objects.pop(); one !== undefined; one = objects.pop()) {
      await send(session, server, { method: "POST", path: one.path, body: bytesOf(one.object) });
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** What is asked of it: the other's rate, or half of it. */
function targetOf({ name }: Work): number {
  return /SSA|custom/.test(name) ? 0.5 : 1;
}

async function main(): Promise<void> {
  const servers = [await embedded(), await real()];
  try {
    const sessions = servers.map(({ url, certificate }) => connect(url, { ca: certificate }));
    for (const [i, server] of servers.entries()) await prepare(sessions[i]!, server);
    process.stdout.write(
      `Node ${process.version}, ${atOnce} requests at once, ${rounds} rounds\n\n| | embedded | kube-apiserver, etcd | ratio on the clock (median of rounds) | ratio per processor second | target | p99 | p99 | processor time | processor time |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n`,
    );
    for (const work of workOf(there, "w").filter(({ name }) => name.includes(only))) {
      const results: Round[][] = servers.map(() => []);
      for (let round = 0; round <= rounds; round++) {
        for (const [i, server] of servers.entries()) {
          const result = await runRound(sessions[i]!, server, work, round);
          // The first round warms up.
          if (round > 0) results[i]!.push(result);
        }
      }
      const [ours, theirs] = results as [Round[], Round[]];
      const ratio = median(ours.map(({ perSecond }, i) => perSecond / theirs[i]!.perSecond));
      const cells = [
        work.name,
        ...results.map((all) => `${Math.round(Math.max(...all.map(({ perSecond }) => perSecond)))}/s`),
        ratio.toFixed(2),
        (median(theirs.map(({ processor }) => processor)) / median(ours.map(({ processor }) => processor))).toFixed(1),
        `≥ ${targetOf(work)}`,
        ...results.map((all) => `${Math.min(...all.map(({ p99 }) => p99)).toFixed(0)} ms`),
        ...results.map((all) => `${Math.round(median(all.map(({ processor }) => processor)))} µs`),
      ];
      process.stdout.write(`| ${cells.join(" | ")} |\n`);
    }
    for (const session of sessions) session.close();
  } finally {
    for (const server of servers) await server.stop();
  }
}

if (import.meta.main) await main();
