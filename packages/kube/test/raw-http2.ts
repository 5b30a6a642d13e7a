import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { ClusterAccess } from "../src/access/access.ts";
import { makeCertificate } from "./make-certificate.ts";
import { accessTo } from "./scripted-server.ts";

/** A stream that a client has opened and ended; its headers are not decoded. */
export interface RawStream {
  readonly id: number;
  readonly connection: RawConnection;
  readonly body: string;
  /** `:status: 200`. */
  head(): void;
  data(text: string, end?: boolean): void;
  reset(code: number): void;
}

export interface RawConnection {
  goaway(code: number, lastStreamId: number): void;
  /** What `goaway` named last: later streams are none of the server's business. */
  readonly lastStreamId: number;
  /** Bytes that are no frame. */
  rubbish(text: string): void;
  cut(): void;
}

export interface RawServer {
  readonly streams: readonly RawStream[];
  /** Frames that want an answer: PING, and SETTINGS but for the first. */
  readonly pings: number;
  readonly connections: number;
  answersPings: boolean;
  access(): ClusterAccess;
  close(): Promise<void>;
}

const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const;
const ack = 1;
const endStream = 1;
const endHeaders = 4;
const preface = 24;

/** HTTP/2 (RFC 9113) frame by frame: for what a server of Node never does, such as not answering a PING. */
export async function startRawServer(onStream: (stream: RawStream) => void): Promise<RawServer> {
  const authority = makeCertificate({ name: "raw-ca" });
  const { certificate, key } = makeCertificate({ name: "raw", authority, hosts: ["127.0.0.1"] });
  const sockets = new Set<TLSSocket>();
  const streams: RawStream[] = [];
  let pings = 0;
  let connections = 0;

  function connectionOf(socket: TLSSocket): RawConnection {
    let last = Infinity;
    return {
      get lastStreamId() {
        return last;
      },
      goaway(code, lastStreamId) {
        last = lastStreamId;
        const payload = Buffer.alloc(8);
        payload.writeUInt32BE(lastStreamId, 0);
        payload.writeUInt32BE(code, 4);
        write(socket, frame.goaway, 0, 0, payload);
      },
      rubbish: (text) => void socket.write(text),
      cut: () => void socket.destroy(),
    };
  }

  function streamOf(socket: TLSSocket, id: number, connection: RawConnection, body: string): RawStream {
    return {
      id,
      body,
      connection,
      // Index 8 of HPACK's static table.
      head: () => write(socket, frame.headers, endHeaders, id, Buffer.from([0x88])),
      data: (text, end = false) => write(socket, frame.data, end ? endStream : 0, id, Buffer.from(text)),
      reset(code) {
        const payload = Buffer.alloc(4);
        payload.writeUInt32BE(code);
        write(socket, frame.reset, 0, id, payload);
      },
    };
  }

  const server = createServer({ cert: certificate, key, ALPNProtocols: ["h2"] }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const connection = connectionOf(socket);
    write(socket, frame.settings, 0, 0, Buffer.alloc(0));
    let pending = Buffer.alloc(0);
    let skip = preface;
    let isSettled = false;
    const bodies = new Map<number, string>();
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      if (pending.length < skip) return;
      pending = pending.subarray(skip);
      skip = 0;
      for (let length = frameLength(pending); length !== undefined; length = frameLength(pending)) {
        const [type, flags, id] = [pending[3]!, pending[4]!, pending.readUInt32BE(5) & 0x7fffffff];
        const payload = pending.subarray(9, 9 + length);
        if ((type === frame.settings || type === frame.ping) && (flags & ack) === 0) {
          const isFirst = type === frame.settings && !isSettled;
          isSettled = true;
          if (!isFirst) pings++;
          if (isFirst || result.answersPings)
            write(socket, type, ack, 0, type === frame.ping ? payload : Buffer.alloc(0));
        }
        if (type === frame.headers || type === frame.data) {
          const body = (bodies.get(id) ?? "") + (type === frame.data ? payload.toString("utf8") : "");
          bodies.set(id, body);
          if ((flags & endStream) !== 0) {
            const stream = streamOf(socket, id, connection, body);
            streams.push(stream);
            onStream(stream);
          }
        }
        pending = pending.subarray(9 + length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const result: RawServer = {
    streams,
    get pings() {
      return pings;
    },
    get connections() {
      return connections;
    },
    answersPings: true,
    access: () => accessTo(url, authority),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return result;
}

/** Of the first frame's payload, once the frame is complete. */
function frameLength(pending: Buffer): number | undefined {
  if (pending.length < 9) return undefined;
  const length = pending.readUIntBE(0, 3);
  return pending.length < 9 + length ? undefined : length;
}

function write(socket: TLSSocket, type: number, flags: number, id: number, payload: Buffer): void {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  socket.write(Buffer.concat([head, payload]));
}
