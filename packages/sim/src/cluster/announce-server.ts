import { equal, type Cancel } from "@fairlead/apimachinery";
import { createObject } from "../api/registry/create.ts";
import { withUpdatedManagers } from "../api/registry/managers.ts";
import { timeText } from "../api/registry/metadata.ts";
import type { Parts, Scope } from "../api/registry/parts.ts";
import { updateObject } from "../api/registry/update.ts";
import type { Server } from "../api/server.ts";
import { ApiError } from "../errors.ts";
import { storeKey } from "../resources/kind.ts";
import { serverObjects, type OwnObject, type ServerPlace } from "./server-objects.ts";

export interface Announced {
  /** Resolves when all that can be written is there. */
  readonly ready: Promise<void>;
  close(): void;
}

/** After what could not be written. */
const retryMs = 10_000;

/**
 * Writes what the API server says of itself, and again when somebody changes or deletes it, as soon as kube-apiserver
 * would. What cannot be written (somebody else has the address) is tried again; what goes wrong inside goes to the
 * server's `onError`.
 */
export function announceServer(server: Server, place: ServerPlace): Announced {
  const { store, clock, onError } = server;
  const pending = new Map<string, Cancel>();
  let isClosed = false;
  const idOf = ({ collection, namespace, name }: OwnObject): string => `${collection} ${storeKey(namespace, name)}`;
  const ids = new Set(serverObjects(place, clock.now()).map(idOf));
  const find = (id: string): OwnObject => serverObjects(place, clock.now()).find((one) => idOf(one) === id)!;
  const visit = async (own: OwnObject): Promise<void> => {
    try {
      await write(server, own);
    } catch (error) {
      if (error instanceof ApiError) schedule(idOf(own), retryMs);
      else onError(error);
    }
  };
  const schedule = (id: string, ms: number): void => {
    if (isClosed || pending.has(id)) return;
    const cancel = clock.after(ms, () => {
      pending.delete(id);
      void visit(find(id));
    });
    pending.set(id, cancel);
  };
  const unsubscribe = store.subscribe(({ collection, kind, stored }) => {
    const id = `${collection} ${stored.key}`;
    if (kind === "added" || !ids.has(id)) return;
    const own = find(id);
    if (kind === "modified" && equal(own.corrected(stored.object), stored.object)) return;
    schedule(id, own.delays[kind === "deleted" ? "deleted" : "changed"]);
  });
  const writeAll = async (): Promise<void> => {
    for (const own of serverObjects(place, clock.now())) await visit(own);
  };
  return {
    ready: writeAll(),
    close() {
      isClosed = true;
      unsubscribe();
      for (const cancel of pending.values()) cancel();
    },
  };
}

/**
 * Past admission and the checks of users' objects: nobody's rules decide whether the server can be found, and it listens
 * on a loopback address, which Endpoints of others may not have.
 */
async function write(server: Server, own: OwnObject): Promise<void> {
  const { store, clock, table, kinds } = server;
  const resource = table.preferred(own.collection);
  if (resource === undefined) return;
  const kind = kinds.of(resource);
  const { validate: _, validateUpdate: __, ...strategy } = kind.strategy;
  const live = store.get(kind.collection, storeKey(own.namespace, own.name))?.object;
  const admission = { mutate: async () => undefined, validate: async () => {} };
  const parts: Parts = { ...server, admission };
  const scope: Scope = {
    kind: { ...kind, strategy },
    namespace: own.namespace,
    subresource: "",
    user: { name: "system:apiserver", groups: ["system:masters"] },
    dryRun: false,
    fieldManager: "kube-apiserver",
    options: { kind: live === undefined ? "CreateOptions" : "UpdateOptions", apiVersion: "meta.k8s.io/v1" },
    warn: () => {},
  };
  if (live === undefined) {
    await createObject(parts, scope, own.object);
    return;
  }
  if (equal(own.corrected(live), live)) return;
  await updateObject(parts, scope, own.name, {
    change: (now = live) => withUpdatedManagers(scope, now, own.corrected(now), timeText(clock.now())),
  });
}
