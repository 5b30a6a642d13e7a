import type { IncomingMessage, ServerResponse } from "node:http";
import {
  connect,
  constants,
  createSecureServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Issued } from "../make-certificate.ts";
import { lineFault, type LineFault } from "./line-fault.ts";
import type { FaultRecord, FaultSchedule, RequestFault } from "./schedule.ts";

export interface Upstream {
  readonly url: URL;
  /** PEM of what signed the server's certificate. */
  readonly ca: string;
}

export interface FaultyHttp {
  readonly port: number;
  /** From now on nothing goes wrong. */
  calm(): void;
  close(): Promise<void>;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Ends TLS, speaks HTTP/2 or HTTP/1.1, and passes requests on over HTTP/2, one connection for each of the client's. */
export async function startFaultyHttp(
  upstream: Upstream,
  { certificate, key }: Issued,
  { requests }: FaultSchedule,
  record: (done: FaultRecord) => void,
): Promise<FaultyHttp> {
  const sockets = new Set<Socket>();
  const sessions = new Map<object, ClientHttp2Session>();
  let isCalm = false;
  let count = 0;

  function sessionFor(socket: object): ClientHttp2Session {
    let session = sessions.get(socket);
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(upstream.url, { ca: upstream.ca });
      session.on("error", () => {});
      session.on("close", () => sessions.get(socket) === session && sessions.delete(socket));
      sessions.set(socket, session);
    }
    return session;
  }

  const server = createSecureServer({ cert: certificate, key, allowHTTP1: true }, (request, response) => {
    const index = count++;
    const fault = isCalm ? null : (requests[index] ?? null);
    const done = (): void =>
      record({ on: "request", index, request: `${request.method} ${request.url}`, fault: fault! });
    request.on("error", () => {});
    response.on("error", () => {});
    const connection = connectionOf(request, response);
    if (fault?.kind === "answer") {
      done();
      request.resume();
      return answer(response, fault);
    }
    if (fault?.kind === "goaway") {
      done();
      connection.goAway();
    }
    const send = (): void => pass(request, response, sessionFor(connection.key), fault, done, connection.cut);
    if (fault?.kind !== "wait") return send();
    done();
    const timer = setTimeout(send, fault.ms);
    response.on("close", () => clearTimeout(timer));
  });
  server.on("session", (session: ServerHttp2Session) => {
    session.on("error", () => {});
    session.on("close", () => sessions.get(session)?.destroy());
  });
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("secureConnection", (socket: Socket) => {
    socket.on("error", () => {});
    socket.on("close", () => sessions.get(socket)?.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    calm() {
      isCalm = true;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions.values()) session.destroy();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Connection {
  /** The same for all requests of a connection. */
  readonly key: object;
  goAway(): void;
  cut(): void;
}

function connectionOf(request: Request, response: Response): Connection {
  const session = "stream" in request ? request.stream.session : undefined;
  if (session === undefined) {
    const { socket } = request as IncomingMessage;
    // `connection: close` says the same in HTTP/1.1.
    const goAway = (): void => void ((response as ServerResponse).shouldKeepAlive = false);
    return { key: socket, goAway, cut: () => socket.destroy() };
  }
  return {
    key: session,
    // Streams that are open go on; then it closes.
    goAway: () => session.goaway(constants.NGHTTP2_NO_ERROR),
    cut: () => session.destroy(),
  };
}

const reasons = { 410: "Expired", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable" } as const;

function answer(response: Response, { status, retryAfterSeconds }: Extract<RequestFault, { kind: "answer" }>): void {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(retryAfterSeconds);
  (response as ServerResponse).writeHead(status, headers);
  (response as ServerResponse).end(JSON.stringify(statusObject(status)));
}

function statusObject(code: keyof typeof reasons): object {
  const message = `the fault proxy says ${code}`;
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason: reasons[code], message, code };
}

/** Of a connection, not of a message (RFC 9113, section 8.2.2). */
const connectionHeaders = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && !connectionHeaders.has(name) && value !== undefined) kept[name] = value;
  }
  return kept;
}

function pass(
  request: Request,
  response: Response,
  session: ClientHttp2Session,
  fault: RequestFault | null,
  done: () => void,
  cut: () => void,
): void {
  const head = { ...endToEnd(request.headers), ":method": request.method ?? "GET", ":path": request.url ?? "/" };
  const stream = session.request(head, { endStream: false });
  const reset = (): void => {
    stream.close(constants.NGHTTP2_CANCEL);
    if ("stream" in response && response.stream !== undefined && "close" in response.stream) {
      response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else {
      response.destroy();
    }
  };
  request.pipe(stream);
  stream.on("error", reset);
  response.on("close", () => stream.close(constants.NGHTTP2_CANCEL));
  stream.on("response", (headers) => {
    (response as ServerResponse).writeHead(Number(headers[":status"]), endToEnd(headers));
    passBody(stream, response, fault !== null && "afterLines" in fault ? fault : null, (kind) => {
      done();
      if (kind === "corrupt") return;
      stream.close(constants.NGHTTP2_CANCEL);
      if (kind === "reset") reset();
      else if (kind === "drop") cut();
      else if (kind === "expire") response.end(`${JSON.stringify({ type: "ERROR", object: statusObject(410) })}\n`);
      else response.end();
    });
  });
}

function passBody(
  stream: ClientHttp2Stream,
  response: Response,
  fault: LineFault | null,
  act: (kind: LineFault["kind"]) => void,
): void {
  const through = fault === null ? undefined : lineFault(fault);
  let isOver = false;
  stream.on("data", (piece: Buffer) => {
    if (isOver) return;
    const { chunk, isDue } = through?.(piece) ?? { chunk: piece, isDue: false };
    if (chunk.length > 0 && !(response as ServerResponse).write(chunk)) {
      stream.pause();
      response.once("drain", () => stream.resume());
    }
    if (!isDue || fault === null) return;
    isOver = fault.kind !== "corrupt";
    act(fault.kind);
  });
  stream.on("end", () => isOver || response.end());
}
