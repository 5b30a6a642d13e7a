import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import type { ClusterAccess, TlsMaterial } from "../access/access.ts";
import { KubeError } from "../errors.ts";
import { explain } from "./explain.ts";
import { type ResolvedOptions, tcpOptions } from "./options.ts";
import { throughProxy } from "./proxy.ts";

/** Makes connections to one server with one TLS material, as often as asked. */
export type Dial = (protocols: readonly string[], signal?: AbortSignal) => Promise<Socket>;

export function createDial(access: ClusterAccess, material: TlsMaterial, options: ResolvedOptions): Dial {
  // Parsing certificates is most of a connection's work on this side.
  let context: SecureContext | undefined;
  const { server } = access;
  return async (protocols, signal) => {
    const guard = guarded(access, options, signal);
    try {
      const socket = await guard.run((track) => connectSocket(access, track));
      if (server.protocol === "http:") return guard.release(socket);
      context ??= secureContext(material);
      const secure = startTls(socket, server, material, context, protocols);
      return guard.release(await guard.run((track) => secured(track(secure))));
    } catch (error) {
      guard.destroy();
      throw explain(error, "connect", server, access.name);
    }
  };
}

async function connectSocket(
  { server, proxy }: ClusterAccess,
  track: <S extends Duplex>(socket: S) => S,
): Promise<Socket> {
  const host = hostOf(server);
  const port = portOf(server);
  if (proxy !== undefined) return throughProxy(proxy, host, port, track);
  const socket = track(connectTcp({ ...tcpOptions, host, port }));
  await connected(socket);
  return socket;
}

export function connected(socket: Socket, event: "connect" | "secureConnect" = "connect"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
  });
}

async function secured(socket: TLSSocket): Promise<TLSSocket> {
  await connected(socket, "secureConnect");
  return socket;
}

function secureContext({ ca, certificate, key }: TlsMaterial): SecureContext {
  return createSecureContext({
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    minVersion: "TLSv1.2",
  });
}

function startTls(
  socket: Socket,
  server: URL,
  material: TlsMaterial,
  context: SecureContext,
  protocols: readonly string[],
): TLSSocket {
  const host = material.serverName ?? hostOf(server);
  return connectTls({
    socket,
    host,
    // SNI carries names only (RFC 6066).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: [...protocols],
    secureContext: context,
    rejectUnauthorized: material.insecureSkipVerify !== true,
  });
}

/** Ends what is being made when time is up or the caller has no use for it any more. */
function guarded(access: ClusterAccess, options: ResolvedOptions, signal: AbortSignal | undefined) {
  const made: Duplex[] = [];
  let fail: ((error: Error) => void) | undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => {});
  const { host } = access.server;
  const cancelTimer = options.clock.after(options.connectTimeoutMs, () => {
    const text = `${host}: no connection within ${options.connectTimeoutMs / 1000} s`;
    const hint = "a firewall may drop it, a VPN is not up, or a proxy is needed (proxy-url)";
    fail?.(new KubeError("connection", text, { cluster: access.name, hint, unsent: true }));
  });
  const onAbort = (): void => fail?.(new KubeError("aborted", `${host}: aborted while connecting`, { unsent: true }));
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const end = (): void => {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  };
  return {
    run<T>(work: (track: <S extends Duplex>(socket: S) => S) => Promise<T>): Promise<T> {
      const track = <S extends Duplex>(socket: S): S => {
        // Whoever gets the socket listens too; this one keeps a late error from being nobody's.
        socket.on("error", () => {});
        made.push(socket);
        return socket;
      };
      return Promise.race([work(track), failed]);
    },
    release<S extends Socket>(socket: S): S {
      end();
      return socket;
    },
    destroy(): void {
      end();
      for (const socket of made) socket.destroy();
    },
  };
}

/** Without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

export function portOf(url: URL): number {
  return url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port);
}
