import type { Clock } from "@fairlead/apimachinery";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { ObjectKey } from "../resource.ts";
import { channelsOf, type Channels } from "./channels.ts";
import { openSocket, type StreamClient } from "./open-socket.ts";
import { podPath } from "./pods.ts";
import { targetError, type StreamTarget } from "./target.ts";

export interface ForwardOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** How long the pod may be silent after the client has said that it sends no more. */
  readonly lingerMs: number;
  readonly clock: Clock;
}

const protocol = "v4.channel.k8s.io";
const channel = { data: 0, error: 1 } as const;
const mostErrorBytes = 64 * 1024;

/**
 * Joins an accepted connection with a port of a pod until either side ends; rejects with why it failed, having cut the
 * accepted connection. The protocol cannot say that one direction has ended, so after the client's end the pod gets
 * `lingerMs` of silence before the connection is closed.
 */
export async function forwardConnection(
  client: StreamClient,
  target: StreamTarget,
  pod: ObjectKey,
  port: number,
  local: Socket,
  options: ForwardOptions,
): Promise<void> {
  let gone = local.destroyed;
  // An error of the client's is its end; the forward goes on.
  local.on("error", () => undefined);
  local.once("close", () => (gone = true));
  try {
    const open = await openSocket(
      client,
      target,
      podPath(client, pod, "portforward", { ports: port }),
      protocol,
      options,
    );
    const channels = channelsOf(open, target, options.clock);
    const failed = await join(channels, local, target, port, options, gone);
    if (failed !== undefined) throw failed;
  } catch (error) {
    // A reset, not an end: what came so far must not pass for the whole.
    local.resetAndDestroy();
    throw error;
  }
}

async function join(
  channels: Channels,
  local: Socket,
  target: StreamTarget,
  port: number,
  { signal, lingerMs, clock }: ForwardOptions,
  gone: boolean,
): Promise<Error | undefined> {
  const fromPod = channels.readable(channel.data);
  const toPod = channels.writable(channel.data, false);
  const said = afterPort(channels.readable(channel.error));
  let cancelLinger = (): void => undefined;
  let ended = false;
  const linger = (): void => {
    cancelLinger();
    if (ended) cancelLinger = clock.after(lingerMs, () => channels.close());
  };
  const onAbort = (): void => channels.close();
  signal.addEventListener("abort", onAbort, { once: true });

  const send = (chunk: Buffer): void => {
    if (!toPod.write(chunk)) local.pause();
  };
  local.on("data", send);
  toPod.on("drain", () => local.resume());
  local.on("end", () => {
    ended = true;
    linger();
  });
  local.on("close", () => channels.close());
  let skip = 2;
  fromPod.on("data", (chunk: Buffer) => {
    linger();
    // The port, which the server sends first on each channel, may come in pieces.
    const data = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - data.length;
    if (data.length > 0 && local.writable && !local.write(data)) fromPod.pause();
  });
  local.on("drain", () => fromPod.resume());
  const drained = new Promise<void>((resolve) => fromPod.once("close", resolve));
  channels.start();
  if (gone || signal.aborted) channels.close();

  const broken = await channels.closed;
  signal.removeEventListener("abort", onAbort);
  cancelLinger();
  const text = said();
  if (text !== "") return targetError(target, "connection", text);
  if (broken !== undefined) return broken;
  if (!local.destroyed) {
    // The server may have closed before the client has taken what came.
    await Promise.race([drained, new Promise<void>((resolve) => local.once("close", resolve))]);
    local.end();
    // Nobody wants what the client still sends.
    local.off("data", send).resume();
    if (!local.readableEnded && !local.destroyed) lingerOut(local, lingerMs, clock);
  }
  return undefined;
}

/** The pod has closed; a client that does not close in turn is cut off. */
function lingerOut(local: Socket, lingerMs: number, clock: Clock): void {
  const cancel = clock.after(lingerMs, () => local.destroy());
  local.once("close", cancel);
}

/** What the server says on the error channel, after the two bytes of the port. */
function afterPort(stream: Readable): () => string {
  let bytes = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    if (bytes.length < mostErrorBytes) bytes = Buffer.concat([bytes, chunk]);
  });
  return () => bytes.subarray(2).toString("utf8").trim();
}
