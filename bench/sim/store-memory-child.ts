/**
 * The memory of a store with so many pods, in a process of its own; store.ts starts it:
 *   store-memory-child.ts PODS
 * It writes one row of a table; the figures after filling are taken as they are, those "live" after a collection.
 */
import { createStore } from "../../packages/sim/src/store/memory-store.ts";
import { changePods, fillStore } from "./fill-store.ts";

const pods = Number(process.argv[2]);
const { gc } = globalThis as { gc?: () => void };

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const live = (): number => {
  gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const before = live();
const store = createStore();
fillStore(store, pods);
const filled = process.memoryUsage.rss();
const liveFilled = live() - before;
changePods(store, pods, pods);
const changed = process.memoryUsage.rss();
const peak = process.resourceUsage().maxRSS * 1024;
const flags = process.execArgv.filter((flag) => flag.startsWith("--max")).join(" ");
const cells = [flags === "" ? "(no flag)" : flags, mb(liveFilled), mb(filled), mb(changed), mb(peak)];
process.stdout.write(`| ${cells.join(" | ")} |\n`);
if (store.count("pods") !== pods) throw new Error("pods are missing");
