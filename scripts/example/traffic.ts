import { Agent, createServer, request as send, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { startMeshProxy, type MeshCaller, type MeshProxy, type SocketPlace } from "@fairlead/sim";
import { podLabels, type Member } from "./member.ts";

/** What answered requests: how many of them each `CLUSTER/SERVICE` did, and how many nobody did. */
export interface Answers {
  readonly by: ReadonlyMap<string, number>;
  readonly failed: number;
}

/** The data plane of an example: a proxy per cluster, and a small service behind each Service that has pods. */
export interface Traffic {
  /** Follows what the clusters hold now. */
  update(): Promise<void>;
  /** Takes clusters out, and the others back in: nothing in them answers, nor do their gateways. */
  lose(clusters: ReadonlySet<string>): void;
  /** Puts the proxies' clock forward. */
  wait(seconds: number): void;
  /** Sends requests one after the other from a sidecar in a cluster. */
  ask(caller: MeshCaller & { readonly cluster: string }, url: string, count: number): Promise<Answers>;
  stop(): Promise<void>;
}

/** Nobody listens on port 1 of the loopback interface. */
const nobody: SocketPlace = { host: "127.0.0.1", port: 1 };

export async function startTraffic(members: readonly Member[], random: () => number): Promise<Traffic> {
  const servers = new Map<string, { readonly server: Server; readonly place: SocketPlace }>();
  const proxies = new Map<string, MeshProxy>();
  const sidecars = new Map<string, Promise<SocketPlace>>();
  let lost: ReadonlySet<string> = new Set();
  const agent = new Agent({ keepAlive: true });
  let ahead = 0;
  const byGateway = new Map(members.map((one) => [one.gateway, one.name]));

  function placeIn(cluster: string, address: string): SocketPlace {
    const [service = "", namespace = ""] = address.split(".");
    const found = servers.get(`${cluster}/${namespace}/${service}`);
    return found === undefined || lost.has(cluster) ? nobody : found.place;
  }

  for (const { name, region } of members) {
    const proxy = await startMeshProxy({
      cluster: name,
      locality: region,
      objects: [],
      local: (address) => (address.includes(".svc.") ? placeIn(name, address) : undefined),
      gateway(address) {
        const other = byGateway.get(address.replace(/\.$/, ""));
        if (other === undefined) return undefined;
        return lost.has(other) ? nobody : proxies.get(other)!.gateway;
      },
      now: () => performance.now() + ahead,
      random,
    });
    proxies.set(name, proxy);
  }

  return {
    async update() {
      const wanted = new Map(
        members.flatMap((one) => servicesOf(one).map((name) => [`${one.name}/${name}`, one.name])),
      );
      for (const [name, { server }] of servers) {
        if (wanted.has(name)) continue;
        servers.delete(name);
        await closed(server);
      }
      for (const [name, cluster] of wanted) {
        if (!servers.has(name)) servers.set(name, await startService(`${cluster}/${name.split("/")[2]!}`));
      }
      for (const one of members) proxies.get(one.name)!.update((await one.routing()) as readonly JsonValue[]);
    },
    lose: (clusters) => void (lost = clusters),
    wait: (seconds) => void (ahead += seconds * 1000),
    async ask({ cluster, ...caller }, url, count) {
      const key = `${cluster} ${JSON.stringify(caller)}`;
      const sidecar = sidecars.get(key) ?? proxies.get(cluster)!.sidecar(caller);
      sidecars.set(key, sidecar);
      const place = await sidecar;
      const by = new Map<string, number>();
      let failed = 0;
      for (let sent = 0; sent < count; sent++) {
        // oxlint-disable-next-line no-await-in-loop
        const { status, text } = await ask(agent, place, url);
        if (status === 200) by.set(text, (by.get(text) ?? 0) + 1);
        else failed += 1;
      }
      return { by, failed };
    },
    async stop() {
      agent.destroy();
      await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
      await Promise.all([...servers.values()].map(({ server }) => closed(server)));
    },
  };
}

/** `NAMESPACE/NAME` of the Services of a cluster that select pods which somebody runs. */
function servicesOf({ objects }: Member): readonly string[] {
  const all = [...objects.values()];
  return all.flatMap((service) => {
    const selector = get(service["spec"], "selector");
    if (service["kind"] !== "Service" || !isObject(selector)) return [];
    const runs = all.some((one) => namespaceOf(one) === namespaceOf(service) && selects(selector, podLabels(one)));
    return runs ? [`${namespaceOf(service)}/${textOf(get(service["metadata"], "name"))}`] : [];
  });
}

const namespaceOf = ({ metadata }: JsonObject): string => textOf(get(metadata, "namespace"));

function selects(selector: JsonObject, labels: JsonObject | undefined): boolean {
  return labels !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value);
}

async function startService(answer: string): Promise<{ readonly server: Server; readonly place: SocketPlace }> {
  const server = createServer((_request, response) => response.end(answer));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { server, place: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}

function ask(
  agent: Agent,
  place: SocketPlace,
  url: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const request = send({ ...place, path: url, headers: { host: new URL(url).host }, agent }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.once("error", reject).end();
  });
}
