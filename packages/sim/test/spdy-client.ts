import type { Duplex } from "node:stream";
import { controlFrame, dataFrame, frameReader, frameType, type SpdyFrame, words } from "../src/streams/spdy/frames.ts";
import { headerWriter } from "../src/streams/spdy/headers.ts";

/** The client's side of SPDY, frame by frame. */
export interface SpdyClient {
  readonly frames: readonly SpdyFrame[];
  readonly hasEnded: () => boolean;
  /** Opens a stream, with the next odd number unless told. */
  open(headers: Readonly<Record<string, string>>, id?: number): number;
  data(id: number, data: string | Buffer, isLast?: boolean): void;
  reset(id: number): void;
  send(bytes: Buffer): void;
  /** What came on a stream. */
  received(id: number): string;
  /** `reply`, `last` or `reset STATUS` of a stream, in order. */
  events(id: number): readonly string[];
}

export function spdyClient(transport: Duplex): SpdyClient {
  const read = frameReader();
  const write = headerWriter();
  const frames: SpdyFrame[] = [];
  let next = 1;
  let ended = false;
  transport.on("data", (chunk: Buffer) => frames.push(...read(chunk)));
  transport.on("end", () => (ended = true));
  transport.on("error", () => undefined);
  const send = (bytes: Buffer): void => void transport.write(bytes);
  return {
    frames,
    hasEnded: () => ended,
    send,
    open(headers, id = next) {
      next = id + 2;
      const block = write(new Map(Object.entries(headers)));
      send(controlFrame(frameType.synStream, 0, Buffer.concat([words(id, 0), Buffer.from([0, 0]), block])));
      return id;
    },
    data: (id, data, isLast = false) => send(dataFrame(id, Buffer.from(data as string), isLast)),
    reset: (id) => send(controlFrame(frameType.reset, 0, words(id, 5))),
    received: (id) =>
      Buffer.concat(
        frames.map((one) => (one.kind === "data" && one.id === id ? one.data : Buffer.alloc(0))),
      ).toString(),
    events: (id) =>
      frames.flatMap((one) => {
        if (one.kind === "headers" && one.id === id) return ["reply"];
        if (one.kind === "data" && one.id === id && one.isLast) return ["last"];
        return one.kind === "reset" && one.id === id ? [`reset ${one.status}`] : [];
      }),
  };
}
