/**
 * The store of the embedded cluster alone, with 50,000 pods of 3.2 KB: memory, rates, forks, and the log on disk.
 *   node --conditions=@fairlead/source bench/sim/store.ts [--short]
 * Limits are targets that are printed beside the figures; nothing fails because a machine was slow. Rates are those of
 * processor time, what V8's own threads take included.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openStore } from "../../packages/sim/src/store/log/open-store.ts";
import { createStore } from "../../packages/sim/src/store/memory-store.ts";
import type { Store } from "../../packages/sim/src/store/store.ts";
import { median } from "../lib/measure.ts";
import { changePods, fillStore, podKey } from "./fill-store.ts";
import { storedPod } from "./stored-pod.ts";

const short = process.argv.includes("--short");
const pods = short ? 10_000 : 50_000;

/** Seconds of processor time of this process. */
function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Milliseconds on the clock, for what is too short to be interrupted often. */
function clocked(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function head(...cells: string[]): void {
  process.stdout.write(`\n| ${cells.join(" | ")} |\n|${"---|".repeat(cells.length)}\n`);
}

function print(what: string, figure: string, limit = ""): void {
  process.stdout.write(`| ${what} | ${figure} | ${limit} |\n`);
}

function rate(count: number, work: () => void): string {
  return `${Math.round(count / timed(work)).toLocaleString("en")}/s`;
}

/** V8 lets its young generation grow to 128 MB where memory is plenty; the flag keeps it from that. */
function measureMemory(): void {
  head(`${pods} pods`, "live", "RSS", "RSS after as many changes", "peak RSS");
  const script = path.join(import.meta.dirname, "store-memory-child.ts");
  for (const flags of [[], ["--max-semi-space-size=16"]]) {
    const args = ["--expose-gc", "--conditions=@fairlead/source", ...flags, script, String(pods)];
    const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
    if (status !== 0) throw new Error(`the child ended with ${status}`);
  }
  process.stdout.write("| limit (50,000 pods) | | 400 MB | | |\n");
}

function measureRates(): void {
  head("in memory", "", "limit (50,000 pods)");
  const store = createStore();
  let made = 0;
  print(
    "making a pod for it",
    rate(pods, () => {
      for (let i = 0; i < pods; i++) made += Object.keys(storedPod(i, i)).length;
    }),
  );
  print(
    "create",
    rate(pods, () => fillStore(store, pods)),
  );
  const bytes = [...store.range("pods")].reduce((total, one) => total + one.bytes.length, 0);
  print("bytes of JSON in each", String(Math.round(bytes / pods)));
  print(
    "update",
    rate(pods, () => changePods(store, pods, pods)),
  );
  measureReads(store);
  const forks: Store[] = [];
  const times = Array.from({ length: 50 }, () => clocked(() => forks.push(store.fork())));
  print("fork", `${(median(times) * 1000).toFixed(0)} µs`, "20 ms");
  print(
    "update in a fork",
    rate(5000, () => changePods(forks[0]!, pods, 5000)),
  );
  let seen = 0;
  const ends = Array.from({ length: 1000 }, () => store.watch("pods", store.revision, () => seen++)!);
  print(
    "update before 1,000 watchers",
    rate(2000, () => changePods(store, pods, 2000)),
    "100/s",
  );
  for (const end of ends) end();
  if (seen !== 2_000_000 || made === 0) throw new Error(`${seen} events`);
}

function measureReads(store: Store): void {
  let seen = 0;
  const all =
    (read: (key: string) => void): (() => void) =>
    () => {
      for (let i = 0; i < pods; i++) read(podKey((i * 7919) % pods));
    };
  print(
    "get",
    rate(
      pods,
      all((key) => (seen += store.get("pods", key)!.revision)),
    ),
  );
  const range = (read: (one: { bytes: Uint8Array; object: object }) => number): string =>
    rate(pods, () => {
      for (const one of store.range("pods")) seen += read(one);
    });
  print(
    "range, bytes",
    range(({ bytes }) => bytes.length),
  );
  print(
    "range, parsed",
    range(({ object }) => Object.keys(object).length),
  );
  print(
    "count by prefix",
    rate(100_000, () => {
      for (let i = 0; i < 100_000; i++) seen += store.count("pods", `team-${i % 25}/`);
    }),
  );
  print("state at the oldest revision", `${clocked(() => store.at(store.compacted)).toFixed(1)} ms`);
  if (seen === 0) throw new Error("nothing was read");
}

function measureDisk(): void {
  head("on disk", "", "");
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-bench-"));
  try {
    for (const [name, fsync, count] of [
      ["create", false, pods],
      ["create with fsync", true, 500],
    ] as const) {
      const { store } = openStore(path.join(folder, name), { fsync });
      print(
        name,
        fsync
          ? `${Math.round((count * 1000) / clocked(() => fillStore(store, count)))}/s on the clock`
          : rate(count, () => fillStore(store, count)),
      );
      store.close();
    }
    const data = path.join(folder, "create");
    const { store } = openStore(data);
    const pauses = Array.from({ length: pods }, (_, i) => clocked(() => changePods(store, pods, 1 + (i % 2))));
    print("longest pause, snapshots included", `${Math.max(...pauses).toFixed(1)} ms`);
    store.close();
    const size = readdirSync(data).reduce((total, file) => total + statSync(path.join(data, file)).size, 0);
    print("size of the folder", `${(size / 1e6).toFixed(0)} MB`);
    let again: Store | undefined;
    print("open it", `${clocked(() => (again = openStore(data).store)).toFixed(0)} ms`);
    if (again!.count("pods") !== pods) throw new Error("pods are missing");
    again!.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

measureMemory();
measureRates();
measureDisk();
