/**
 * One informer over all pods in a process of its own, started by informer.ts with `--expose-gc`:
 *   informer-child.ts HOW PLANE.json
 * It writes a line of JSON for each thing it has measured, and ends when its input does.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import {
  accessOf,
  createClient,
  createInformers,
  dropManagedFields,
  keepPaths,
  systemClock,
  type Resource,
} from "@fairlead/kube";
import type { PlaneAccess } from "../../scripts/real/access.ts";
import { sentAnnotation } from "./fill.ts";

/** How the pods are watched. */
export type How =
  | "protobuf"
  | "protobuf, managedFields dropped"
  | "protobuf, few fields kept"
  | "pages of JSON"
  | "stream"
  | "client-node"
  | "the bytes alone";

export type Measured =
  | {
      readonly kind: "synced";
      readonly ms: number;
      /** Processor time of this process meanwhile, in ms. */
      readonly ownMs: number;
      readonly pods: number;
      readonly heapMb: number;
      readonly peakMb: number;
    }
  /** To the listener: from when the bytes came, and from the writer's request, in ms. */
  | { readonly kind: "latencies"; readonly inside: readonly number[]; readonly overall: readonly number[] };

const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

const how = process.argv[2] as How;
const plane = JSON.parse(readFileSync(process.argv[3]!, "utf8")) as PlaneAccess;
/** When a change's bytes came, by when it was sent. */
const arrivals = new Map<string, bigint>();
const inside: number[] = [];
const overall: number[] = [];

function noteChange(annotations: { readonly [name: string]: unknown } | undefined): void {
  const sent = annotations?.[sentAnnotation];
  const arrived = typeof sent === "string" ? arrivals.get(sent) : undefined;
  if (arrived === undefined) return;
  const now = process.hrtime.bigint();
  inside.push(Number(now - arrived) / 1e6);
  overall.push(Number(now - BigInt(sent as string)) / 1e6);
}

/** Resolves to the number of pods once the first list is in. */
async function startOurs(): Promise<() => number> {
  const access = accessOf({ server: plane.url, token: plane.token, ca: plane.certificate });
  const informers = createInformers(createClient(access), {
    clock: systemClock,
    onError: (error) => process.stderr.write(`${String(error)}\n`),
    timings: { streaming: how === "stream", protobuf: how !== "pages of JSON" },
  });
  const strip =
    how === "protobuf, managedFields dropped"
      ? dropManagedFields
      : how === "protobuf, few fields kept"
        ? keepPaths("metadata.labels", "metadata.annotations", "spec.nodeName", "spec.containers.image", "status.phase")
        : undefined;
  const informer = informers.informer({ resource: pods }, strip === undefined ? {} : { strip });
  informer.onStatus(({ error }) => {
    if (error !== undefined) process.stderr.write(`${error.message}\n`);
  });
  await informer.waitForSync();
  informer.listen((change) => {
    if (change.kind === "updated") noteChange(change.object.metadata.annotations);
  });
  return () => informer.store.size;
}

async function startTheirs(): Promise<() => number> {
  const { CoreV1Api, KubeConfig, makeInformer } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(plane.kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, "/api/v1/pods", () => api.listPodForAllNamespaces());
  informer.on("update", (pod) => noteChange(pod.metadata?.annotations));
  informer.on("error", (error) => process.stderr.write(`${String(error)}\n`));
  started = performance.now();
  await informer.start();
  return () => informer.list().length;
}

/** What the server and the connection take, whoever reads: the same answers, decompressed and dropped. */
async function readBytes(): Promise<() => number> {
  const client = createClient(accessOf({ server: plane.url, token: plane.token, ca: plane.certificate }));
  const limit = 500;
  const page = await client.listBytes!(pods, { limit });
  const head = page.toString("latin1", 0, 2000);
  const total = limit + Number(/"remainingItemCount":(\d+)/.exec(head)?.[1]);
  const resourceVersion = /"resourceVersion":"(\d+)"/.exec(head)![1]!;
  let bytes = 0;
  const whole = await client.listMessages!(pods, { resourceVersion, resourceVersionMatch: "NotOlderThan" });
  for await (const chunk of whole) bytes += chunk.length;
  if (bytes < total * 100) throw new Error(`${bytes} bytes are not ${total} pods`);
  await client.close();
  return () => total;
}

/**
 * When the bytes of a change have come in, whoever reads them: all of Node's streams take what comes by `push`. A large
 * event comes in pieces, of which this notes the one with the mark.
 */
function noteArrivals(): void {
  const mark = new RegExp(`"${sentAnnotation}":"(\\d+)"`);
  const { push } = Readable.prototype;
  Readable.prototype.push = function (chunk: unknown, encoding?: BufferEncoding) {
    if (Buffer.isBuffer(chunk) && chunk.includes(sentAnnotation)) {
      const sent = mark.exec(chunk.toString("latin1"))?.[1];
      if (sent !== undefined && !arrivals.has(sent)) arrivals.set(sent, process.hrtime.bigint());
    }
    return push.call(this, chunk, encoding);
  };
}

function tell(measured: Measured): void {
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

let started = performance.now();
const startedUsage = process.cpuUsage();
const start = how === "client-node" ? startTheirs : how === "the bytes alone" ? readBytes : startOurs;
const count = await start();
const ms = performance.now() - started;
const usage = process.cpuUsage(startedUsage);
const ownMs = (usage.user + usage.system) / 1000;
const peakMb = process.resourceUsage().maxRSS / 1024;
// Twice: what the first frees may be what finalizers wait for.
globalThis.gc!();
globalThis.gc!();
const { heapUsed, external } = process.memoryUsage();
tell({ kind: "synced", ms, ownMs, pods: count(), heapMb: (heapUsed + external) / 1e6, peakMb });

noteArrivals();
for await (const line of createInterface(process.stdin)) {
  if (line === "forget") inside.length = overall.length = 0;
  if (line === "latencies") tell({ kind: "latencies", inside, overall });
}
process.exit(0);
