import { isObject } from "@fairlead/apimachinery";
import { objectAnswer } from "../api/encode.ts";
import { inNamespace } from "../api/registry/metadata.ts";
import { admissionRequest } from "../api/registry/parts.ts";
import type { SubresourceHandler } from "../api/server.ts";
import { createToken, type TokenIssuer } from "../authn/create-token.ts";
import { badRequest, methodNotServed } from "../errors.ts";
import { admittedBody } from "./admitted-body.ts";

const defaultSeconds = 3600;

/** `serviceaccounts/token`: a token of the account, bound to what the request names. */
export function tokenSubresource(issuer: TokenIssuer): SubresourceHandler {
  return async (server, { info, scope, body }) => {
    if (info.verb !== "create") throw methodNotServed();
    if (body === undefined) throw badRequest("the TokenRequest has no body");
    const { namespace, name } = info;
    const spec = isObject(body["spec"]) ? body["spec"] : {};
    const defaulted = {
      ...inNamespace(body, namespace),
      spec: { ...spec, expirationSeconds: spec["expirationSeconds"] ?? defaultSeconds },
    };
    const object = await createToken(
      {
        namespace,
        name,
        object: await admittedBody(server, scope, name, defaulted),
        admit: (made) => server.admission.validate(admissionRequest(scope, "CREATE", name, made, undefined)),
      },
      issuer,
    );
    return objectAnswer(object, 201);
  };
}
