import type { Clock, JsonValue } from "@fairlead/apimachinery";
import { get } from "@fairlead/apimachinery";
import type { Socket } from "node:net";
import type { Client } from "../client/client.ts";
import { systemClock } from "../clock.ts";
import { isKubeError, type KubeError } from "../errors.ts";
import type { ObjectKey } from "../resource.ts";
import { forwardConnection, type ForwardOptions } from "./forward-connection.ts";
import { listenLocally, type LocalListener } from "./local-listeners.ts";
import { podKey, podResource } from "./pods.ts";
import type { PortForward } from "./session.ts";
import { targetError, targetOf, type StreamTarget } from "./target.ts";

export interface ForwardedPort {
  /** 0 or absent: any that is free. */
  readonly local?: number;
  /** A port of the pod, whether or not a container declares it. */
  readonly remote: number;
}

export interface PortForwardOptions {
  readonly ports: readonly ForwardedPort[];
  /** Ends the forward: `ended` rejects with `aborted`. */
  readonly signal?: AbortSignal;
  /** Told why a connection failed; the forward goes on. */
  readonly onError?: (error: Error, port: ForwardedPort) => void;
  /** How long a connection to the server may take to stand; 30 s unless told. */
  readonly deadlineMs?: number;
  /** After a client has ended its side, how long the pod may be silent; 10 s unless told. */
  readonly lingerMs?: number;
  /** Connections at once on one port; more are refused. 1,000 unless told. */
  readonly mostConnections?: number;
  readonly clock?: Clock;
}

export type ForwardClient = Pick<Client, "access" | "transport" | "get">;

/**
 * Listens on 127.0.0.1 (and ::1) and joins each connection with a port of a pod, over a WebSocket of its own. Resolves
 * when all ports listen. Rejects with the server's verdict on reading the pod, `unavailable` when the pod does not run,
 * `config` when a local port is taken.
 */
export async function portForward(
  client: ForwardClient,
  pod: ObjectKey,
  options: PortForwardOptions,
): Promise<PortForward> {
  const { clock = systemClock, deadlineMs = 30_000, lingerMs = 10_000, mostConnections = 1_000, signal } = options;
  const target = targetOf(client, pod, "forward to");
  await requireRunning(client, target, pod, signal);

  const stop = new AbortController();
  const forwarding: ForwardOptions = { signal: stop.signal, deadlineMs, lingerMs, clock };
  const sockets = new Set<Socket>();
  const running = new Set<Promise<void>>();
  const listeners: LocalListener[] = [];
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => undefined);

  function accept(socket: Socket, port: ForwardedPort): void {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const connection = forwardConnection(client, target, pod, port.remote, socket, forwarding)
      .catch((error: unknown) => failed(error as Error, port))
      .finally(() => running.delete(connection));
    running.add(connection);
  }

  async function failed(error: Error, port: ForwardedPort): Promise<void> {
    if (stop.signal.aborted) return;
    options.onError?.(error, port);
    const gone = await whyGone(client, target, pod, stop.signal);
    if (gone !== undefined) await finish(gone);
  }

  async function end(reason?: KubeError): Promise<void> {
    stop.abort();
    signal?.removeEventListener("abort", onAbort);
    for (const socket of sockets) socket.destroy();
    await Promise.all(listeners.map((listener) => listener.close()));
    if (reason === undefined) resolve();
    else reject(reason);
  }
  let ending: Promise<void> | undefined;
  const finish = (reason?: KubeError): Promise<void> => (ending ??= end(reason));
  const onAbort = (): void => void finish(targetError(target, "aborted", "aborted"));

  try {
    for (const port of options.ports) {
      listeners.push(await listenLocally(port.local ?? 0, (socket) => accept(socket, port), mostConnections));
    }
  } catch (error) {
    await finish();
    throw error;
  }
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });

  return {
    local: listeners.map(({ port }) => port),
    ended,
    async close() {
      await finish();
      await Promise.all(running);
    },
  };
}

async function requireRunning(
  client: ForwardClient,
  target: StreamTarget,
  pod: ObjectKey,
  signal: AbortSignal | undefined,
): Promise<void> {
  const object = await client.get(podResource, podKey(client, pod), signal === undefined ? {} : { signal });
  const phase = phaseOf(object as JsonValue);
  if (phase === "Running") return;
  throw targetError(target, "unavailable", `the pod is not running but ${phase}`);
}

/** The error with which a forward ends when its pod is gone; undefined if it is there, or if nobody can tell. */
async function whyGone(
  client: ForwardClient,
  target: StreamTarget,
  pod: ObjectKey,
  signal: AbortSignal,
): Promise<KubeError | undefined> {
  try {
    const phase = phaseOf((await client.get(podResource, podKey(client, pod), { signal })) as JsonValue);
    if (phase !== "Succeeded" && phase !== "Failed") return undefined;
    return targetError(target, "gone", `the pod has ended: ${phase}`);
  } catch (error) {
    return isKubeError(error, "not-found") ? error : undefined;
  }
}

function phaseOf(pod: JsonValue): string {
  const phase = get(get(pod, "status"), "phase");
  return typeof phase === "string" ? phase : "Unknown";
}
