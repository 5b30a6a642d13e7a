/**
 * A region dies under 500 requests per second, over real sockets: a data plane and a small HTTP service for each of three
 * clusters, with the objects that are planned for them.
 *   node --conditions=@fairlead/source bench/mesh/failover.ts [--short]
 * The limits of outlier detection are the planned ones, except that times are a tenth of them, and everything is seen by
 * one caller in a third region.
 */
import { createServer, request as send, Agent, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startMeshProxy, type MeshProxy, type SocketPlace } from "../../packages/sim/src/index.ts";
import { fleets, host, plannedClusters, type PlannedCluster } from "../../packages/fairlead/test/mesh/planned-fleet.ts";

const short = process.argv.includes("--short");
const perSecond = 500;
const seconds = short ? 8 : 12;
const died = 2_000;
const back = short ? 4_000 : 5_000;
/** Time runs so many times faster for outlier detection. */
const faster = 10;

interface Service {
  readonly place: SocketPlace;
  die(): Promise<void>;
  return(): Promise<void>;
}

interface Sample {
  readonly at: number;
  readonly ms: number;
  readonly by: string;
}

async function startService(answer: string): Promise<Service> {
  const server: Server = createServer((_request, response) => void response.end(answer));
  const listen = (port: number) => new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    place: { host: "127.0.0.1", port },
    async die() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
    return: () => listen(port),
  };
}

interface Plane {
  readonly sidecar: SocketPlace;
  readonly services: ReadonlyMap<string, Service>;
  /** A gateway that does not answer: what it listened on, nobody does. */
  cut(cluster: string, isCut: boolean): void;
  stop(): Promise<void>;
}

async function startPlane(clusters: readonly PlannedCluster[], from: string): Promise<Plane> {
  const services = new Map<string, Service>();
  const proxies = new Map<string, MeshProxy>();
  const nobody = await startService("");
  await nobody.die();
  const cut = new Set<string>();
  const started = performance.now();
  for (const { name, region, objects } of clusters) {
    const service = await startService(name);
    services.set(name, service);
    const proxy = await startMeshProxy({
      cluster: name,
      locality: region,
      objects,
      local: (address) => (address.startsWith("orders.") ? service.place : undefined),
      gateway(address) {
        const to = clusters.find(({ gateway }) => gateway === address)?.name;
        if (to === undefined) return undefined;
        return cut.has(to) ? nobody.place : proxies.get(to)?.gateway;
      },
      now: () => (performance.now() - started) * faster,
      random: Math.random,
    });
    proxies.set(name, proxy);
  }
  const region = clusters.find(({ name }) => name === from)!.region;
  return {
    sidecar: await proxies.get(from)!.sidecar({ namespace: "carts", locality: region, labels: {} }),
    services,
    cut: (cluster, isCut) => void (isCut ? cut.add(cluster) : cut.delete(cluster)),
    async stop() {
      await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
      await Promise.all([...services.values()].map((service) => service.die()));
    },
  };
}

function ask(place: SocketPlace, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const request = send({ ...place, path: `http://${host}/`, headers: { host }, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve(response.statusCode === 200 ? text : "error"));
    });
    request.once("error", () => resolve("error")).end();
  });
}

async function load(plane: Plane): Promise<readonly Sample[]> {
  const agent = new Agent({ keepAlive: true });
  const samples: Sample[] = [];
  const asked: Promise<void>[] = [];
  const began = performance.now();
  const change = (isCut: boolean): Promise<void> => {
    plane.cut("eu", isCut);
    const service = plane.services.get("eu")!;
    return isCut ? service.die() : service.return();
  };
  const events = [
    { at: died, run: () => change(true) },
    { at: back, run: () => change(false) },
  ];
  for (let index = 0; index < perSecond * seconds;) {
    const now = performance.now() - began;
    if (events[0] !== undefined && now >= events[0].at) await events.shift()!.run();
    // As many as are due: timers are coarser than two milliseconds.
    for (; index * (1_000 / perSecond) <= now && index < perSecond * seconds; index++) {
      const at = performance.now();
      asked.push(
        ask(plane.sidecar, agent).then((by) => void samples.push({ at: at - began, ms: performance.now() - at, by })),
      );
    }
    await sleep(1);
  }
  await Promise.all(asked);
  agent.destroy();
  return samples.sort((a, b) => a.at - b.at);
}

function percentile(samples: readonly Sample[], part: number): string {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  return `${(sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(1)} ms`;
}

const line = (...cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(" | ")} |\n`);

function show(name: string, samples: readonly Sample[]): void {
  process.stdout.write(`\n### ${name}: ${samples.length} requests, eu dead from ${died} to ${back} ms\n\n`);
  line("second", "eu", "us", "ap", "errors", "p50", "p99");
  process.stdout.write(`|${"---|".repeat(7)}\n`);
  for (let second = 0; second < seconds; second++) {
    const own = samples.filter(({ at }) => Math.floor(at / 1_000) === second);
    const part = (by: string) => `${Math.round((own.filter((one) => one.by === by).length / own.length) * 100)} %`;
    const errors = own.filter(({ by }) => by === "error").length;
    line(
      String(second),
      part("eu"),
      part("us"),
      part("ap"),
      String(errors),
      percentile(own, 0.5),
      percentile(own, 0.99),
    );
  }
  const errors = samples.filter(({ by }) => by === "error");
  const lastOfEu = samples.findLast(({ at, by }) => by === "eu" && at < back);
  const lastError = errors.at(-1);
  const first = samples.find(({ at, by }) => by === "eu" && at > back);
  const after = (at: number | undefined, from: number) =>
    at === undefined ? "never" : `${Math.max(0, Math.round(at - from))} ms after`;
  process.stdout.write(
    `\nerrors ${errors.length}, the last ${after(lastError?.at, died)} it died; last answer of eu ${after(lastOfEu?.at, died)} it died; ` +
      `eu answers again ${after(first?.at, died)} it died (planned: (30 to 40 s) / ${faster}); p50 ${percentile(samples, 0.5)}, p99 ${percentile(samples, 0.99)}\n`,
  );
}

for (const [name, from] of [
  ["nearest", "ap"],
  ["weights", "ap"],
  ["weights", "us"],
  ["threeTiers", "us"],
] as const) {
  const plane = await startPlane(plannedClusters(fleets[name]), from);
  try {
    show(`${name}, seen from ${from}`, await load(plane));
  } finally {
    await plane.stop();
  }
}
