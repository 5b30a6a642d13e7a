import type { JsonObject } from "@fairlead/apimachinery";
import { ApiError, notFound, tooManyRequests } from "../../errors.ts";
import { storeKey } from "../../resources/kind.ts";
import { apiVersionOf } from "../../resources/resource.ts";
import type { Stored } from "../../store/store.ts";
import { isStoredVersion, liveObject } from "../../conversions/custom/versioned.ts";
import { versionedStore } from "../../conversions/custom/versioned-store.ts";
import { answerObject, answerStored, withoutType } from "../answers.ts";
import type { Call } from "../call.ts";
import { encode, json, listBody } from "../encode.ts";
import { listOptions, type ListOptions } from "../list-options.ts";
import { partialMetadata, withVersion } from "../representation.ts";
import type { ApiResponse } from "../request.ts";
import { fromStorage, isStoredAs } from "../versions.ts";
import { listFrom, pageOf, revisionOf, tooLarge, type Listed } from "./list-stored.ts";
import { frameOf, openWatch } from "./open-watch.ts";

/** A read that names a version gets the object as it is now, which is as fresh as any version. */
export function checkVersion({ request, server }: Call): void {
  const text = request.query.get("resourceVersion") ?? "";
  if (text === "" || text === "0") return;
  const revision = revisionOf(text);
  if (revision > server.store.revision) throw tooLarge(revision, server.store.revision);
}

export function find({ server, kind, scope, info, resource }: Call): Stored {
  const stored = server.store.get(kind.collection, storeKey(scope.namespace, info.name));
  if (stored === undefined) throw notFound(resource, info.name);
  return stored;
}

export async function get(call: Call): Promise<ApiResponse> {
  const stored = find(call);
  if (isStoredVersion(call.kind)) return answerStored(call, stored);
  return answerObject(call, await liveObject(call.kind, stored.object), 200);
}

const retryAfterSeconds = 3;

/** The server keeps trying to fill the cache that whole lists and watches are answered from. */
function notFilled({ kind: { resource } }: Call, error: unknown): never {
  if (!(error instanceof ApiError)) throw error;
  const what = `${apiVersionOf(resource)}, Kind=${resource.kind}`;
  throw tooManyRequests(`storage is (re)initializing: failed to list ${what}: ${error.message}`, retryAfterSeconds);
}

/** What a list gives, in the version of its path for custom resources, in that of the store for others. */
export async function listed({ server, kind, scope }: Call, options: ListOptions): Promise<Listed> {
  const page = pageOf(server.store, options);
  if (isStoredVersion(kind)) return listFrom(page, kind, scope.namespace, options);
  const prefix = scope.namespace === "" ? "" : `${scope.namespace}/`;
  const snapshot = page.snapshot === server.store ? server.store.snapshot() : page.snapshot;
  const seen = await versionedStore(kind, server.store, snapshot, prefix);
  return listFrom({ ...page, snapshot: seen }, kind, scope.namespace, options);
}

/** Objects in the version of the path, as a list of what the client wants. */
export function answerList(call: Call, metadata: JsonObject, objects: readonly JsonObject[]): ApiResponse {
  const { server, kind, resource, representation, warnings } = call;
  if (representation.kind === "object") {
    const body = {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata,
      items: kind.isCustom ? [...objects] : objects.map(withoutType),
    };
    return { kind: "body", status: 200, contentType: json, body: [encode(body)], warnings };
  }
  const body: JsonObject =
    representation.kind === "table"
      ? {
          ...server.tableOf(resource, objects, {
            includeObject: representation.includeObject,
            version: representation.version,
            now: server.clock.now(),
          }),
          metadata,
        }
      : {
          kind: "PartialObjectMetadataList",
          apiVersion: `meta.k8s.io/${representation.version}`,
          metadata,
          items: objects.map((one) => partialMetadata(one, representation.version)),
        };
  return { kind: "body", status: 200, contentType: json, body: [encode(body)], warnings };
}

export async function list(call: Call): Promise<ApiResponse> {
  const { kind, resource, request, info, representation, warnings } = call;
  const options = listOptions(request.query, kind, info.name, false, resource);
  const isCached = options.limit === 0 && options.continueToken === "";
  const { items, revision, continueToken, remaining } = await listed(call, options).catch((error: unknown) => {
    if (isCached && error instanceof ApiError && error.code === 500) return notFilled(call, error);
    throw error;
  });
  const metadata: JsonObject = {
    resourceVersion: String(revision),
    // A list of custom resources always has the field, but not what is made of it.
    ...(continueToken === "" && !(kind.isCustom && representation.kind === "object")
      ? {}
      : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
  const isStored = kind.isCustom || isStoredAs(resource);
  if (representation.kind === "object" && isStored) {
    const written = listBody(resource, metadata, items);
    return {
      kind: "body",
      status: 200,
      contentType: json,
      warnings,
      late: written.late,
      // Read only by who does not send it part by part.
      get body() {
        return written.body;
      },
    };
  }
  const objects = items.map((one) => fromStorage(one.object, resource));
  return answerList(call, metadata, objects);
}

export async function watch(call: Call): Promise<ApiResponse> {
  const { server, kind, scope, resource, request, info, representation, warnings } = call;
  const options = listOptions(request.query, kind, info.name, true, resource);
  const isStored = kind.isCustom || isStoredAs(resource);
  const shareAs =
    representation.kind === "object"
      ? apiVersionOf(resource)
      : representation.kind === "metadata"
        ? `${apiVersionOf(resource)} metadata ${representation.version}`
        : undefined;
  const { clock, random, store } = server;
  const prefix = scope.namespace === "" ? "" : `${scope.namespace}/`;
  const seen = isStoredVersion(kind)
    ? store
    : await versionedStore(kind, store, store.snapshot(), prefix).catch((error: unknown) => notFilled(call, error));
  const start = openWatch(
    { store: seen, clock, random },
    {
      kind,
      namespace: scope.namespace,
      options,
      shareAs,
      encodesBookmarks: representation.kind !== "object",
      encode: (type, stored, first) => {
        if (representation.kind === "object" && isStored) return frameOf(type, stored.bytes);
        const object = fromStorage(stored.object, resource);
        if (representation.kind === "object") return frameOf(type, encode(object));
        if (representation.kind === "metadata")
          return frameOf(type, encode(partialMetadata(object, representation.version)));
        const { includeObject, version } = representation;
        const table = withVersion(
          server.tableOf(resource, [object], { includeObject, version, now: server.clock.now() }),
          object,
        );
        // Only the first table of a watch says its columns.
        if (!first) table["columnDefinitions"] = null;
        return frameOf(type, encode(table));
      },
    },
  );
  return { kind: "stream", contentType: json, warnings, start };
}
