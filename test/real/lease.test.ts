/** Leader election between processes against a real API server: leaders are killed, stopped, and asked to go. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, before, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, type Resource } from "@fairlead/kube";
import { readAccess } from "../../scripts/real/access.ts";
import { until } from "../../scripts/real/until.ts";
import { runs } from "../../scripts/runs.ts";

const { plane } = readAccess();
const client = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }));
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const namespace = `lease-${process.pid}`;
const timings = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 400 };
/** In `npm run soak` all fifty. */
const kills = Math.min(50, runs(6).numRuns);

interface Seen {
  readonly at: number;
  readonly term: number;
  readonly writer: string;
}

const children = new Map<string, ChildProcess>();
const seen: Seen[] = [];
const watching = new AbortController();
let watch: Promise<void>;
let started = 0;

/** Resolves when it takes part. */
async function start(): Promise<void> {
  const name = `candidate-${++started}`;
  const script = path.join(import.meta.dirname, "lease-candidate.ts");
  const parameters = ["--conditions=@fairlead/source", script, name, namespace, JSON.stringify(timings)];
  const child = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "inherit"] });
  children.set(name, child);
  await once(child.stdout, "data");
}

async function end(name: string, signal: NodeJS.Signals): Promise<void> {
  const child = children.get(name)!;
  children.delete(name);
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

/** Every version of the ConfigMap, in the order in which the server stored them. */
async function record(resourceVersion: string): Promise<void> {
  const options = { namespace, fieldSelector: "metadata.name=fence", resourceVersion, signal: watching.signal };
  try {
    for await (const event of client.watch(configMaps, options)) {
      if (event.type === "BOOKMARK") continue;
      const { data } = event.object as KrmObject;
      const [term, writer] = [get(data, "term"), get(data, "writer")];
      if (typeof term !== "string" || typeof writer !== "string") continue;
      const last = seen.at(-1);
      if (last?.term === Number(term) && last.writer === writer) continue;
      seen.push({ at: performance.now(), term: Number(term), writer });
    }
  } catch (error) {
    if (!watching.signal.aborted) throw error;
  }
}

const next = (count: number) => until(`writer number ${count}`, () => seen[count - 1], 30_000);

before(async () => {
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const metadata = { name: "fence", namespace };
  const empty: KrmObject = { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} };
  const fence = await client.create(configMaps, empty);
  watch = record(String(fence.metadata["resourceVersion"]));
  await Promise.all([start(), start()]);
});

after(async () => {
  for (const child of children.values()) child.kill("SIGKILL");
  watching.abort();
  await watch;
  await client.delete(namespaces, { name: namespace });
  await client.close();
});

test(`of two candidates one writes at a time, while the leader is killed ${kills} times; the other takes over in time`, async (t) => {
  const takeovers: number[] = [];
  for (let round = 1; round <= kills; round++) {
    await next(round);
    const killed = performance.now();
    await end(seen.at(-1)!.writer, "SIGKILL");
    const replaced = start();
    const { at } = await until("another writer", () => seen.find((one) => one.at > killed));
    takeovers.push(at - killed);
    await replaced;
  }
  t.diagnostic(`takeovers in ms: ${takeovers.map(Math.round).join(", ")}`);
  const slowest = Math.max(...takeovers);
  assert.ok(slowest < timings.leaseDurationMs + 2_000, `${Math.round(slowest)} ms`);
  assertOneAtATime();
});

test("a leader that was stopped and goes on writes no more than what it had begun", async () => {
  const count = seen.length;
  const { writer } = seen.at(-1)!;
  const child = children.get(writer)!;
  child.kill("SIGSTOP");
  const { term } = await next(count + 1);
  child.kill("SIGCONT");
  await end(seen.findLast((one) => one.term === term)!.writer, "SIGTERM");
  await until("its return", () => seen.find((one) => one.term > term));
  // A request that it was about to send when it was stopped cannot be called back: Kubernetes has no fencing tokens.
  const late = seen.slice(count + 1).filter((one) => one.term < term);
  assert.ok(late.length <= 1, JSON.stringify(seen));
  seen.splice(0, seen.length, seen.at(-1)!);
});

test("a leader that is told to stop hands over within a retry period, not a lease duration", async () => {
  await start();
  const count = seen.length;
  const stopped = performance.now();
  await end(seen.at(-1)!.writer, "SIGTERM");
  const { at } = await next(count + 1);
  assert.ok(at - stopped < timings.leaseDurationMs, `${Math.round(at - stopped)} ms`);
  assertOneAtATime();
});

/** Terms only rise, and each belongs to one writer: nobody wrote after somebody else had begun. */
function assertOneAtATime(): void {
  const wrong = seen.filter((one, index) => index > 0 && one.term <= seen[index - 1]!.term);
  assert.deepEqual(wrong, [], JSON.stringify(seen));
}
