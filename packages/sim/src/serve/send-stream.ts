import type { Cancel, Clock } from "@fairlead/apimachinery";
import type { StreamResponse } from "./answer.ts";
import type { Exchange, OutgoingHeaders } from "./exchange.ts";
import type { RequestFault } from "./faults.ts";
import type { Limits } from "./limits.ts";

export interface StreamContext {
  /** The machine's. */
  readonly machine: Clock;
  /** The cluster's, for faults. */
  readonly clock: Clock;
  readonly limits: Limits;
  /** How to end each stream that goes on. */
  readonly streams: Set<() => void>;
}

type Reset = Extract<RequestFault["outcome"], { kind: "reset" }>;

/** Answers with frames until the handler ends or the client goes. Who does not take them is cut off. */
export function sendStream(
  exchange: Exchange,
  { contentType, start }: StreamResponse,
  headers: OutgoingHeaders,
  context: StreamContext,
  reset: Reset | undefined,
): void {
  headers["content-type"] = contentType;
  if (exchange.method === "HEAD") {
    exchange.respond(200, headers, undefined);
    return;
  }
  exchange.begin(200, headers);
  const { sink } = exchange;
  const { machine, clock, limits, streams } = context;
  let isOver = false;
  let isStalled = false;
  let cancelStall: Cancel = nothing;
  let framesLeft = reset?.afterFrames ?? Infinity;
  const cancelReset = reset?.afterMs === undefined ? nothing : clock.after(reset.afterMs, () => exchange.cut());

  function stall(): void {
    isStalled = true;
    cancelStall = machine.after(limits.stallMs, () => exchange.cut());
    sink.once("drain", () => {
      isStalled = false;
      cancelStall();
    });
  }

  function cut(): false {
    isOver = true;
    exchange.cut();
    return false;
  }

  function end(): void {
    if (isOver) return;
    isOver = true;
    sink.end();
  }

  const stop = start({
    write(frame) {
      if (isOver) return false;
      if (framesLeft-- <= 0) return cut();
      if (sink.write(frame)) return true;
      if (sink.writableLength > limits.buffered) return cut();
      if (!isStalled) stall();
      return false;
    },
    onDrain(callback) {
      if (!isOver) sink.once("drain", callback);
    },
    end,
  });
  streams.add(end);
  exchange.onClose(() => {
    isOver = true;
    streams.delete(end);
    cancelStall();
    cancelReset();
    stop();
  });
}

const nothing = (): void => undefined;
