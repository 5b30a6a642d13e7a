import type { Clock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { systemClock } from "../clock.ts";
import { isKubeError, KubeError } from "../errors.ts";
import type { ObjectKey } from "../resource.ts";
import { containerOf, containersOf, containerState, type ContainerState } from "./container-state.ts";
import { linesOf } from "./log-lines.ts";
import { parseLogLine, type LogLine } from "./log-line.ts";
import { firstSecond, logStart, stepLogPosition } from "./log-position-state.ts";
import { logsOf, type LogOptions } from "./logs.ts";
import { podKey, podResource } from "./pods.ts";
import { targetError, targetOf } from "./target.ts";

export interface FollowLogsOptions {
  /** The pod's default container, else its first, unless told. */
  readonly container?: string;
  /** How far back to begin; everything unless told. */
  readonly sinceSeconds?: number;
  readonly tailLines?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

export type FollowClient = Pick<Client, "access" | "stream" | "get">;

const firstDelayMs = 250;
const longestDelayMs = 10_000;

/**
 * The lines of a container's log as they come, each once, over cut connections, rotated files and restarts of the
 * container; ends when the container has ended for good or its pod is gone. What a container wrote before its last but
 * one restart while nobody was connected is lost, and lines are cut at 1 MiB. Throws a `KubeError`: `not-found` when
 * there is no such pod at first, `bad-request` for a container that it does not have, `forbidden`, `unauthorized`,
 * `credentials`, `aborted`; everything else is tried again.
 */
export async function* followLogs(
  client: FollowClient,
  pod: ObjectKey,
  options: FollowLogsOptions = {},
): AsyncGenerator<LogLine, void, undefined> {
  const { clock = systemClock, signal } = options;
  const target = targetOf(client, pod, "logs of");
  const key = podKey(client, pod);
  let position = logStart();
  let started: number | undefined;
  let known: { readonly uid: unknown; readonly restarts: number } | undefined;
  let delay = firstDelayMs;

  /** Undefined when the pod is gone, or another one has its name. */
  async function look(): Promise<{ readonly container: string; readonly state: ContainerState } | undefined> {
    let object: KrmObject;
    try {
      object = await client.get(podResource, key, signal === undefined ? {} : { signal });
    } catch (error) {
      if (known !== undefined && isKubeError(error, "not-found")) return undefined;
      throw error;
    }
    const { uid } = object.metadata;
    if (known !== undefined && known.uid !== uid) return undefined;
    const container = containerOf(object, options.container);
    if (container === undefined) {
      const names = containersOf(object).join(", ");
      throw targetError(target, "bad-request", `there is no container ${options.container ?? ""}; there are: ${names}`);
    }
    const state = containerState(object, container);
    known ??= { uid, restarts: state.restarts };
    return { container, state };
  }

  /** Reads what the instance before the last restart still wrote. The node may have forgotten it. */
  async function* readPrevious(container: string, restarts: number): AsyncGenerator<LogLine> {
    try {
      yield* read({ container, previous: true });
    } catch (error) {
      if (!isKubeError(error, "bad-request", "not-found")) throw error;
    }
    known = { uid: known!.uid, restarts };
  }

  async function* read(query: LogOptions): AsyncGenerator<LogLine> {
    position = stepLogPosition(position, { kind: "again" }).state;
    const stream = await logsOf(client, key, {
      ...query,
      ...beginning(),
      timestamps: true,
      ...(signal === undefined ? {} : { signal }),
    });
    started ??= clock.monotonic();
    try {
      for await (const { text, whole } of linesOf(stream)) {
        // The rest of the line comes when the log is read again; unless nothing comes any more.
        if (!whole && query.follow === true) continue;
        const line = parseLogLine(text);
        if (line.time !== "") {
          const second = Math.floor(Date.parse(line.time) / 1000);
          const step = stepLogPosition(position, { kind: "line", time: line.time, second });
          position = step.state;
          if (!step.deliver) continue;
        }
        delay = firstDelayMs;
        yield line;
      }
    } finally {
      stream.destroy();
    }
  }

  /** From where to read. Before the first line, seconds are counted by the server's clock, which may differ from ours. */
  function beginning(): LogOptions {
    const second = firstSecond(position);
    if (second !== undefined) return { sinceTime: new Date(second * 1000).toISOString().replace(".000Z", "Z") };
    const { sinceSeconds, tailLines } = options;
    const asked = {
      ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
      ...(tailLines === undefined ? {} : { tailLines }),
    };
    if (started === undefined || (sinceSeconds ?? tailLines) === undefined) return asked;
    return { sinceSeconds: Math.ceil((clock.monotonic() - started) / 1000) + 1 + (sinceSeconds ?? 0) };
  }

  for (;;) {
    let finished = false;
    try {
      const now = await look();
      if (now === undefined) return;
      const { container, state } = now;
      if (state.restarts > known!.restarts) yield* readPrevious(container, state.restarts);
      finished = state.kind === "finished";
      yield* read({ container, follow: !finished });
      if (finished) return;
    } catch (error) {
      if (signal?.aborted === true) throw targetError(target, "aborted", "aborted", error);
      // A container that has ended without ever starting has no log.
      if (finished && isKubeError(error, "bad-request", "not-found")) return;
      if (!passes(error, known !== undefined)) throw error;
    }
    await pause(clock, delay, signal, () => targetError(target, "aborted", "aborted"));
    delay = Math.min(longestDelayMs, delay * 2);
  }
}

/** Whether it may be otherwise the next time. */
function passes(error: unknown, started: boolean): boolean {
  if (!(error instanceof KubeError)) return false;
  switch (error.code) {
    case "aborted":
    case "closed":
    case "forbidden":
    case "unauthorized":
    case "credentials":
    case "config":
    case "invalid":
    case "unsupported":
      return false;
    case "not-found":
    case "bad-request":
      return started;
    default:
      return true;
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal | undefined, aborted: () => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(aborted());
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
