import { Agent, request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import type { Deadlines } from "../deadlines.ts";
import { KubeError } from "../errors.ts";
import { type Outcome, type PreparedRequest, translateErrors } from "./connection.ts";
import type { Dial } from "./dial.ts";
import { explain } from "./explain.ts";
import { headTimeout } from "./http2-session.ts";
import type { ResolvedOptions } from "./options.ts";
import type { TransportResponse } from "./transport.ts";

/** Connections with HTTP/1.1: one request at a time on each, kept alive for the next. */
export interface Http1Pool {
  send(request: PreparedRequest): Promise<Outcome>;
  drain(): Promise<void>;
  destroy(): void;
}

/** `first` is a connection that was made already, to find out what the server speaks. */
export function createHttp1Pool(
  first: Socket | undefined,
  dial: Dial,
  server: URL,
  cluster: string,
  options: ResolvedOptions,
  deadlines: Deadlines,
): Http1Pool {
  let spare = first;
  let load = 0;
  let onIdle: (() => void) | undefined;
  spare?.on("error", () => {});
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 32, timeout: options.idleMs, scheduling: "lifo" });
  agent.createConnection = (_options, callback) => {
    if (spare !== undefined && !spare.destroyed) {
      const socket = spare;
      spare = undefined;
      return socket;
    }
    void connect(callback);
    return undefined;
  };

  async function connect(callback: ((error: Error | null, socket: Socket) => void) | undefined): Promise<void> {
    try {
      callback?.(null, await dial(["http/1.1"]));
    } catch (error) {
      // The second parameter is not looked at beside an error.
      callback?.(error as Error, undefined as never);
    }
  }

  function send({ request, path, headers }: PreparedRequest): Promise<Outcome> {
    return new Promise((resolve) => {
      let isAnswered = false;
      const { signal, body, timeoutMs } = request;
      const length = body === undefined ? [] : ["content-length", String(Buffer.byteLength(body))];
      const call = httpRequest({
        agent,
        method: request.method,
        path,
        setHost: false,
        headers: ["host", server.host, ...headers, ...length],
      });
      load++;
      const translate = (error: unknown): KubeError => explain(error, isAnswered ? "body" : "request", server, cluster);
      const deadline =
        timeoutMs === undefined
          ? undefined
          : deadlines.add(timeoutMs, () => void call.destroy(headTimeout(timeoutMs, server, cluster)));
      let stop = (error: KubeError): void => void call.destroy(error);
      const onAbort = (): void => stop(new KubeError("aborted", `${server.host}: aborted`, { cluster }));
      signal?.addEventListener("abort", onAbort);
      call.on("response", (message) => {
        isAnswered = true;
        deadlines.remove(deadline);
        translateErrors(message, translate);
        message.on("error", () => {});
        stop = (error) => void message.destroy(error);
        const answer = message.headers as TransportResponse["headers"];
        resolve({ kind: "response", response: { status: message.statusCode ?? 0, headers: answer, body: message } });
      });
      call.on("error", (error) => resolve({ kind: "failed", again: false, error: translate(error) }));
      call.on("close", () => {
        deadlines.remove(deadline);
        signal?.removeEventListener("abort", onAbort);
        if (!isAnswered) resolve({ kind: "failed", again: false, error: translate({ code: "ECONNRESET" }) });
        if (--load === 0) onIdle?.();
      });
      call.end(body);
      // It may have been aborted on the way here, when nobody listened.
      if (signal?.aborted === true) onAbort();
    });
  }

  function destroy(): void {
    spare?.destroy();
    agent.destroy();
    onIdle?.();
  }

  return {
    send,
    async drain() {
      if (load > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      destroy();
    },
    destroy,
  };
}
