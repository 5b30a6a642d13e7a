import { pageNotFound } from "./not-found-page.ts";
import { ApiError, methodNotAllowed, methodNotServed, unknownPath } from "../errors.ts";
import type { Resource } from "../resources/resource.ts";
import { answerObject } from "./answers.ts";
import { bodyOf, type Call, callOf } from "./call.ts";
import type { ApiRequest, ApiResponse, RequestInfo, UpgradeResponse } from "./request.ts";
import { handleScale } from "./scale.ts";
import type { Server } from "./server.ts";
import { deleteCollection, deleteOne } from "./verbs/delete.ts";
import { patch } from "./verbs/patch.ts";
import { checkVersion, get, list, watch } from "./verbs/read.ts";
import { create, update } from "./verbs/write.ts";

/** A request about a resource that there is, from somebody who may. */
export async function handleResource(
  server: Server,
  request: ApiRequest,
  info: RequestInfo,
  resource: Resource,
): Promise<ApiResponse | UpgradeResponse> {
  const kind = server.kinds.of(resource);
  const call = callOf(server, request, info, resource, kind);
  try {
    return await answerCall(call);
  } catch (error) {
    if (error instanceof ApiError) error.warnings = call.warnings;
    throw error;
  }
}

async function answerCall(call: Call): Promise<ApiResponse | UpgradeResponse> {
  const { server, request, info, resource, kind } = call;
  const { subresource } = info;
  if (subresource !== "") {
    const known = resource.subresources.get(subresource);
    if (known === undefined) {
      if (kind.isCustom) return pageNotFound();
      throw unknownPath();
    }
    if (!kind.isCustom && !known.verbs.includes(info.verb)) throw methodNotServed();
    const handler = server.subresources.get(`${info.resource}/${subresource}`);
    if (handler !== undefined) {
      const { scope } = call;
      // Options of a connection are in the query.
      const hasBody = info.verb === "create" && !known.kind.endsWith("Options");
      const { group, kind: name } = known;
      const body = hasBody
        ? bodyOf(call, { group, version: known.version || resource.version, kind: name })
        : undefined;
      const answer = await handler(server, { request, info, resource, scope, body });
      return answer.kind === "body" && answer.warnings === undefined ? { ...answer, warnings: call.warnings } : answer;
    }
    if (subresource === "scale")
      return await handleScale(server, { request, info, resource, scope: call.scope, body: undefined });
  } else if (!resource.verbs.includes(info.verb)) {
    throw isRouted(resource, info) ? methodNotServed() : unknownPath();
  } else if (!kind.isCustom && isMisplaced(resource, info)) {
    throw methodNotServed();
  }
  const virtual = server.virtual.get(kind.collection);
  if (virtual !== undefined) {
    const body = bodyOf(call, resource);
    return answerObject(call, await virtual(server, { request, info, resource, scope: call.scope, body }), 201);
  }
  switch (info.verb) {
    case "get":
      checkVersion(call);
      return await get(call);
    case "list":
      return await list(call);
    case "watch":
      return await watch(call);
    case "create":
      return await create(call);
    case "update":
      return await update(call);
    case "patch":
      return await patch(call);
    case "delete":
      return await deleteOne(call);
    case "deletecollection":
      return await deleteCollection(call);
    default:
      throw methodNotAllowed(resource, info.verb);
  }
}

/** A verb of objects without a name, or one of a namespace without it. */
function isMisplaced({ namespaced }: Resource, { verb, name, namespace }: RequestInfo): boolean {
  if (verb === "create" && name !== "") return true;
  if ((verb === "update" || verb === "patch") && name === "") return true;
  return namespaced && namespace === "" && (verb === "create" || verb === "deletecollection");
}

/** Whether some method is served where this one is not: names of reviews, which nobody reads, are no paths at all. */
function isRouted({ verbs }: Resource, { name }: RequestInfo): boolean {
  const others = name === "" ? ["create", "list", "deletecollection"] : ["get", "update", "patch", "delete"];
  return others.some((verb) => verbs.includes(verb));
}
