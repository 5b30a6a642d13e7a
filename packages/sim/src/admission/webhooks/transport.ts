import { Agent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Clock } from "@fairlead/apimachinery";
import type { ServiceAddress } from "../host.ts";
import { goError } from "./go-error.ts";
import type { WebhookClient } from "../../resources/custom-versions.ts";

export type PostResult =
  | { readonly kind: "answer"; readonly status: number; readonly contentType: string; readonly body: string }
  /** As Go's client says it: `Post "https://…": dial tcp 127.0.0.1:1: connect: connection refused`. */
  | { readonly kind: "failed"; readonly message: string };

/** Calls webhooks over HTTPS, over connections that are kept. */
export interface WebhookTransport {
  post(client: WebhookClient, body: string, timeoutSeconds: number): Promise<PostResult>;
  /** Closes the connections; calls that are under way fail. */
  close(): void;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly resolveService: (namespace: string, name: string, port: number) => ServiceAddress;
  /** Bytes of an answer; 16 MiB unless told. */
  readonly mostBytes?: number;
}

interface Target {
  /** As messages show it, without the query. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly serverName: string;
  readonly hostHeader: string;
}

const mostAgents = 200;

export function webhookTransport({ clock, resolveService, mostBytes = 16 << 20 }: TransportOptions): WebhookTransport {
  const agents = new Map<string, Agent>();
  const agentFor = (key: string): Agent => {
    let agent = agents.get(key);
    if (agent !== undefined) return agent;
    if (agents.size >= mostAgents) closeAll(agents);
    agent = new Agent({ keepAlive: true, maxFreeSockets: 25 });
    agents.set(key, agent);
    return agent;
  };
  return {
    post: async (client, body, timeoutSeconds) => {
      const url = urlOf(client);
      if (typeof url === "string") return { kind: "failed", message: url };
      const shown = `Post "${url.href}?timeout=${timeoutSeconds}s"`;
      let target: Target;
      try {
        target = targetOf(client, url, resolveService);
      } catch (error) {
        return { kind: "failed", message: `${shown}: ${(error as Error).message}` };
      }
      const agent = agentFor(`${target.host} ${target.port} ${target.serverName} ${client.authorities}`);
      const result = await send({ target, client, body, timeoutSeconds, agent, clock, mostBytes });
      return result.kind === "failed" ? { kind: "failed", message: `${shown}: ${result.message}` } : result;
    },
    close: () => closeAll(agents),
  };
}

function closeAll(agents: Map<string, Agent>): void {
  for (const agent of agents.values()) agent.destroy();
  agents.clear();
}

/** Text says what is wrong with the configuration. */
function urlOf({ url, service }: WebhookClient): URL | string {
  if (service !== undefined) {
    const path = service.path.startsWith("/") ? service.path : `/${service.path}`;
    const base = new URL(`https://${service.name}.${service.namespace}.svc/`);
    base.pathname = path;
    // A URL drops the port that is the default of its scheme; the server shows it.
    return Object.defineProperty(base, "href", {
      value: `https://${service.name}.${service.namespace}.svc:${service.port}${base.pathname}`,
    });
  }
  if (url === undefined || url === "") return "webhook configuration must have either service or URL";
  try {
    const parsed = new URL(url);
    parsed.search = "";
    parsed.hash = "";
    return parsed;
  } catch {
    return `Unparsable URL: parse ${JSON.stringify(url)}: invalid URI`;
  }
}

function targetOf(
  { service }: WebhookClient,
  url: URL,
  resolve: (namespace: string, name: string, port: number) => ServiceAddress,
): Target {
  if (service !== undefined) {
    const { host, port } = resolve(service.namespace, service.name, service.port);
    const serverName = url.hostname;
    const hostHeader = `${serverName}:${service.port}`;
    return { url: url.href, host, port, path: url.pathname, serverName, hostHeader };
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? 443 : Number(url.port);
  return { url: url.href, host, port, path: url.pathname, serverName: host, hostHeader: url.host };
}

interface Sending {
  readonly target: Target;
  readonly client: WebhookClient;
  readonly body: string;
  readonly timeoutSeconds: number;
  readonly agent: Agent;
  readonly clock: Clock;
  readonly mostBytes: number;
}

function send({ target, client, body, timeoutSeconds, agent, clock, mostBytes }: Sending): Promise<PostResult> {
  return new Promise((resolve) => {
    let isDone = false;
    const finish = (result: PostResult): void => {
      if (isDone) return;
      isDone = true;
      cancel();
      resolve(result);
    };
    const fail = (message: string): void => {
      finish({ kind: "failed", message });
      outgoing.destroy();
    };
    const outgoing = httpsRequest(
      {
        agent,
        method: "POST",
        host: target.host,
        port: target.port,
        path: `${target.path}?timeout=${timeoutSeconds}s`,
        // An address is no name that a client may ask for.
        servername: isIP(target.serverName) === 0 ? target.serverName : "",
        ...(client.authorities === "" ? {} : { ca: client.authorities }),
        headers: {
          host: target.hostHeader,
          accept: "application/json, */*",
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "user-agent": "kube-apiserver-admission",
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > mostBytes) return fail(`the answer is longer than ${mostBytes} bytes`);
          chunks.push(chunk);
        });
        incoming.on("error", () => fail("unexpected EOF"));
        incoming.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const contentType = incoming.headers["content-type"] ?? "";
          finish({ kind: "answer", status: incoming.statusCode ?? 0, contentType, body: text });
        });
      },
    );
    const cancel = clock.after(timeoutSeconds * 1000, () => fail("context deadline exceeded"));
    outgoing.on("error", (error) => fail(goError(error, target)));
    outgoing.end(body);
  });
}
