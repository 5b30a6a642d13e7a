import type { JsonObject } from "@fairlead/apimachinery";
import { ApiError, badRequest, methodNotAllowed } from "../../errors.ts";
import { answerWritten } from "../answers.ts";
import { decodeBody, mediaTypeOf } from "../body.ts";
import type { Call } from "../call.ts";
import { decodeObject } from "../decode-object.ts";
import { createObject } from "../registry/create.ts";
import { withUpdatedManagers } from "../registry/managers.ts";
import { nameOf, namespaceOf, timeText, withoutRepeatedOwners } from "../registry/metadata.ts";
import { updateObject } from "../registry/update.ts";
import type { ApiResponse, RequestInfo } from "../request.ts";
import { toStorage, kindIn } from "../versions.ts";

export async function create(call: Call): Promise<ApiResponse> {
  const { server, scope, info } = call;
  if (info.name !== "" && info.subresource === "") throw methodNotAllowed(call.resource, "create");
  const object = decoded(call);
  server.checkEscalation?.(scope, object, undefined);
  return answerWritten(call, await createObject(server, scope, object), 201);
}

export async function update(call: Call): Promise<ApiResponse> {
  const { server, scope, info } = call;
  const object = decoded(call);
  checkName(object, info);
  const { object: written, created } = await updateObject(server, scope, info.name, {
    change: (live) => {
      const unique = withoutRepeatedOwners(object, scope.warn, false);
      server.checkEscalation?.(scope, unique, live);
      return withUpdatedManagers(scope, live, unique, timeText(server.clock.now()));
    },
    authorizeCreate: () => authorizeCreate(call),
  });
  return answerWritten(call, written, created ? 201 : 200);
}

function decoded(call: Call): JsonObject {
  const { server, request, resource, kind, validation, scope } = call;
  const body = decodeBody(request.body, mediaTypeOf(request.headers["content-type"]), server.protobuf, resource.kind);
  return toStorage(decodeObject(body, resource, kindIn(kind, resource), { validation, warn: scope.warn }), kind);
}

export function checkName(object: JsonObject, { name, namespace }: RequestInfo): void {
  const own = nameOf(object);
  if (own === "") {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
  const other = namespaceOf(object);
  if (namespace !== "" && other !== "" && other !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

export function authorizeCreate({ server, request, info }: Call): void {
  const { group, version, resource, subresource, namespace, name } = info;
  const { user } = request;
  const attributes = {
    kind: "resource",
    user,
    verb: "create",
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
  } as const;
  const { allowed, reason } = server.authorizer.decide(attributes);
  if (allowed) return;
  throw new ApiError(403, "Forbidden", reason);
}
