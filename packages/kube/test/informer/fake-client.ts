import { Readable } from "node:stream";
import type { Client, ListOptions, ObjectList, WatchEvent, WatchOptions } from "../../src/client/client.ts";
import { KubeError } from "../../src/errors.ts";
import type { FaultyServer } from "./faulty-server.ts";

/**
 * A client that can list and watch what a model server has; every other call is a TypeError. With `write` lists come as
 * bytes, which it may spoil; with `messages` a list in one answer comes as Protobuf.
 */
export function fakeClient(
  server: FaultyServer,
  write?: (page: ObjectList) => string,
  messages?: (list: ObjectList) => readonly Buffer[],
): Client & { readonly open: number } {
  let open = 0;

  function list(_resource: unknown, { limit = 500, continue: token, signal }: ListOptions = {}): Promise<ObjectList> {
    open++;
    return new Promise<ObjectList>((resolve, reject) => {
      const cancel = server.list(limit, token, (page) => (page instanceof KubeError ? reject(page) : resolve(page)));
      onAbort(signal, () => {
        cancel();
        reject(aborted());
      });
    }).finally(() => open--);
  }

  async function* watch(_resource: unknown, options: WatchOptions = {}): AsyncGenerator<WatchEvent> {
    const inbox: (WatchEvent | KubeError | "end")[] = [];
    let wake = (): void => {};
    const push = (one: WatchEvent | KubeError | "end"): void => {
      inbox.push(one);
      wake();
    };
    open++;
    const cancel = server.watch(options.resourceVersion, options.timeoutSeconds ?? 300, {
      opened: () => options.onOpen?.(),
      event: push,
      ended: () => push("end"),
      failed: push,
    });
    onAbort(options.signal, () => push(aborted()));
    try {
      for (;;) {
        const next = inbox.shift();
        if (next === "end") return;
        if (next instanceof KubeError) throw next;
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      cancel();
      open--;
    }
  }

  const listBytes = async (resource: unknown, options?: ListOptions): Promise<Buffer> =>
    Buffer.from(write!(await list(resource, options)));
  /** All objects; a piece each now and then. */
  async function listMessages(resource: unknown, options?: ListOptions): Promise<AsyncIterable<Buffer>> {
    const chunks = messages!(await list(resource, { ...options, limit: Infinity }));
    return Readable.from(chunks);
  }
  const client = {
    list,
    watch,
    ...(write === undefined ? {} : { listBytes }),
    ...(messages === undefined ? {} : { listMessages }),
    discovery: { version: () => Promise.resolve("1.36.9+vendor") },
  } as unknown as Client;
  return Object.defineProperty(client, "open", { get: () => open }) as Client & { readonly open: number };
}

/** As an API server writes a list: without the kinds of its items. */
export function listText({ resourceVersion, continue: token, items }: ObjectList): string {
  const bare = items.map(({ apiVersion: _version, kind: _kind, ...item }) => item);
  return JSON.stringify({
    kind: "List",
    apiVersion: "v1",
    metadata: { resourceVersion, continue: token },
    items: bare,
  });
}

function onAbort(signal: AbortSignal | undefined, then: () => void): void {
  if (signal?.aborted === true) then();
  else signal?.addEventListener("abort", then);
}

function aborted(): KubeError {
  return new KubeError("aborted", "aborted");
}

/** Lets everything run that is due by now, promises included. */
export async function settle(): Promise<void> {
  await new Promise(setImmediate);
}
