import type { JsonObject } from "@fairlead/apimachinery";
import { storeKey } from "../resources/kind.ts";
import type { Stored } from "../store/store.ts";
import type { Call } from "./call.ts";
import { encode, json } from "./encode.ts";
import { nameOf } from "./registry/metadata.ts";
import { partialMetadata, withVersion } from "./representation.ts";
import type { ApiResponse } from "./request.ts";
import { fromStorage, isStoredAs } from "./versions.ts";

export function answerStored(call: Call, stored: Stored, status = 200): ApiResponse {
  const { resource, representation, warnings } = call;
  if (representation.kind !== "object" || !isStoredAs(resource)) {
    return answerObject(call, stored.object, status);
  }
  return { kind: "body", status, contentType: json, body: [stored.bytes], warnings };
}

/** An object in storage version, as the client wants it. */
export function answerObject(call: Call, object: JsonObject, status: number): ApiResponse {
  const { server, resource, representation, warnings } = call;
  const own = object["kind"] === resource.kind ? fromStorage(object, resource) : object;
  let body = own;
  if (object["kind"] !== "Status") {
    if (representation.kind === "table") {
      const { includeObject, version } = representation;
      body = withVersion(server.tableOf(resource, [own], { includeObject, version, now: server.clock.now() }), own);
    } else if (representation.kind === "metadata") body = partialMetadata(own, representation.version);
  }
  return { kind: "body", status, contentType: json, body: [encode(body)], warnings };
}

/** What was written: its bytes are in the store, unless it was a dry run. */
export function answerWritten(call: Call, object: JsonObject, status: number): ApiResponse {
  const { server, kind, scope } = call;
  const stored = server.store.get(kind.collection, storeKey(scope.namespace, nameOf(object)));
  return stored?.object === object ? answerStored(call, stored, status) : answerObject(call, object, status);
}

/** As an item of a typed list, which says kind and version itself. */
export function withoutType(object: JsonObject): JsonObject {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  return rest;
}
