import { connect as connectTcp, isIP, isIPv4, isIPv6, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { KubeError } from "../errors.ts";
import { tcpOptions } from "./options.ts";

type Track = <S extends Duplex>(socket: S) => S;

/** The longest head of an answer to CONNECT. */
const mostHead = 16_384;

/**
 * A connection to `host:port` that a proxy makes: HTTP CONNECT (RFC 9110, basic authentication from the URL) for
 * `http:` and `https:`, SOCKS 5 (RFC 1928, 1929; the proxy looks names up) for `socks5:` and `socks5h:`.
 * Errors name the proxy's host, never its password.
 */
export async function throughProxy(proxy: URL, host: string, port: number, track: Track): Promise<Socket> {
  const socket = await connectProxy(proxy, track);
  const reader = createReader(socket, proxy);
  if (proxy.protocol === "http:" || proxy.protocol === "https:") await connectHttp(socket, reader, proxy, host, port);
  else await connectSocks(socket, reader, proxy, host, port);
  reader.release();
  return socket;
}

async function connectProxy(proxy: URL, track: Track): Promise<Socket> {
  const host = proxy.hostname.startsWith("[") ? proxy.hostname.slice(1, -1) : proxy.hostname;
  const defaults: { readonly [protocol: string]: number } = { "http:": 80, "https:": 443 };
  const port = proxy.port === "" ? (defaults[proxy.protocol] ?? 1080) : Number(proxy.port);
  if (!["http:", "https:", "socks5:", "socks5h:"].includes(proxy.protocol)) {
    throw new KubeError("config", `proxy ${host}: the scheme ${proxy.protocol} is not known`, {
      hint: "write proxy-url with http://, https:// or socks5://",
    });
  }
  const isTls = proxy.protocol === "https:";
  const socket = track(
    isTls
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ALPNProtocols: ["http/1.1"] })
      : connectTcp({ ...tcpOptions, host, port }),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once(isTls ? "secureConnect" : "connect", resolve);
    socket.once("error", (error: Error) => reject(unreachableProxy(proxy, error)));
  });
  return socket;
}

function unreachableProxy(proxy: URL, error: Error): KubeError {
  const code = (error as { code?: string }).code ?? error.name;
  return new KubeError("connection", `the proxy ${proxy.host} cannot be reached (${code})`, {
    hint: "check proxy-url, or HTTPS_PROXY",
    unsent: true,
  });
}

function refused(proxy: URL, reason: string, hint?: string): KubeError {
  const details = hint === undefined ? {} : { hint };
  return new KubeError("connection", `the proxy ${proxy.host} made no connection: ${reason}`, {
    ...details,
    unsent: true,
  });
}

interface Reader {
  /** Resolves with exactly so many bytes. */
  bytes(count: number): Promise<Buffer>;
  /** Resolves with everything up to and with the empty line. */
  head(): Promise<string>;
  /** Gives what was read too much back to the socket. */
  release(): void;
}

function createReader(socket: Socket, proxy: URL): Reader {
  let pending: Buffer = Buffer.alloc(0);
  let wake: (() => void) | undefined;
  let failure: Error | undefined;
  const onData = (chunk: Buffer): void => {
    pending = Buffer.concat([pending, chunk]);
    wake?.();
  };
  const onEnd = (): void => {
    failure ??= refused(proxy, "it closed the connection");
    wake?.();
  };
  socket.on("data", onData);
  for (const event of ["end", "close", "error"]) socket.on(event, onEnd);
  async function take(size: () => number): Promise<Buffer> {
    for (;;) {
      const length = size();
      if (length >= 0 && pending.length >= length) {
        const taken = pending.subarray(0, length);
        pending = pending.subarray(length);
        return taken;
      }
      if (failure !== undefined) throw failure;
      if (pending.length > mostHead) throw refused(proxy, "its answer is not one of a proxy");
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    bytes: (count) => take(() => count),
    async head() {
      const end = (): number => {
        const at = pending.indexOf("\r\n\r\n");
        return at < 0 ? -1 : at + 4;
      };
      return (await take(end)).toString("latin1");
    },
    release() {
      socket.off("data", onData);
      for (const event of ["end", "close", "error"]) socket.off(event, onEnd);
      socket.pause();
      if (pending.length > 0) socket.unshift(pending);
    },
  };
}

async function connectHttp(socket: Socket, reader: Reader, proxy: URL, host: string, port: number): Promise<void> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const user =
    proxy.username === "" ? undefined : `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization =
    user === undefined ? "" : `Proxy-Authorization: Basic ${Buffer.from(user).toString("base64")}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
  const head = await reader.head();
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status === undefined) throw refused(proxy, "its answer is not HTTP");
  if (status === "407")
    throw refused(proxy, "it wants other credentials (407)", "write user and password into proxy-url");
  if (!status.startsWith("2")) throw refused(proxy, `it answered ${status}`);
}

const socksReplies = new Map([
  [1, "general failure"],
  [2, "not allowed by its rules"],
  [3, "network unreachable"],
  [4, "host unreachable"],
  [5, "connection refused"],
  [6, "timed out"],
  [7, "command not supported"],
  [8, "kind of address not supported"],
]);

async function connectSocks(socket: Socket, reader: Reader, proxy: URL, host: string, port: number): Promise<void> {
  const hasUser = proxy.username !== "";
  socket.write(Buffer.from(hasUser ? [5, 2, 0, 2] : [5, 1, 0]));
  const [version, method] = await reader.bytes(2);
  if (version !== 5) throw refused(proxy, "its answer is not SOCKS 5");
  if (method === 2 && hasUser) await authenticate(socket, reader, proxy);
  else if (method !== 0) throw refused(proxy, "it wants other credentials", "write user and password into proxy-url");
  socket.write(
    Buffer.concat([Buffer.from([5, 1, 0]), socksAddress(proxy, host), Buffer.from([port >> 8, port & 255])]),
  );
  const reply = await reader.bytes(4);
  if (reply[1] !== 0) throw refused(proxy, socksReplies.get(reply[1]!) ?? `it answered ${reply[1]}`);
  const length = reply[3] === 1 ? 4 : reply[3] === 4 ? 16 : (await reader.bytes(1))[0]!;
  await reader.bytes(length + 2);
}

async function authenticate(socket: Socket, reader: Reader, proxy: URL): Promise<void> {
  const user = Buffer.from(decodeURIComponent(proxy.username)).subarray(0, 255);
  const password = Buffer.from(decodeURIComponent(proxy.password)).subarray(0, 255);
  socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]));
  const answer = await reader.bytes(2);
  if (answer[1] !== 0) throw refused(proxy, "it refused user and password", "check them in proxy-url");
}

function socksAddress(proxy: URL, host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([1, ...host.split(".").map(Number)]);
  if (isIPv6(host)) return Buffer.concat([Buffer.from([4]), ipv6Bytes(host)]);
  const name = Buffer.from(host);
  if (name.length > 255) throw refused(proxy, "the host name is too long");
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

/** A URL writes each address in one way: lower case, the longest run of zeros as `::`, no dotted end. */
function ipv6Bytes(host: string): Buffer {
  const [left = "", right = ""] = host.split("::", 2);
  const before = left === "" ? [] : left.split(":");
  const after = right === "" ? [] : right.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, "0")).join(""), "hex");
}
