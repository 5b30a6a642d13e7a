/**
 * Informers over all pods of a real API server: ours, in each of its ways to list, and @kubernetes/client-node's.
 *   node --conditions=@fairlead/source bench/kube/informer.ts [--short]
 * Limits are targets that are printed beside the figures; nothing fails because a machine was slow. The API server runs
 * on the same machine and has its share in every time: its processor time is told, too, and how long the bytes alone take,
 * read and dropped: on two cores that is most of it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { startPlane, type Plane } from "../../scripts/real/plane.ts";
import { median } from "../lib/measure.ts";
import { changePods, fillWithPods } from "./fill.ts";
import type { How, Measured } from "./informer-child.ts";

const short = process.argv.includes("--short");
const pods = short ? 5000 : 50_000;
const rounds = short ? 2 : 3;
const rate = 100;
const seconds = short ? 5 : 20;

const ways: readonly How[] = [
  "protobuf",
  "protobuf, managedFields dropped",
  "protobuf, few fields kept",
  "pages of JSON",
  "stream",
  "client-node",
  "the bytes alone",
];

interface Child {
  readonly process: ChildProcess;
  next(): Promise<Measured>;
}

function start(how: How, access: string): Child {
  const script = path.join(import.meta.dirname, "informer-child.ts");
  const child = spawn(
    process.execPath,
    ["--expose-gc", "--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning", script, how, access],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    process: child,
    async next() {
      const line = await lines.next();
      if (line.done === true) throw new Error(`the process for ${how} ended early`);
      return JSON.parse(line.value) as Measured;
    },
  };
}

async function synced(child: Child): Promise<Extract<Measured, { kind: "synced" }>> {
  const measured = await child.next();
  if (measured.kind !== "synced") throw new Error("the child did not begin with its first list");
  return measured;
}

async function end({ process: child }: Child): Promise<void> {
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.stdin!.end();
  await ended;
}

/** Processor time of a process so far, in ms; Linux only. */
function processorMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

type Sync = Extract<Measured, { kind: "synced" }> & { readonly serverMs: number };

/** In turn: a slow moment of the machine hits all of them. */
async function measureSync(plane: Plane, access: string): Promise<Map<How, Sync[]>> {
  const results = new Map<How, Sync[]>(ways.map((how) => [how, []]));
  const server = plane.processes["kube-apiserver"]!;
  for (let round = 0; round < rounds; round++) {
    for (const how of ways) {
      const before = processorMs(server);
      const child = start(how, access);
      const measured = await synced(child);
      const serverMs = processorMs(server) - before;
      await end(child);
      if (measured.pods !== pods) throw new Error(`${how} has ${measured.pods} of ${pods} pods`);
      results.get(how)!.push({ ...measured, serverMs });
    }
  }
  return results;
}

function printSync(results: ReadonlyMap<How, readonly Sync[]>): void {
  const theirs = median(results.get("client-node")!.map(({ ms }) => ms));
  process.stdout.write(
    "| informer | first list | client-node takes | own processor time | the server's | heap and external after GC | peak RSS |\n|---|---|---|---|---|---|---|\n",
  );
  for (const [how, runs] of results) {
    const of = (key: "ms" | "ownMs" | "serverMs" | "heapMb"): number => median(runs.map((run) => run[key]));
    const peak = Math.max(...runs.map(({ peakMb }) => peakMb));
    process.stdout.write(
      `| ${how} | ${of("ms").toFixed(0)} ms | ${(theirs / of("ms")).toFixed(1)} × | ${of("ownMs").toFixed(0)} ms | ${of("serverMs").toFixed(0)} ms | ${of("heapMb").toFixed(0)} MB | ${peak.toFixed(0)} MiB |\n`,
    );
  }
  process.stdout.write("| limit (50,000 pods) | | 3 × | | | 200 MB | 500 MiB |\n\n");
}

async function measureLatency(plane: Plane, access: string): Promise<void> {
  process.stdout.write(`Changes, ${rate} writes/s for ${seconds} s:\n\n`);
  process.stdout.write("| informer | bytes to listener, p50 | p99 | write to listener, p50 | p99 | seen |\n");
  process.stdout.write("|---|---|---|---|---|---|\n");
  for (const how of ["protobuf", "client-node"] as const) {
    const child = start(how, access);
    await synced(child);
    // Until what is compiled late is compiled.
    await changePods(plane, pods, rate, 2);
    child.process.stdin!.write("forget\n");
    await changePods(plane, pods, rate, seconds);
    child.process.stdin!.write("latencies\n");
    const measured = await child.next();
    if (measured.kind !== "latencies") throw new Error("the child did not tell its latencies");
    const { inside, overall } = measured;
    const cells = [inside, overall].flatMap((times) => [percentile(times, 0.5), percentile(times, 0.99)]);
    process.stdout.write(`| ${how} | ${cells.map((ms) => `${ms.toFixed(2)} ms`).join(" | ")} | ${inside.length} |\n`);
    await end(child);
  }
  process.stdout.write("| limit | | 5 ms | | | |\n\n");
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const plane = await startPlane();
try {
  const started = performance.now();
  const bytes = await fillWithPods(plane, pods);
  const took = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`${pods} pods of ${bytes} bytes each, created in ${took} s\n\n`);
  const access = path.join(plane.folder, "bench-access.json");
  const { url, token, certificate, kubeconfig } = plane;
  writeFileSync(access, JSON.stringify({ url, token, certificate, kubeconfig }), { mode: 0o600 });
  printSync(await measureSync(plane, access));
  await measureLatency(plane, access);
} finally {
  await plane.stop();
}
