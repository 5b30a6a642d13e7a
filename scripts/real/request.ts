import { Agent, request as httpsRequest } from "node:https";
import type { PlaneAccess } from "./access.ts";

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With the query. */
  readonly path: string;
  readonly body?: string;
  /** Of the body; JSON unless told. */
  readonly contentType?: string;
  readonly accept?: string;
  /** More of them, or others than those of the administrator; a list is sent as several headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly timeoutMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** What tells the harness's own requests from those of what is tested. */
export const harnessAgent = "fairlead-harness";

type Server = Pick<PlaneAccess, "url" | "token" | "certificate">;

const agents = new Map<string, Agent>();

/**
 * One pool per server: idle sockets are unreferenced, so they keep no process alive. A server is its certificate too: a
 * port may be given again, and a certificate may be read while it is being written.
 */
function agentFor(server: Server): Agent {
  const id = `${server.url}\n${server.certificate}`;
  let agent = agents.get(id);
  if (agent === undefined) {
    agent = new Agent({ ca: server.certificate, keepAlive: true, maxSockets: 16 });
    agents.set(id, agent);
  }
  return agent;
}

/** One request as the administrator. Throws only when no complete answer comes. */
export function request(server: Server, wanted: ApiRequest): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const call = httpsRequest(
      new URL(wanted.path, server.url),
      {
        method: wanted.method ?? "GET",
        agent: agentFor(server),
        timeout: wanted.timeoutMs ?? 30_000,
        headers: {
          authorization: `Bearer ${server.token}`,
          "user-agent": harnessAgent,
          accept: wanted.accept ?? "application/json",
          ...(wanted.body === undefined
            ? {}
            : {
                "content-type": wanted.contentType ?? "application/json",
                "content-length": Buffer.byteLength(wanted.body),
              }),
          ...(wanted.headers as Record<string, string | string[]> | undefined),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer to ${wanted.method ?? "GET"} ${wanted.path} in time`)));
    call.on("error", reject);
    call.end(wanted.body);
  });
}
