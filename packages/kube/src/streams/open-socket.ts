import type { Clock } from "@fairlead/apimachinery";
import { WebSocket } from "ws";
import type { Client } from "../client/client.ts";
import { systemClock } from "../clock.ts";
import { KubeError } from "../errors.ts";
import { handshakeError } from "./handshake-error.ts";
import { targetError, type StreamTarget } from "./target.ts";

/** The part of a client that streams need. */
export type StreamClient = Pick<Client, "access" | "transport">;

export interface SocketOptions {
  readonly signal?: AbortSignal;
  /** How long dialling and the handshake may take; 30 s unless told. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

export interface OpenSocket {
  readonly ws: WebSocket;
  /** What the connection below failed with, once it did: a WebSocket itself only says that it closed. */
  readonly failure: () => unknown;
}

/** Servers send messages of at most some 32 KB. */
const mostPayload = 16 * 1024 * 1024;

/**
 * Opens a WebSocket with one subprotocol on a connection of its own. It is paused: nothing that the server sends is lost
 * before the caller listens and resumes it. Rejects with a `KubeError`: the server's verdict, or `connection`,
 * `protocol`, `deadline`, `aborted`, and what `Transport.dial` rejects with.
 */
export async function openSocket(
  client: StreamClient,
  target: StreamTarget,
  path: string,
  protocol: string,
  options: SocketOptions = {},
): Promise<OpenSocket> {
  const { clock = systemClock, deadlineMs = 30_000 } = options;
  const late = new AbortController();
  const cancel = clock.after(deadlineMs, () =>
    late.abort(targetError(target, "deadline", `no answer within ${deadlineMs / 1000} s`)),
  );
  const onAbort = (): void => late.abort(targetError(target, "aborted", "aborted"));
  if (options.signal?.aborted === true) onAbort();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await withFreshCredentials(client, late.signal, () =>
      handshake(client, target, path, protocol, late.signal),
    );
  } finally {
    cancel();
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/** Tries once more when the server refuses the credentials and there are others. */
async function withFreshCredentials<T>(
  { access: { credentials } }: StreamClient,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  const used = await credentials.current(signal);
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== "unauthorized") throw error;
    if ((await credentials.rejected(used, signal)) === used) throw error;
    return attempt();
  }
}

async function handshake(
  client: StreamClient,
  target: StreamTarget,
  path: string,
  protocol: string,
  signal: AbortSignal,
): Promise<OpenSocket> {
  const reason = (): KubeError => signal.reason as KubeError;
  const dialled = await dial(client, signal);
  const { socket } = dialled;
  let failed: unknown;
  // Stays for good: an error of the connection must never be an uncaught one.
  socket.on("error", (error) => (failed ??= error));
  if (signal.aborted) {
    socket.destroy();
    throw reason();
  }
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://${dialled.host}${dialled.prefix}${path}`, protocol, {
      createConnection: () => socket as never,
      headers: headersOf(dialled),
      perMessageDeflate: false,
      maxPayload: mostPayload,
      followRedirects: false,
      // The types lack what the library has had since 8.19.
      ...({ closeTimeout: 2000 } as object),
    });
    const settle = (act: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const fail = (error: KubeError): void =>
      settle(() => {
        reject(error);
        ws.terminate();
        socket.destroy();
      });
    const onAbort = (): void => fail(reason());
    signal.addEventListener("abort", onAbort, { once: true });
    ws.on("unexpected-response", (_request, response) => {
      handshakeError(target, response).then(fail, fail);
    });
    // The library names what it did not accept; a cut connection has a code.
    ws.on("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === undefined || error.code.startsWith("HPE_") ? "protocol" : "connection";
      fail(targetError(target, code, "the WebSocket could not be opened", error));
    });
    ws.once("open", () => {
      ws.pause();
      settle(() => resolve({ ws, failure: () => failed }));
    });
  });
}

type Dialled = Awaited<ReturnType<Client["transport"]["dial"]>>;

/** A dial that does not heed the signal must not be waited for, nor leave its connection behind. */
async function dial(client: StreamClient, signal: AbortSignal): Promise<Dialled> {
  const dialling = client.transport.dial(signal);
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([dialling, aborted]);
  } catch (error) {
    dialling.then(
      ({ socket }) => socket.destroy(),
      () => undefined,
    );
    throw signal.aborted ? (signal.reason as Error) : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function headersOf({ headers, host }: Dialled): { [name: string]: string } {
  // Node takes lists of values, which the types of the library do not know.
  return { ...headers, host } as { [name: string]: string };
}
