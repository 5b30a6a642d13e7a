/**
 * GETs of one small object from a real API server, one after the other and 50 at once: this package's client, node:http2
 * without anything around it, and @kubernetes/client-node. Requests per second, the best of several rounds each; the
 * server runs on the same machine and takes most of its time.
 *
 *   node scripts/with-node.mjs --conditions=@fairlead/source bench/kube/requests.ts [--short]
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

/** Requests per second. */
async function run(get: Get, requests: number, atOnce: number, uid: string): Promise<number> {
  let left = requests;
  const started = performance.now();
  async function work(): Promise<void> {
    while (left-- > 0) if ((await get()) !== uid) throw new Error("it read another object");
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return requests / ((performance.now() - started) / 1000);
}

async function main(): Promise<void> {
  const isShort = process.argv.includes("--short");
  const rounds = isShort ? 2 : 5;
  const plane = await startPlane();
  try {
    const setup = createClient(accessTo(plane));
    const data = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key-${i}`, `value ${i} `.repeat(10)]));
    const object = await setup.create(configMap, { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
    await setup.close();
    const uid = uidOf(object);
    const contenders = [ours(plane), raw(plane), await theirs(plane)];
    const best = new Map<string, number>();
    // In turn: a slow moment of the machine hits all of them.
    for (let round = 0; round <= rounds; round++) {
      for (const { name: contender, get, share } of contenders) {
        for (const atOnce of [1, 50]) {
          const requests = Math.ceil((isShort ? 2_000 : 10_000) * share * (atOnce === 1 ? 0.2 : 1));
          const rate = await run(get, requests, atOnce, uid);
          const key = `${contender} ${atOnce}`;
          // The first round warms up.
          if (round > 0) best.set(key, Math.max(rate, best.get(key) ?? 0));
        }
      }
    }
    const rate = (contender: string, atOnce: number): number => Math.round(best.get(`${contender} ${atOnce}`) ?? 0);
    process.stdout.write(`Kubernetes ${plane.kubernetes}, Node ${process.version}, best of ${rounds} rounds\n\n`);
    process.stdout.write("| | one after the other | 50 at once |\n|---|---:|---:|\n");
    for (const { name: one } of contenders) {
      process.stdout.write(`| ${one} | ${rate(one, 1)}/s | ${rate(one, 50)}/s |\n`);
    }
    const share = Math.round((rate("@fairlead/kube", 50) / rate("node:http2", 50)) * 100);
    process.stdout.write(`\n50 at once: ${share} % of node:http2. Target: 4,000/s, or 90 %\n`);
    for (const { close } of contenders) await close();
  } finally {
    await plane.stop();
  }
}

if (import.meta.main) await main();
