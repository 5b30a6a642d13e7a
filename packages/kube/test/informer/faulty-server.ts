import type { VirtualClock } from "@fairlead/apimachinery";
import type { WatchEvent } from "../../src/client/client.ts";
import { KubeError } from "../../src/errors.ts";
import { gone, type ModelPage, type ModelServer } from "./model-server.ts";

/** What becomes of one request. */
export type Weather =
  | { readonly kind: "fine" }
  /** An answer instead of what was asked for. */
  | { readonly kind: "refused"; readonly error: KubeError }
  /** Nothing comes, for ever: the connection is half open. With `after`, from that event on. */
  | { readonly kind: "silent"; readonly after: number }
  /** The stream breaks after so many events. */
  | { readonly kind: "broken"; readonly after: number; readonly error: KubeError }
  /** The watch ends after so many events. */
  | { readonly kind: "ends"; readonly after: number }
  /** Bookmarks come twice. */
  | { readonly kind: "twice" }
  /** The end of a streaming list is never told. */
  | { readonly kind: "endless" };

export const fine: Weather = { kind: "fine" };

/** How a server takes a streaming list. `ignores`: as servers do that are older than it. */
export type Streaming = "knows" | "refuses" | "ignores";

export interface Outcome {
  readonly opened: () => void;
  readonly event: (event: WatchEvent) => void;
  readonly ended: () => void;
  readonly failed: (error: KubeError) => void;
}

/** A model server behind a network, on a virtual clock. Each answer takes its time. */
export interface FaultyServer {
  /** How many requests have come. */
  readonly requests: number;
  /** Returns its cancellation, after which nothing more is told. */
  list(limit: number, token: string | undefined, done: (page: ModelPage | KubeError) => void): () => void;
  /** Without a version a streaming list. */
  watch(version: string | undefined, timeoutSeconds: number, outcome: Outcome): () => void;
  /** Hands what has happened to the watches. */
  flush(): void;
  bookmark(): void;
}

const latencyMs = 5;

export interface FaultyServerOptions {
  readonly streaming: Streaming;
  /** The weather of the next request. */
  readonly weather: () => Weather;
}

export function faultyServer(
  model: ModelServer,
  clock: VirtualClock,
  { streaming, weather }: FaultyServerOptions,
): FaultyServer {
  type Live = { sent: number; readonly push: (events: readonly WatchEvent[]) => void; readonly ready: boolean };
  const live = new Set<Live>();
  let requests = 0;

  function request(run: (isOver: () => boolean) => void): () => void {
    requests++;
    let over = false;
    const cancel = clock.after(latencyMs, () => run(() => over));
    return () => {
      over = true;
      cancel();
    };
  }

  function startWatch(version: string | undefined, timeoutSeconds: number, outcome: Outcome): () => void {
    const here = weather();
    let closed = false;
    let watcher: Live | undefined;
    let cancelTimeout = (): void => {};
    let cancelEnd = (): void => {};
    const close = (): void => {
      closed = true;
      if (watcher !== undefined) live.delete(watcher);
      cancelTimeout();
      cancelEnd();
    };
    const cancel = request(() => {
      if (here.kind === "refused") return outcome.failed(here.error);
      if (here.kind === "silent" && here.after === 0) return;
      if (version === undefined && streaming === "refuses") {
        return outcome.failed(new KubeError("invalid", "sendInitialEvents: Forbidden", { httpStatus: 422 }));
      }
      const first = version === undefined ? model.initial() : model.since(version);
      if (first instanceof KubeError) return outcome.failed(first);
      outcome.opened();
      let count = 0;
      let silent = false;

      function send(event: WatchEvent): void {
        if (closed || silent) return;
        if ((here.kind === "broken" || here.kind === "ends" || here.kind === "silent") && count++ >= here.after) {
          if (here.kind === "silent") {
            silent = true;
            return;
          }
          close();
          if (here.kind === "broken") outcome.failed(here.error);
          else outcome.ended();
          return;
        }
        outcome.event(event);
        if (event.type === "BOOKMARK" && here.kind === "twice" && !closed) outcome.event(event);
      }

      const bookmarksEnd = version === undefined && streaming === "knows" && here.kind !== "endless";
      watcher = {
        sent: model.version,
        ready: here.kind !== "endless" || version !== undefined,
        push: (events) => events.forEach(send),
      };
      live.add(watcher);
      cancelTimeout = clock.after(timeoutSeconds * 1000, () => {
        if (closed || silent) return;
        close();
        outcome.ended();
      });
      for (const event of first) send(event);
      // What happens meanwhile comes between the objects and their end.
      if (bookmarksEnd) cancelEnd = clock.after(latencyMs, () => send(model.bookmark(true)));
    });
    return () => {
      close();
      cancel();
    };
  }

  return {
    get requests() {
      return requests;
    },
    list(limit, token, done) {
      const here = weather();
      return request((isOver) => {
        if (isOver() || here.kind === "silent") return;
        if (here.kind === "refused" || here.kind === "broken") return done(here.error);
        if (here.kind === "ends") return done(new KubeError("protocol", "the list is cut off"));
        if (here.kind === "twice" && token !== undefined) return done(gone());
        done(model.list(limit, token));
      });
    },
    watch: startWatch,
    flush() {
      for (const one of live) {
        const events = model.since(String(one.sent));
        one.sent = model.version;
        // A watch that is connected keeps up: compaction does not touch it.
        if (!(events instanceof KubeError)) one.push(events);
      }
    },
    bookmark() {
      for (const one of live) if (one.ready) one.push([model.bookmark()]);
    },
  };
}
