import { objectAnswer } from "../api/encode.ts";
import { admissionRequest } from "../api/registry/parts.ts";
import type { SubresourceHandler } from "../api/server.ts";
import { createToken, type TokenIssuer } from "../authn/create-token.ts";
import { badRequest, methodNotAllowed } from "../errors.ts";

/** `serviceaccounts/token`: a token of the account, bound to what the request names. */
export function tokenSubresource(issuer: TokenIssuer): SubresourceHandler {
  return async (server, { info, resource, scope, body }) => {
    if (info.verb !== "create") throw methodNotAllowed(resource, info.verb);
    if (body === undefined) throw badRequest("the TokenRequest has no body");
    const { namespace, name } = info;
    const object = await createToken(
      {
        namespace,
        name,
        object: body,
        admit: (made) => server.admission.validate(admissionRequest(scope, "CREATE", name, made, undefined)),
      },
      issuer,
    );
    return objectAnswer(object, 201);
  };
}
