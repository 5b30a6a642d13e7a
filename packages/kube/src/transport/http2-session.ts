import { connect, constants, type ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Cancel } from "@fairlead/apimachinery";
import type { Deadlines } from "../deadlines.ts";
import { KubeError } from "../errors.ts";
import { type Outcome, type PreparedRequest, translateErrors } from "./connection.ts";
import { explain } from "./explain.ts";
import type { ResolvedOptions } from "./options.ts";
import type { TransportResponse } from "./transport.ts";

/** One HTTP/2 connection. */
export interface Http2Session {
  /** Streams in flight. */
  readonly load: number;
  /** Whether another stream may be started on it now. */
  readonly hasRoom: boolean;
  /** No new streams are possible; those in flight may still go on. */
  readonly isClosed: boolean;
  /** Until the server has said how many streams it allows: there may be room after that. */
  readonly settled: Promise<void> | undefined;
  send(request: PreparedRequest): Promise<Outcome>;
  /** Ends with its last stream. */
  drain(): void;
  destroy(error?: KubeError): void;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<void>;
}

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } = constants;

/** With these Node reports no error. */
const mildCodes: ReadonlySet<number> = new Set([constants.NGHTTP2_NO_ERROR, NGHTTP2_CANCEL]);

/** Streams on a new connection before the server has said how many it allows: no server allows fewer. */
const mostUnsettled = 8;

const mostQueuedMiB = 1024;

/** How long the other side may take to see that a connection has ended. */
const mostFarewellMs = 5_000;

/** `onChange` is called when `isClosed` becomes true, and when a stream ends. */
export function createHttp2Session(
  socket: Socket,
  server: URL,
  cluster: string,
  options: ResolvedOptions,
  deadlines: Deadlines,
  onChange: () => void,
): Http2Session {
  const { clock, maxStreams } = options;
  const scheme = server.protocol.slice(0, -1);
  const session = connect(server.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: options.windowBytes },
    // Of what waits to be sent; beyond it Node refuses streams. Many large objects may be written at once.
    maxSessionMemory: mostQueuedMiB,
  });
  session.setLocalWindowSize(options.windowBytes * 4);
  let load = 0;
  let isClosed = false;
  /** Of the server's GOAWAY: streams beyond were not processed. */
  let lastStreamId = Infinity;
  let limit = Math.min(maxStreams, mostUnsettled);
  let settle: (() => void) | undefined;
  let settled: Promise<void> | undefined = new Promise((resolve) => (settle = resolve));
  let cancelTimer: Cancel | undefined;
  let lastActive = clock.monotonic();
  let isPinging = false;

  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    // With streams it is still watched over: one that was told to go may be dead all the same.
    if (load === 0) cancelTimer?.();
    settled = undefined;
    settle?.();
    onChange();
  };
  /** Node tells of a failure only when the socket has closed, and streams that are begun until then fail. */
  const isOver = (): boolean => {
    if (!isClosed && (session.closed || session.destroyed)) close();
    return isClosed;
  };
  session.on("remoteSettings", (settings) => {
    limit = Math.max(1, Math.min(maxStreams, settings.maxConcurrentStreams ?? maxStreams));
    settled = undefined;
    settle?.();
  });
  session.on("goaway", (_code, lastId) => {
    // Node gives the id as a signed number; a graceful GOAWAY first names the largest there is.
    lastStreamId = Number(lastId);
    close();
  });
  // The streams fail with it, and they are whom it concerns.
  session.on("error", () => {});
  // Node leaves a socket open that failed after its handshake, or whose other side does not end it.
  socket.on("error", () => socket.destroy());
  socket.on("finish", () => socket.destroy());
  const ended = new Promise<void>((resolve) => {
    socket.on("close", () => {
      close();
      cancelTimer?.();
      resolve();
    });
  });
  session.unref();

  function destroy(error?: KubeError): void {
    close();
    session.destroy(error);
  }

  /** Silence is measured in bytes of the socket: a long answer delays the answer to a PING. */
  function watchOver(): void {
    const bytes = socket.bytesRead;
    cancelTimer = clock.after(options.pingAfterMs, () => {
      if (load === 0) return;
      if (socket.bytesRead !== bytes) watchOver();
      else ping();
    });
  }

  function ping(): void {
    if (isPinging || session.destroyed) return;
    isPinging = true;
    const bytes = socket.bytesRead;
    cancelTimer?.();
    cancelTimer = clock.after(options.pingTimeoutMs, () => {
      isPinging = false;
      if (socket.bytesRead !== bytes) return goOn();
      const text = `${server.host}: the connection is dead (no answer to PING within ${options.pingTimeoutMs / 1000} s)`;
      destroy(new KubeError("connection", text, { cluster }));
    });
    const onSign = (error: unknown): void => {
      if (!isPinging || error !== null) return;
      isPinging = false;
      cancelTimer?.();
      goOn();
    };
    // After a GOAWAY Node sends no PING any more; SETTINGS are acknowledged as well.
    if (session.closed) session.settings({}, onSign);
    else session.ping(onSign);
  }

  function goOn(): void {
    if (load > 0) watchOver();
    else waitIdle();
  }

  function waitIdle(): void {
    cancelTimer?.();
    cancelTimer = clock.after(options.idleMs, () => drain());
  }

  function drain(): void {
    close();
    if (!session.closed) session.close();
    // Whoever waits for the end keeps the process until then.
    session.ref();
    if (load === 0) clock.after(mostFarewellMs, () => socket.destroy());
  }

  function started(): void {
    if (++load > 1) return;
    session.ref();
    // The timer is that of the answer which is waited for.
    if (isPinging) return;
    cancelTimer?.();
    // After a long pause the connection may be gone without anybody having said so: ask while the request is under way.
    if (clock.monotonic() - lastActive > options.pingAfterMs) ping();
    else watchOver();
  }

  function finished(): void {
    load--;
    if (load === 0 && isClosed) {
      drain();
    } else if (load === 0) {
      lastActive = clock.monotonic();
      session.unref();
      if (!isPinging) waitIdle();
    }
    onChange();
  }

  function isUnsent(stream: ClientHttp2Stream): boolean {
    return stream.rstCode === NGHTTP2_REFUSED_STREAM || stream.id === undefined || stream.id > lastStreamId;
  }

  function send({ request, path, headers }: PreparedRequest): Promise<Outcome> {
    const { method, body, signal, timeoutMs } = request;
    const all = [":method", method, ":path", path, ":scheme", scheme, ":authority", server.host, ...headers];
    const stream = session.request(all, { endStream: body === undefined });
    started();
    let isAnswered = false;
    let isStopped = false;
    const translate = (error: unknown): KubeError =>
      explain(error, isAnswered ? "body" : "request", server, cluster, !isAnswered && isUnsent(stream));
    // When a connection is lost Node closes its streams with CANCEL and ends them as if all was well; of those that had
    // come whole it throws away what nobody has read yet.
    translateErrors(stream, translate, () => {
      const isLost = stream.closed && !stream.readableEnded && mildCodes.has(stream.rstCode);
      return isLost ? translate({ code: "ECONNRESET" }) : undefined;
    });
    const stop = (error: KubeError): void => {
      isStopped = true;
      if (!stream.closed) stream.close(NGHTTP2_CANCEL);
      stream.destroy(error);
    };
    const deadline =
      timeoutMs === undefined
        ? undefined
        : deadlines.add(timeoutMs, () => stop(headTimeout(timeoutMs, server, cluster)));
    const onAbort =
      signal === undefined ? undefined : () => stop(new KubeError("aborted", `${server.host}: aborted`, { cluster }));
    if (onAbort !== undefined) signal!.addEventListener("abort", onAbort);
    // It may have been aborted on the way here, when nobody listened.
    if (signal?.aborted === true) onAbort!();
    if (body !== undefined) stream.end(body);

    return new Promise((resolve) => {
      stream.on("response", (answer) => {
        isAnswered = true;
        deadlines.remove(deadline);
        const status = answer[":status"] ?? 0;
        resolve({
          kind: "response",
          response: { status, headers: answer as TransportResponse["headers"], body: stream },
        });
      });
      // What it means is told when it is closed; without a listener an error would end the process.
      stream.on("error", ignore);
      stream.on("close", () => {
        if (onAbort !== undefined) signal!.removeEventListener("abort", onAbort);
        if (!isAnswered) {
          deadlines.remove(deadline);
          // Fewer streams than it promised: it takes no more for now.
          if (stream.rstCode === NGHTTP2_REFUSED_STREAM && !isClosed) limit = Math.max(1, load - 1);
          const error = translate(stream.errored ?? { code: "ECONNRESET" });
          resolve({ kind: "failed", again: !isStopped && isUnsent(stream), error });
        }
        finished();
      });
    });
  }

  // Whoever it was made for may have gone.
  waitIdle();
  return {
    get load() {
      return load;
    },
    get hasRoom() {
      return load < limit && !isOver();
    },
    get isClosed() {
      return isOver();
    },
    get settled() {
      return settled;
    },
    send,
    drain,
    destroy,
    ended,
  };
}

function ignore(): void {}

export function headTimeout(timeoutMs: number, server: URL, cluster: string): KubeError {
  return new KubeError("deadline", `${server.host}: no answer within ${Math.round(timeoutMs) / 1000} s`, { cluster });
}
