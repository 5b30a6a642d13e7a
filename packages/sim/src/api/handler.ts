import { forbiddenError } from "../authz/forbidden.ts";
import type { Attributes } from "../authz/authorizer.ts";
import { ApiError, internalError, methodNotAllowed, unknownPath } from "../errors.ts";
import { encode, json } from "./encode.ts";
import type { User } from "./user.ts";
import { pageNotFound } from "./not-found-page.ts";
import type { ApiRequest, ApiResponse, RequestInfo, UpgradeResponse } from "./request.ts";
import { requestInfo } from "./request-info.ts";
import { handleResource } from "./resource-handler.ts";
import type { Server } from "./server.ts";

/** Answers one request: who may do it, what it is about, what comes of it. Never throws: errors are Status bodies. */
export function createHandler(server: Server): (request: ApiRequest) => Promise<ApiResponse | UpgradeResponse> {
  return async (request) => {
    try {
      return await answer(server, request);
    } catch (error) {
      if (error instanceof ApiError) return errorAnswer(error);
      server.onError(error);
      return errorAnswer(internalError(error instanceof Error ? error.message : String(error)));
    }
  };
}

export function errorAnswer({ status, code, retryAfterSeconds, warnings, headers: more }: ApiError): ApiResponse {
  const retry = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  const headers = { ...retry, ...more };
  return { kind: "body", status: code, contentType: json, body: [encode(status)], warnings, headers };
}

async function answer(server: Server, sent: ApiRequest): Promise<ApiResponse | UpgradeResponse> {
  const info = requestInfo(sent.method, sent.path, sent.query);
  const impersonation = server.impersonate(sent.headers, attributesOf(sent, info));
  if (impersonation.kind === "refused") throw impersonation.error;
  const request = impersonation.kind === "user" ? asUser(sent, impersonation.user) : sent;
  const attributes = attributesOf(request, info);
  const { allowed, reason } = server.authorizer.decide(attributes);
  if (!allowed) throw forbiddenError(attributes, reason);
  if (!info.isResource) return (await server.documents(request)) ?? pageNotFound();
  const resource = server.table.find(info.group, info.version, info.resource);
  if (resource === undefined) {
    // Groups of the server's own know what they do not serve; others are nobody's.
    if (server.table.all().some((one) => one.group === info.group && one.definition === undefined)) throw unknownPath();
    return pageNotFound();
  }
  if (info.verb === "") throw methodNotAllowed(resource, request.method);
  return await handleResource(server, request, info, resource);
}

/** The request in somebody else's name. It is copied field by field: a request of a connection reads them when asked. */
function asUser({ method, path, query, headers, body, signal }: ApiRequest, user: User): ApiRequest {
  return { method, path, query, headers, body, signal, user };
}

function attributesOf({ user, query }: ApiRequest, info: RequestInfo): Attributes {
  if (!info.isResource) return { kind: "path", user, verb: info.verb, path: info.path };
  const { verb, group, version, resource, subresource, namespace } = info;
  const name = info.name === "" && verb !== "create" ? selectedName(query.get("fieldSelector")) : info.name;
  return { kind: "resource", user, verb, group, version, resource, subresource, namespace, name };
}

/** Who lists the object of one name asks for no more than who gets it. */
function selectedName(fieldSelector: string | null): string {
  const name = /(?:^|,)metadata\.name==?([^,=\\/%]+)(?:,|$)/.exec(fieldSelector ?? "")?.[1] ?? "";
  return name === "." || name === ".." ? "" : name;
}
