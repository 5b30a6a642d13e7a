import { get, type JsonObject, textOf } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import { badRequest } from "../errors.ts";
import type { AuthenticatorChain } from "./create-authenticator.ts";

/** `status.userInfo` of a SelfSubjectReview, `status.user` of a TokenReview. What is empty is left out. */
export function userInfo({ name, uid = "", groups, extra = {} }: User): JsonObject {
  const keys = Object.keys(extra).sort();
  return {
    ...(name === "" ? {} : { username: name }),
    ...(uid === "" ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
    ...(keys.length === 0 ? {} : { extra: Object.fromEntries(keys.map((key) => [key, [...extra[key]!]])) }),
  };
}

export interface IdentityReview {
  /** As decoded. */
  readonly object: JsonObject;
  /** Validating admission. */
  readonly admit?: (object: JsonObject) => void | Promise<void>;
}

/** Answers SelfSubjectReview. `now` is in milliseconds since the epoch. */
export async function answerSelfSubjectReview({
  object,
  admit,
  user,
  now,
}: IdentityReview & { readonly user: User; readonly now: number }): Promise<JsonObject> {
  await admit?.(object);
  const creationTimestamp = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return {
    kind: "SelfSubjectReview",
    apiVersion: get(object, "apiVersion") ?? "authentication.k8s.io/v1",
    metadata: { creationTimestamp },
    status: { userInfo: userInfo(user) },
  };
}

/** Answers TokenReview: the object with its status. Throws an ApiError to refuse. */
export async function answerTokenReview(
  { object, admit }: IdentityReview,
  chain: AuthenticatorChain,
): Promise<JsonObject> {
  const spec = get(object, "spec");
  const token = textOf(get(spec, "token"));
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  await admit?.(object);
  const listed = get(spec, "audiences");
  const wanted = (Array.isArray(listed) ? listed : []).filter((one) => typeof one === "string");
  const outcome = await chain.review(token, wanted.length === 0 ? chain.apiAudiences : wanted);
  if (outcome.kind === "user") {
    const { user, audiences } = outcome;
    return { ...object, status: { authenticated: true, user: userInfo(user), audiences: [...audiences] } };
  }
  const error = outcome.kind === "problem" ? { error: outcome.message } : {};
  return { ...object, status: { user: {}, ...error } };
}
