import type { Client, ListOptions, ObjectList, WatchEvent, WatchOptions } from "../../src/client/client.ts";
import { KubeError } from "../../src/errors.ts";
import type { FaultyServer } from "./faulty-server.ts";

/** A client that can list and watch what a model server has; every other call is a TypeError. */
export function fakeClient(server: FaultyServer): Client & { readonly open: number } {
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

  const client = { list, watch } as unknown as Client;
  return Object.defineProperty(client, "open", { get: () => open }) as Client & { readonly open: number };
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
