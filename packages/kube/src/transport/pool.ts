import type { Socket } from "node:net";
import type { ClusterAccess, TlsMaterial } from "../access/access.ts";
import type { Deadlines } from "../deadlines.ts";
import { isKubeError, KubeError } from "../errors.ts";
import type { Outcome, PreparedRequest } from "./connection.ts";
import { createDial, type Dial } from "./dial.ts";
import { createHttp1Pool, type Http1Pool } from "./http1.ts";
import { createHttp2Session, type Http2Session } from "./http2-session.ts";
import type { ResolvedOptions } from "./options.ts";

/** The connections that are made with one TLS material. */
export interface Pool {
  readonly material: TlsMaterial;
  readonly dial: Dial;
  send(request: PreparedRequest): Promise<Outcome>;
  /** Resolves when the streams in flight have ended; new requests fail as unsent. */
  drain(): Promise<void>;
  destroy(error: KubeError): void;
}

/** More than the connections there may be: each of them may be full again before a request's turn. */
const mostWaits = 100;

/** HTTP/2 where the server agrees to it, else HTTP/1.1: the first connection tells. */
export function createPool(
  access: ClusterAccess,
  material: TlsMaterial,
  options: ResolvedOptions,
  deadlines: Deadlines,
): Pool {
  const { server, name: cluster } = access;
  const dial = createDial(access, material, options);
  let sessions: readonly Http2Session[] = [];
  const offered = options.protocol === "auto" ? ["h2", "http/1.1"] : ["http/1.1"];
  let http1: Http1Pool | undefined =
    server.protocol === "http:" ? createHttp1Pool(undefined, dial, server, cluster, options, deadlines) : undefined;
  let connecting: Promise<void> | undefined;
  let isDraining = false;

  function onChange(): void {
    sessions = sessions.filter((one) => one.load > 0 || !one.isClosed);
  }

  /** The first with room, so that those made for a rush fall idle and are closed. */
  function pick(): Http2Session | undefined {
    for (const session of sessions) if (session.hasRoom) return session;
    if (sessions.length < options.maxConnections) return undefined;
    let least: Http2Session | undefined;
    for (const session of sessions) if (!session.isClosed && session.load < (least?.load ?? Infinity)) least = session;
    return least;
  }

  function use(socket: Socket): void {
    if (isDraining) {
      socket.destroy();
    } else if ("alpnProtocol" in socket && socket.alpnProtocol === "h2") {
      sessions = [...sessions, createHttp2Session(socket, server, cluster, options, deadlines, onChange)];
    } else {
      http1 = createHttp1Pool(socket, dial, server, cluster, options, deadlines);
    }
  }

  /** Everybody who needs a connection waits for the same one. */
  function connect(): Promise<void> {
    for (const { settled } of sessions) if (settled !== undefined) return settled;
    connecting ??= dial(offered)
      .then(use)
      .finally(() => (connecting = undefined));
    return connecting;
  }

  async function sendLate(request: PreparedRequest): Promise<Outcome> {
    try {
      for (let waits = 0; !isDraining && http1 === undefined && pick() === undefined; waits++) {
        if (waits === mostWaits) return { kind: "failed", again: false, error: noneLasts() };
        await unless(request, access, options, connect());
      }
    } catch (error) {
      if (isKubeError(error)) return { kind: "failed", again: false, error };
      throw error;
    }
    return send(request);
  }

  function noneLasts(): KubeError {
    const text = `${server.host}: every connection was closed again before it could be used`;
    return new KubeError("connection", text, { cluster, unsent: true });
  }

  function send(request: PreparedRequest): Promise<Outcome> {
    if (isDraining) {
      const error = new KubeError("connection", `${server.host}: the connection is being closed`, {
        cluster,
        unsent: true,
      });
      return Promise.resolve({ kind: "failed", again: true, error });
    }
    if (http1 !== undefined) return http1.send(request);
    return pick()?.send(request) ?? sendLate(request);
  }

  return {
    material,
    dial,
    send,
    async drain() {
      isDraining = true;
      const all = sessions;
      for (const session of all) session.drain();
      await Promise.all([...all.map(({ ended }) => ended), http1?.drain()]);
    },
    destroy(error) {
      isDraining = true;
      for (const session of sessions) session.destroy(error);
      http1?.destroy();
    },
  };
}

/** Waits for what others wait for too, but no longer than this request may. */
function unless(
  request: PreparedRequest,
  access: ClusterAccess,
  options: ResolvedOptions,
  work: Promise<void>,
): Promise<void> {
  const { signal, timeoutMs } = request.request;
  if (signal === undefined && timeoutMs === undefined) return work;
  const { host } = access.server;
  return new Promise((resolve, reject) => {
    const details = { cluster: access.name, unsent: true };
    const onAbort = (): void => finish(new KubeError("aborted", `${host}: aborted while connecting`, details));
    const cancel =
      timeoutMs === undefined
        ? undefined
        : options.clock.after(timeoutMs, () =>
            finish(new KubeError("deadline", `${host}: no connection within ${timeoutMs / 1000} s`, details)),
          );
    const finish = (error?: unknown): void => {
      cancel?.();
      signal?.removeEventListener("abort", onAbort);
      if (error === undefined) resolve();
      else reject(error as Error);
    };
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted === true) onAbort();
    work.then(() => finish(), finish);
  });
}
