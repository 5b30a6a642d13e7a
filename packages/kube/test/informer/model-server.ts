import type { KrmObject } from "@fairlead/krm";
import type { WatchEvent } from "../../src/client/client.ts";
import { KubeError } from "../../src/errors.ts";
import type { Status } from "../../src/status.ts";

/**
 * A model of what an API server's storage and watch cache do: objects with versions, a history that is compacted, lists
 * at a version with continue tokens, watches. No time, no network: see `faulty-server.ts` for those.
 */
export interface ModelServer {
  readonly objects: ReadonlyMap<string, KrmObject>;
  readonly version: number;
  /** Creates or updates. */
  put(name: string): void;
  delete(name: string): void;
  /** Forgets the history: older watches and continue tokens are gone. */
  compact(): void;
  /** As after a restore from a backup: the same objects, but versions that lie in the past. */
  rewind(): void;
  list(limit: number, token?: string): ModelPage | KubeError;
  /** What has happened after a version; an error when it is not known any more, or not yet. */
  since(version: string): readonly WatchEvent[] | KubeError;
  /** The current objects as a streaming list brings them. */
  initial(): readonly WatchEvent[];
  bookmark(end?: boolean): WatchEvent;
}

export interface ModelPage {
  readonly items: readonly KrmObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

interface Happening {
  readonly version: number;
  readonly event: WatchEvent;
}

export function modelServer(): ModelServer {
  const objects = new Map<string, KrmObject>();
  let history: Happening[] = [];
  let version = 100;
  let compacted = 100;
  let uids = 0;
  const snapshots = new Map<string, { readonly version: number; readonly items: readonly KrmObject[] }>();
  let tokens = 0;

  function happen(type: "ADDED" | "MODIFIED" | "DELETED", object: KrmObject): void {
    history.push({ version, event: { type, object: structuredClone(object) } });
  }

  return {
    objects,
    get version() {
      return version;
    },
    put(name) {
      version++;
      const known = objects.get(name);
      const uid = known?.metadata["uid"] ?? `uid-${++uids}`;
      const object: KrmObject = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: "n", uid, resourceVersion: String(version), labels: { odd: String(version % 2) } },
        data: { value: `written at ${version}, with a text that is long enough to be held apart` },
      };
      objects.set(name, object);
      happen(known === undefined ? "ADDED" : "MODIFIED", object);
    },
    delete(name) {
      const known = objects.get(name);
      if (known === undefined) return;
      version++;
      objects.delete(name);
      happen("DELETED", { ...known, metadata: { ...known.metadata, resourceVersion: String(version) } });
    },
    compact() {
      history = [];
      compacted = version;
      snapshots.clear();
    },
    rewind() {
      version = Math.max(1, Math.floor(version / 2));
      compacted = version;
      history = [];
      snapshots.clear();
      for (const [name, object] of objects) {
        objects.set(name, { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
      }
    },
    list(limit, token) {
      const from = token === undefined ? undefined : snapshots.get(token);
      if (token !== undefined && from === undefined) return gone("The provided continue parameter is too old");
      const items = from?.items ?? [...objects.values()].map((object) => structuredClone(object));
      const at = from?.version ?? version;
      const page = items.slice(0, limit);
      const rest = items.slice(limit);
      if (rest.length === 0) return { items: page, resourceVersion: String(at) };
      const next = `token-${++tokens}`;
      snapshots.set(next, { version: at, items: rest });
      return { items: page, resourceVersion: String(at), continue: next };
    },
    since(text) {
      const from = Number(text);
      if (from > version) return tooNew();
      if (from < compacted) return gone("The resourceVersion for the provided watch is too old");
      return history.filter((one) => one.version > from).map(({ event }) => structuredClone(event));
    },
    initial: () => [...objects.values()].map((object) => ({ type: "ADDED" as const, object: structuredClone(object) })),
    bookmark: (end = false) => ({ type: "BOOKMARK", resourceVersion: String(version), initialEventsEnd: end }),
  };
}

export function gone(message = "too old resource version"): KubeError {
  return new KubeError("gone", message, { httpStatus: 410 });
}

function tooNew(): KubeError {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    code: 504,
    details: { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }] },
  } as Status;
  return new KubeError("server-timeout", "Too large resource version", { httpStatus: 504, status });
}
