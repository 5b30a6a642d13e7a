import type { JsonObject } from "@fairlead/apimachinery";
import type { AuthenticatorChain } from "../authn/create-authenticator.ts";
import { answerSelfSubjectReview, answerTokenReview } from "../authn/reviews.ts";
import type { Rbac } from "../authz/rbac.ts";
import { answerAccessReview, answerRulesReview } from "../authz/reviews.ts";
import { badRequest } from "../errors.ts";
import { withUpdatedManagers } from "./registry/managers.ts";
import { inNamespace, timeText } from "./registry/metadata.ts";
import { admissionRequest, mutated } from "./registry/parts.ts";
import type { Server, SubresourceCall, VirtualHandler } from "./server.ts";

/** Reviews: what is created is answered and not kept. */
export function virtualResources(authenticator: AuthenticatorChain, rbac: Rbac): ReadonlyMap<string, VirtualHandler> {
  const authorization = "authorization.k8s.io";
  const authentication = "authentication.k8s.io";
  return new Map<string, VirtualHandler>([
    [`subjectaccessreviews.${authorization}`, accessReview("SubjectAccessReview", rbac)],
    [`localsubjectaccessreviews.${authorization}`, accessReview("LocalSubjectAccessReview", rbac)],
    [`selfsubjectaccessreviews.${authorization}`, accessReview("SelfSubjectAccessReview", rbac)],
    [
      `selfsubjectrulesreviews.${authorization}`,
      async (server, call) => answerRulesReview(await reviewOf(server, call), rbac),
    ],
    [
      `selfsubjectreviews.${authentication}`,
      async (server, call) => answerSelfSubjectReview({ ...(await reviewOf(server, call)), now: server.clock.now() }),
    ],
    [
      `tokenreviews.${authentication}`,
      async (server, call) => answerTokenReview(await reviewOf(server, call), authenticator),
    ],
  ]);
}

type AccessReview = Parameters<typeof answerAccessReview>[0];

function accessReview(kind: AccessReview, rbac: Rbac): VirtualHandler {
  return async (server, call) => answerAccessReview(kind, await reviewOf(server, call), rbac);
}

interface Asked {
  readonly object: JsonObject;
  readonly namespace: string;
  readonly user: SubresourceCall["scope"]["user"];
  readonly admit: (object: JsonObject) => Promise<void>;
}

/** The review as the mutating part of admission makes it; the other part comes once the review itself is looked at. */
async function reviewOf(server: Server, { body, scope }: SubresourceCall): Promise<Asked> {
  if (body === undefined) throw badRequest("the review has no body");
  const sent = withUpdatedManagers(scope, undefined, inNamespace(body, scope.namespace), timeText(server.clock.now()));
  return {
    object: await mutated(server, scope, "CREATE", "", sent, undefined),
    namespace: scope.namespace,
    user: scope.user,
    admit: (object) => server.admission.validate(admissionRequest(scope, "CREATE", "", object, undefined)),
  };
}
