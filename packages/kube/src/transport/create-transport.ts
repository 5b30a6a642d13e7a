import type { ClusterAccess, Credential } from "../access/access.ts";
import { createDeadlines } from "../deadlines.ts";
import { KubeError } from "../errors.ts";
import { prepare } from "./connection.ts";
import { resolveOptions, type TransportOptions } from "./options.ts";
import { createPool, type Pool } from "./pool.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

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

  async function attempt(request: TransportRequest, credential: Credential): Promise<TransportResponse> {
    const prepared = prepare(request, prefix, resolved.userAgent, credential);
    for (let attempts = 1; ; attempts++) {
      if (isClosed) throw closedError();
      const outcome = await poolFor(credential).send(prepared).catch(unwritable);
      if (outcome.kind === "response") return outcome.response;
      if (!outcome.again || attempts >= mostAttempts) throw outcome.error;
    }
  }

  /** Node refuses to write it: a line break in a token, say. Its message would name the header only, but who knows. */
  function unwritable(error: unknown): never {
    const { code = "unknown" } = error as { readonly code?: string };
    const hint = "a header or the path has characters that HTTP does not allow; look at the token";
    throw new KubeError("bad-request", `${server.host}: the request cannot be written (${code})`, { cluster, hint });
  }

  function closedError(): KubeError {
    return new KubeError("closed", `${server.host}: the client is closed`, { cluster, unsent: true });
  }

  function checkAborted(signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) throw new KubeError("aborted", `${server.host}: aborted`, { cluster, unsent: true });
  }

  return {
    async send(request) {
      if (isClosed) throw closedError();
      checkAborted(request.signal);
      const credential = await credentials.current(request.signal);
      const response = await attempt(request, credential);
      if (response.status !== 401) return response;
      const other = await credentials.rejected(credential, request.signal);
      if (other === credential) return response;
      response.body.destroy();
      return attempt(request, other);
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
