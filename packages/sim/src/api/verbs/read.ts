import type { JsonObject } from "@fairlead/apimachinery";
import { notFound } from "../../errors.ts";
import { storeKey } from "../../resources/kind.ts";
import { apiVersionOf } from "../../resources/resource.ts";
import type { Stored } from "../../store/store.ts";
import { withoutType } from "../answers.ts";
import type { Call } from "../call.ts";
import { encode, json, listBody } from "../encode.ts";
import { listOptions } from "../list-options.ts";
import { partialMetadata, withVersion } from "../representation.ts";
import type { ApiResponse } from "../request.ts";
import { fromStorage, isStoredAs } from "../versions.ts";
import { listStored, revisionOf, tooLarge } from "./list-stored.ts";
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

export function list(call: Call): ApiResponse {
  const { server, kind, scope, resource, request, info, representation, warnings } = call;
  const options = listOptions(request.query, kind, info.name, false, resource);
  const { items, revision, continueToken, remaining } = listStored(server.store, kind, scope.namespace, options);
  const metadata: JsonObject = {
    resourceVersion: String(revision),
    // A list of custom resources always has the field.
    ...(continueToken === "" && !kind.isCustom ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
  const isStored = isStoredAs(resource);
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
  if (representation.kind === "object") {
    const body = {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata,
      items: kind.isCustom ? objects : objects.map(withoutType),
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

export function watch(call: Call): ApiResponse {
  const { server, kind, scope, resource, request, info, representation, warnings } = call;
  const options = listOptions(request.query, kind, info.name, true, resource);
  const isStored = isStoredAs(resource);
  const shareAs =
    representation.kind === "object"
      ? apiVersionOf(resource)
      : representation.kind === "metadata"
        ? `${apiVersionOf(resource)} metadata ${representation.version}`
        : undefined;
  const start = openWatch(server, {
    kind,
    namespace: scope.namespace,
    options,
    shareAs,
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
  });
  return { kind: "stream", contentType: json, warnings, start };
}
