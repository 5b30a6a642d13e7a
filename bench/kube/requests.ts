/**
 * GETs of one small object from a real API server, one after the other and 50 at once: this package's client, node:http2
 * without anything around it, and @kubernetes/client-node. Requests per second, the best of several rounds each; the
 * server runs on the same machine and takes most of its time.
 *
 *   node --conditions=@fairlead/source bench/kube/requests.ts [--short]
 */
import { connect } from "node:http2";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, type ClusterAccess, type Resource } from "@fairlead/kube";
import type { PlaneAccess } from "../../scripts/real/access.ts";
import { startPlane } from "../../scripts/real/plane.ts";

/** Asks once; its result is looked at, so that nobody saves the parsing. */
type Get = () => Promise<string>;

interface Contender {
  readonly name: string;
  readonly get: Get;
  /** How many of the full number of requests it does. */
  readonly share: number;
  close(): Promise<void>;
}

const name = "kube-bench";
const configMap: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

export function accessTo({ url, token, certificate }: PlaneAccess): ClusterAccess {
  return accessOf({ name: "bench", server: url, token, ca: certificate });
}

function uidOf(object: KrmObject): string {
  return String(object.metadata["uid"]);
}

function ours(plane: PlaneAccess): Contender {
  const client = createClient(accessTo(plane));
  return {
    name: "@fairlead/kube",
    share: 1,
    get: async () => uidOf(await client.get(configMap, { name })),
    close: () => client.close(),
  };
}

function raw({ url, token, certificate }: PlaneAccess): Contender {
  const session = connect(url, { ca: certificate });
  const head = { ":path": `/api/v1/namespaces/default/configmaps/${name}`, authorization: `Bearer ${token}` };
  const get: Get = () =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ...head, accept: "application/json" });
      let text = "";
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => (text += chunk));
      stream.on("end", () => resolve((JSON.parse(text) as { metadata: { uid: string } }).metadata.uid));
      stream.on("error", reject);
    });
  return {
    name: "node:http2",
    share: 1,
    get,
    close: () => new Promise((resolve) => session.close(() => resolve())),
  };
}

async function theirs({ kubeconfig }: PlaneAccess): Promise<Contender> {
  const { CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  return {
    name: "@kubernetes/client-node",
    // It makes a connection for each request.
    share: 0.1,
    get: async () => (await api.readNamespacedConfigMap({ name, namespace: "default" })).metadata?.uid ?? "",
    close: async () => {},
  };
}

interface Rate {
  readonly perSecond: number;
  /** Of this process, in microseconds: it hardly depends on what else the machine does. */
  readonly processorTime: number;
}

async function run(get: Get, requests: number, atOnce: number, uid: string): Promise<Rate> {
  let left = requests;
  const before = process.cpuUsage();
  const started = performance.now();
  async function work(): Promise<void> {
    while (left-- > 0) if ((await get()) !== uid) throw new Error("it read another object");
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: requests / seconds, processorTime: (user + system) / requests };
}

/** Of many short rounds, each contender in turn, the best: a slow moment of the machine hits all of them. */
async function measure(contenders: readonly Contender[], uid: string, isShort: boolean): Promise<Map<string, Rate>> {
  const best = new Map<string, Rate>();
  const rounds = isShort ? 6 : 12;
  for (let round = 0; round <= rounds; round++) {
    for (const { name: contender, get, share } of contenders) {
      for (const atOnce of [1, 50]) {
        const requests = Math.ceil((isShort ? 1_000 : 4_000) * share * (atOnce === 1 ? 0.2 : 1));
        const rate = await run(get, requests, atOnce, uid);
        const key = `${contender} ${atOnce}`;
        const before = best.get(key) ?? { perSecond: 0, processorTime: Infinity };
        const perSecond = Math.max(rate.perSecond, before.perSecond);
        // The first round warms up.
        if (round > 0) best.set(key, { perSecond, processorTime: Math.min(rate.processorTime, before.processorTime) });
      }
    }
  }
  return best;
}

async function main(): Promise<void> {
  const plane = await startPlane();
  try {
    const setup = createClient(accessTo(plane));
    const data = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key-${i}`, `value ${i} `.repeat(10)]));
    const object = await setup.create(configMap, { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
    await setup.close();
    const contenders = [ours(plane), raw(plane), await theirs(plane)];
    const best = await measure(contenders, uidOf(object), process.argv.includes("--short"));
    process.stdout.write(`Kubernetes ${plane.kubernetes}, Node ${process.version}, the best of several rounds\n\n`);
    process.stdout.write("| | one after the other | 50 at once | processor time of each |\n|---|---:|---:|---:|\n");
    for (const { name: one } of contenders) {
      const [alone, many] = [best.get(`${one} 1`)!, best.get(`${one} 50`)!];
      const rates = [alone, many].map(({ perSecond }) => `${Math.round(perSecond)}/s`);
      process.stdout.write(`| ${one} | ${rates.join(" | ")} | ${Math.round(many.processorTime)} µs |\n`);
    }
    const share = best.get("@fairlead/kube 50")!.perSecond / best.get("node:http2 50")!.perSecond;
    process.stdout.write(`\n50 at once: ${Math.round(share * 100)} % of node:http2. Target: 4,000/s, or 90 %\n`);
    for (const { close } of contenders) await close();
  } finally {
    await plane.stop();
  }
}

if (import.meta.main) await main();
