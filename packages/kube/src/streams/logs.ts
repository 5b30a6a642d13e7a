import type { Readable } from "node:stream";
import type { Client } from "../client/client.ts";
import type { ObjectKey } from "../resource.ts";
import { podPath } from "./pods.ts";

/** `PodLogOptions` of the core API. */
export interface LogOptions {
  readonly container?: string;
  /** Keep the stream open and send what comes. */
  readonly follow?: boolean;
  /** Of the container's instance before the last restart. */
  readonly previous?: boolean;
  /** Of the last seconds; not together with `sinceTime`. */
  readonly sinceSeconds?: number;
  /** RFC 3339. The server cuts it to the second. */
  readonly sinceTime?: string;
  readonly tailLines?: number;
  /** Each line begins with its time, RFC 3339 with nanoseconds, and a space. */
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  readonly signal?: AbortSignal;
}

export type LogClient = Pick<Client, "access" | "stream">;

/**
 * A container's log as bytes. It must be read to its end or destroyed. Rejects with the server's verdict: `not-found`,
 * `bad-request` while the container has not started, or when the pod has several and none is named.
 */
export function logsOf(client: LogClient, pod: ObjectKey, options: LogOptions = {}): Promise<Readable> {
  const { signal, ...query } = options;
  return client.stream(podPath(client, pod, "log", { ...query }), signal === undefined ? {} : { signal });
}
