import type { ClusterAccess, Credential } from "../access/access.ts";
import { createDeadlines } from "../deadlines.ts";
import { KubeError } from "../errors.ts";
import { type Outcome, prepare } from "./connection.ts";
import { resolveOptions, type TransportOptions } from "./options.ts";
import { createPool, type Pool } from "./pool.ts";
import type { Transport } from "./transport.ts";

/** How often a request that no server has seen is sent, all in all. */
const mostAttempts = 4;

/** Connects on the first request. */
export function createTransport(access: ClusterAccess, options: TransportOptions = {}): Transport {
  const resolved = resolveOptions(options);
  const { server, credentials, name: cluster } = access;
  const deadlines = createDeadlines(resolved.clock);
  const prefix = server.pathname.replace(/\/+$/, "");
  const draining = new Set<Promise<void>>();
  const retired = new Set<Pool>();
  let pool: Pool | undefined;
  let isClosed = false;

  /** Another material means other connections; what runs on the old ones ends there. */
  function poolFor({ tls }: Credential): Pool {
    if (pool?.material === tls) return pool;
    if (pool !== undefined) retire(pool);
    return (pool = createPool(access, tls, resolved, deadlines));
  }

  function retire(old: Pool): void {
    retired.add(old);
    const done = old.drain().finally(() => {
      draining.delete(done);
      retired.delete(old);
    });
    draining.add(done);
  }

  /** Node refuses to write it: a line break in a token, say. Its message would name the header only, but who knows. */
  function unwritable(error: unknown): KubeError {
    const { code = "unknown" } = error as { readonly code?: string };
    const hint = "a header or the path has characters that HTTP does not allow; look at the token";
    return new KubeError("bad-request", `${server.host}: the request cannot be written (${code})`, { cluster, hint });
  }

  function closedError(): KubeError {
    return new KubeError("closed", `${server.host}: the client is closed`, { cluster, unsent: true });
  }

  function checkAborted(signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) throw new KubeError("aborted", `${server.host}: aborted`, { cluster, unsent: true });
  }

  return {
    // One function, though long: each layer of promises costs every request.
    async send(request) {
      if (isClosed) throw closedError();
      checkAborted(request.signal);
      let credential = await credentials.current(request.signal);
      let prepared = prepare(request, prefix, resolved.userAgent, credential);
      let isSecondUser = false;
      for (let attempts = 1; ; attempts++) {
        if (isClosed) throw closedError();
        let outcome: Outcome;
        try {
          outcome = await poolFor(credential).send(prepared);
        } catch (error) {
          throw unwritable(error);
        }
        if (outcome.kind === "failed") {
          if (!outcome.again || attempts >= mostAttempts) throw outcome.error;
          continue;
        }
        const { response } = outcome;
        if (response.status !== 401 || isSecondUser) return response;
        const other = await credentials.rejected(credential, request.signal);
        if (other === credential) return response;
        response.body.destroy();
        isSecondUser = true;
        credential = other;
        prepared = prepare(request, prefix, resolved.userAgent, credential);
      }
    },
    async dial(signal) {
      if (isClosed) throw closedError();
      checkAborted(signal);
      const credential = await credentials.current(signal);
      const socket = await poolFor(credential).dial(["http/1.1"], signal);
      return { socket, headers: credential.headers, host: server.host, prefix };
    },
    async close({ force = false } = {}) {
      isClosed = true;
      if (pool !== undefined) retire(pool);
      pool = undefined;
      if (force) for (const one of retired) one.destroy(closedError());
      await Promise.all(draining);
    },
  };
}
