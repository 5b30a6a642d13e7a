import type { Clock } from "@fairlead/apimachinery";
import type { Readable } from "node:stream";
import { systemClock } from "../clock.ts";
import { KubeError } from "../errors.ts";
import type { ObjectKey } from "../resource.ts";
import { channelsOf, type Channels } from "./channels.ts";
import { channelStatus, execResult, type ExecResult } from "./exec-result.ts";
import { openSocket, type StreamClient } from "./open-socket.ts";
import { podPath } from "./pods.ts";
import type { ExecSession } from "./session.ts";
import { targetError, targetOf, type StreamTarget } from "./target.ts";

export interface AttachOptions {
  /** Required by the server when the pod has several and names no default. */
  readonly container?: string;
  /** False unless told. */
  readonly stdin?: boolean;
  /** True unless told otherwise. What is asked for must be read (or destroyed): there is one flow for all. */
  readonly stdout?: boolean;
  /** True unless told otherwise or there is a TTY. */
  readonly stderr?: boolean;
  readonly tty?: boolean;
  /** Cuts the connection: `ended` rejects with `aborted`. */
  readonly signal?: AbortSignal;
  /** How long the connection may take to stand; 30 s unless told. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

export interface ExecOptions extends AttachOptions {
  /** The program and its arguments. There is no shell. */
  readonly command: readonly string[];
}

const protocol = "v5.channel.k8s.io";
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/** How long a server that has sent the Status may take to close the connection. */
const closingMs = 5_000;

/**
 * Runs a command in a container. Resolves once the server has accepted it; rejects with the server's verdict (403, 404,
 * 400 with its Status) or with `connection`, `tls`, `deadline`, `aborted`, `credentials`.
 */
export function execIn(client: StreamClient, pod: ObjectKey, options: ExecOptions): Promise<ExecSession> {
  return session(client, pod, "exec", options);
}

/** Attaches to what a container already runs. Errors as for `execIn`. */
export function attachTo(client: StreamClient, pod: ObjectKey, options: AttachOptions = {}): Promise<ExecSession> {
  return session(client, pod, "attach", { ...options, command: [] });
}

async function session(
  client: StreamClient,
  pod: ObjectKey,
  action: "exec" | "attach",
  options: ExecOptions,
): Promise<ExecSession> {
  const { stdin = false, tty = false, stdout = true, clock = systemClock, signal } = options;
  const stderr = options.stderr ?? !tty;
  const target = targetOf(client, pod, action === "exec" ? "exec in" : "attach to");
  const { container, command } = options;
  const path = podPath(client, pod, action, { container, command, stdin, stdout, stderr, tty });
  const open = await openSocket(client, target, path, protocol, options);
  const channels = channelsOf(open, target, clock);

  const streams = {
    ...(stdin ? { stdin: channels.writable(channel.stdin, true) } : {}),
    ...(stdout ? { stdout: channels.readable(channel.stdout) } : {}),
    ...(stderr ? { stderr: channels.readable(channel.stderr) } : {}),
  };
  let closedHere = false;
  const onAbort = (): void => channels.abort(targetError(target, "aborted", "aborted"));
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });

  const ended = ending(channels, target, clock, () => closedHere).finally(() =>
    signal?.removeEventListener("abort", onAbort),
  );
  // Whoever does not ask how it ended must not be ended by it.
  ended.catch(() => undefined);
  channels.start();

  return {
    ...streams,
    ended,
    resize(columns, rows) {
      channels.send(channel.resize, JSON.stringify({ Width: columns, Height: rows }));
    },
    close() {
      closedHere = true;
      channels.close();
    },
  };
}

/** Waits for the connection to end: the last output may come after the Status. */
async function ending(
  channels: Channels,
  target: StreamTarget,
  clock: Clock,
  closedHere: () => boolean,
): Promise<ExecResult> {
  let cancel = (): void => undefined;
  const closeLater = (): void => {
    cancel = clock.after(closingMs, () => (channels.stalled() ? closeLater() : channels.close()));
  };
  const said = collect(channels.readable(channel.error), closeLater);
  const broken = await channels.closed;
  cancel();
  const status = channelStatus(said());
  const result = status === undefined ? undefined : execResult(target, status);
  if (result instanceof KubeError) throw result;
  if (result !== undefined) return result;
  if (closedHere()) throw targetError(target, "closed", "closed before the command ended");
  throw broken ?? targetError(target, "connection", "the server closed the connection before the command ended");
}

const mostStatusBytes = 1024 * 1024;

/** The text of a stream so far, up to a limit; calls back once when it has become a whole Status. */
function collect(stream: Readable, onStatus: () => void): () => string {
  let bytes = Buffer.alloc(0);
  let whole = false;
  stream.on("data", (chunk: Buffer) => {
    if (bytes.length < mostStatusBytes) bytes = Buffer.concat([bytes, chunk]);
    if (whole || channelStatus(bytes.toString("utf8")) === undefined) return;
    whole = true;
    onStatus();
  });
  return () => bytes.toString("utf8");
}
