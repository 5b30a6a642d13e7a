import { get, type JsonObject, textOf } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import { goQuoteList } from "../authz/go-quote.ts";
import type { TokenAuthenticator, TokenOutcome } from "./authenticator.ts";
import { type Jwt, parseJwt } from "./jwt.ts";
import { claimsOf, type ObjectRef, type Times } from "./service-account-claims.ts";
import { serviceAccountGroups, serviceAccountUser } from "./service-account-name.ts";
import type { SigningKeys } from "./signing-keys.ts";
import { credentialIdKey, nodeNameKey, nodeUidKey, podNameKey, podUidKey } from "./well-known-users.ts";

/** The stored object, as it is now: `pods`, `secrets`, `serviceaccounts`; `nodes` with an empty namespace. */
export type Lookup = (collection: string, namespace: string, name: string) => JsonObject | undefined;

export interface ServiceAccountTokenOptions {
  /** Who signs: `https://kubernetes.default.svc.cluster.local`. */
  readonly issuer: string;
  readonly keys: SigningKeys;
  /** For which the API server takes tokens; the issuer as a rule. */
  readonly apiAudiences: readonly string[];
  readonly lookup: Lookup;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a token may be late or early, in seconds, and how long those of a deleted object live on. */
const leeway = 60;

/** Bound tokens of service accounts: good as long as the account and the object that they are bound to are there. */
export function serviceAccountTokens(options: ServiceAccountTokenOptions): TokenAuthenticator {
  const { issuer, lookup, now } = options;
  const verified = verifier(options.keys);
  return (token, audiences) => {
    const jwt = verified(token, issuer);
    if (jwt.kind !== "jwt") return jwt;
    const { payload } = jwt;
    const claims = claimsOf(payload);
    const meant = claims.audiences.length === 0 ? options.apiAudiences : claims.audiences;
    const common = commonAudiences(meant, audiences);
    if (common.kind !== "audiences") return common;
    const problem = timeProblem(claims, now()) ?? boundProblem(claims, lookup, now());
    if (problem !== undefined) return { kind: "problem", message: problem };
    return { kind: "user", user: userOf(claims), audiences: common.audiences };
  };
}

type Claims = ReturnType<typeof claimsOf>;

function userOf({ namespace, serviceAccount, pod, node, id }: Claims): User {
  const extra: Record<string, readonly string[]> = {
    ...(id === "" ? {} : { [credentialIdKey]: [`JTI=${id}`] }),
    ...(node === undefined || node.name === "" ? {} : { [nodeNameKey]: [node.name] }),
    ...(node === undefined || node.name === "" || node.uid === "" ? {} : { [nodeUidKey]: [node.uid] }),
    ...(pod === undefined || pod.name === "" || pod.uid === ""
      ? {}
      : { [podNameKey]: [pod.name], [podUidKey]: [pod.uid] }),
  };
  return {
    name: serviceAccountUser(namespace, serviceAccount.name),
    uid: serviceAccount.uid,
    groups: serviceAccountGroups(namespace),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function timeProblem({ notBefore, expires, issuedAt }: Times, now: number): string | undefined {
  const seconds = now / 1000;
  if (notBefore !== undefined && seconds + leeway < notBefore) return "service account token is not valid yet";
  if (expires !== undefined && seconds - leeway > expires) return "service account token has expired";
  if (issuedAt !== undefined && seconds + leeway < issuedAt) return "service account token is issued in the future";
  return undefined;
}

const invalidated = "service account token has been invalidated";

function boundProblem(claims: Claims, lookup: Lookup, now: number): string | undefined {
  const { namespace, serviceAccount, pod, secret, node } = claims;
  const account = lookup("serviceaccounts", namespace, serviceAccount.name);
  if (account === undefined) return notFoundText("serviceaccounts", serviceAccount.name);
  if (uidOf(account) !== serviceAccount.uid) {
    return `service account UID (${uidOf(account)}) does not match claim (${serviceAccount.uid})`;
  }
  if (wasDeleted(account, now)) return `service account ${namespace}/${serviceAccount.name} has been deleted`;
  const problem = (ref: ObjectRef | undefined, kind: "secret" | "pod" | "node"): string | undefined => {
    if (ref === undefined) return undefined;
    const found = lookup(`${kind}s`, kind === "node" ? "" : namespace, ref.name);
    if (found === undefined) return invalidated;
    if (uidOf(found) !== ref.uid) {
      return `${kind} UID (${uidOf(found)}) does not match service account ${kind} ref claim (${ref.uid})`;
    }
    return wasDeleted(found, now) ? invalidated : undefined;
  };
  return problem(secret, "secret") ?? problem(pod, "pod") ?? (pod === undefined ? problem(node, "node") : undefined);
}

export const notFoundText = (resource: string, name: string): string => `${resource} ${JSON.stringify(name)} not found`;

export const uidOf = (object: JsonObject): string => textOf(get(get(object, "metadata"), "uid"));

function wasDeleted(object: JsonObject, now: number): boolean {
  const deleted = Date.parse(textOf(get(get(object, "metadata"), "deletionTimestamp")));
  return deleted < now - leeway * 1000;
}

/** The audiences that the token and the asker have in common, or why there are none. */
export function commonAudiences(
  token: readonly string[],
  wanted: readonly string[],
): { readonly kind: "audiences"; readonly audiences: readonly string[] } | (TokenOutcome & { kind: "problem" }) {
  const audiences = token.filter((one) => wanted.includes(one));
  if (audiences.length > 0) return { kind: "audiences", audiences };
  const message = `token audiences ${goQuoteList(token)} is invalid for the target audiences ${goQuoteList(wanted)}`;
  return { kind: "problem", message };
}

export type Verified = { readonly kind: "jwt"; readonly payload: JsonObject } | Exclude<TokenOutcome, { kind: "user" }>;

// Verifying a signature takes a tenth of a millisecond: that of a token which comes with each request is done once.
const remembered = 5_000;

/** Reads tokens of an issuer whose signature is by one of the keys. */
export function verifier(keys: SigningKeys): (token: string, issuer: string) => Verified {
  const known = new Map<string, Jwt>();
  return (token, issuer) => {
    const jwt = known.get(token) ?? parseJwt(token);
    if (jwt === undefined || jwt.payload["iss"] !== issuer) return { kind: "none" };
    if (!known.has(token)) {
      const problem = keys.problemOf(jwt);
      if (problem !== undefined) return { kind: "problem", message: problem };
      if (known.size >= remembered) known.clear();
      known.set(token, jwt);
    }
    return { kind: "jwt", payload: jwt.payload };
  };
}
