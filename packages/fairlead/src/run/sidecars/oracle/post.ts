import { Agent, request as httpsRequest } from "node:https";
import { isIP, type Socket } from "node:net";
import type { Clock } from "@fairlead/apimachinery";
import type { Target } from "./target.ts";

export type Posted =
  | { readonly kind: "answer"; readonly text: string }
  /** No answer came: `unreachable` before anybody could have answered, `broken` afterwards. */
  | { readonly kind: "failed"; readonly why: "unreachable" | "broken"; readonly message: string };

export interface PosterOptions {
  readonly clock: Clock;
  /** Connections to one target. */
  readonly connections: number;
  /** Bytes of an answer; 1 MiB unless told. */
  readonly mostBytes?: number;
}

/** Sends JSON to injectors over connections that are kept. Nothing else leaves through it. */
export interface Poster {
  post(target: Target, body: string, timeoutMs: number, signal: AbortSignal): Promise<Posted>;
  /** `HOST:PORT` of everything that was connected to. */
  targets(): readonly string[];
  /** Closes the connections; calls that are under way fail. */
  close(): void;
}

const mostAgents = 64;
/** Connections that nobody uses are closed after so long. */
const idleMs = 30_000;

export function createPoster({ clock, connections, mostBytes = 1 << 20 }: PosterOptions): Poster {
  const agents = new Map<string, Agent>();
  const targets = new Set<string>();
  /** Connections over which somebody has answered to a handshake. */
  const connected = new WeakSet<Socket>();
  /** Calls under way, by what gives them up: adding a listener to a signal costs more than all else here. */
  const underWay = new WeakMap<AbortSignal, Set<() => void>>();

  function callsOf(signal: AbortSignal): Set<() => void> {
    const known = underWay.get(signal);
    if (known !== undefined) return known;
    const calls = new Set<() => void>();
    underWay.set(signal, calls);
    signal.addEventListener("abort", () => calls.forEach((abort) => abort()), { once: true });
    return calls;
  }

  function agentOf({ host, port, serverName, authorities }: Target): Agent {
    const key = `${host} ${port} ${serverName} ${authorities}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const oldest = agents.keys().next().value;
    if (agents.size >= mostAgents && oldest !== undefined) {
      agents.get(oldest)!.destroy();
      agents.delete(oldest);
    }
    const agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: idleMs });
    agents.set(key, agent);
    targets.add(`${host}:${port}`);
    return agent;
  }

  function send(target: Target, body: string, timeoutMs: number, signal: AbortSignal): Promise<Posted & Reuse> {
    const { promise, resolve } = Promise.withResolvers<Posted & Reuse>();
    let isOver = false;
    const end = (posted: Posted): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      calls.delete(abort);
      resolve({ ...posted, wasReused: isReused && isRepeatable });
      if (posted.kind === "failed") outgoing.destroy();
    };
    const fail = (why: "unreachable" | "broken", message: string): void => end({ kind: "failed", why, message });
    const abort = (): void => fail("broken", "the call was given up");
    const calls = callsOf(signal);
    let isConnected = false;
    let isReused = false;
    let isRepeatable = true;
    const outgoing = httpsRequest(
      {
        agent: agentOf(target),
        method: "POST",
        host: target.host,
        port: target.port,
        path: target.path,
        // An address is no name that a client may ask for.
        servername: isIP(target.serverName) === 0 ? target.serverName : "",
        ...(target.authorities !== "" && { ca: target.authorities }),
        headers: {
          host: target.hostHeader,
          accept: "application/json",
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "user-agent": "fairlead-sidecars",
        },
      },
      (incoming) => {
        isRepeatable = false;
        if (incoming.statusCode !== 200) {
          fail("broken", `it answered with status ${incoming.statusCode}`);
          return;
        }
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > mostBytes) fail("broken", `its answer is longer than ${mostBytes >> 10} KiB`);
          else chunks.push(chunk);
        });
        incoming.on("error", () => fail("broken", "its answer was cut off"));
        incoming.on("aborted", () => fail("broken", "its answer was cut off"));
        incoming.on("end", () => end({ kind: "answer", text: Buffer.concat(chunks).toString("utf8") }));
      },
    );
    const cancel = clock.after(timeoutMs, () => {
      isRepeatable = false;
      fail(isConnected ? "broken" : "unreachable", `it did not answer within ${timeoutMs / 1000} s`);
    });
    outgoing.on("socket", (socket) => {
      isConnected = isReused = connected.has(socket);
      if (isConnected) return;
      socket.once("secureConnect", () => {
        connected.add(socket);
        isConnected = true;
      });
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      fail(isConnected ? "broken" : "unreachable", `it cannot be reached: ${error.code ?? error.message}`),
    );
    calls.add(abort);
    if (signal.aborted) abort();
    else outgoing.end(body);
    return promise;
  }

  return {
    async post(target, body, timeoutMs, signal) {
      const posted = await send(target, body, timeoutMs, signal);
      // A connection that was kept may have been closed at the other end just now.
      if (posted.kind === "failed" && posted.wasReused && !signal.aborted) {
        return send(target, body, timeoutMs, signal);
      }
      return posted;
    },
    targets: () => [...targets].sort(),
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

interface Reuse {
  readonly wasReused: boolean;
}
