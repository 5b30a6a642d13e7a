import { createHash, timingSafeEqual } from "node:crypto";
import { get, type JsonObject, textOf } from "@fairlead/apimachinery";
import type { TokenAuthenticator } from "./authenticator.ts";
import { audiencesOf } from "./service-account-claims.ts";
import { serviceAccountGroups, serviceAccountOf, serviceAccountUser } from "./service-account-name.ts";
import {
  commonAudiences,
  type Lookup,
  notFoundText,
  type ServiceAccountTokenOptions,
  uidOf,
  verifier,
} from "./service-account-tokens.ts";
import type { SigningKeys } from "./signing-keys.ts";

export const legacyIssuer = "kubernetes/serviceaccount";

/** Of a Secret of type `kubernetes.io/service-account-token`: the day on which its token was last used. */
export const lastUsedLabel = "kubernetes.io/legacy-token-last-used";
export const invalidSinceLabel = "kubernetes.io/legacy-token-invalid-since";

const claimPrefix = "kubernetes.io/serviceaccount/";

/** The token that the token controller writes into a Secret: it has no end and goes with the Secret. */
export function legacyToken(serviceAccount: JsonObject, secretName: string, keys: SigningKeys): string {
  const metadata = get(serviceAccount, "metadata");
  const [namespace, name] = [textOf(get(metadata, "namespace")), textOf(get(metadata, "name"))];
  return keys.sign({
    iss: legacyIssuer,
    [`${claimPrefix}namespace`]: namespace,
    [`${claimPrefix}secret.name`]: secretName,
    [`${claimPrefix}service-account.name`]: name,
    [`${claimPrefix}service-account.uid`]: uidOf(serviceAccount),
    sub: serviceAccountUser(namespace, name),
  });
}

export interface LegacyTokenOptions extends Omit<ServiceAccountTokenOptions, "issuer"> {
  /** Called on the first use of a day, to label the Secret with it (`2026-01-31`). */
  readonly used?: (secret: JsonObject, day: string) => void;
}

/** Tokens of Secrets: good as long as the Secret holds them and its account is there. */
export function legacyTokens({ keys, apiAudiences, lookup, now, used }: LegacyTokenOptions): TokenAuthenticator {
  const verified = verifier(keys);
  return (token, wanted) => {
    const jwt = verified(token, legacyIssuer);
    if (jwt.kind !== "jwt") return jwt;
    const { payload } = jwt;
    const meant = audiencesOf(get(payload, "aud"));
    const common = commonAudiences(meant.length === 0 ? apiAudiences : meant, wanted);
    if (common.kind !== "audiences") return common;
    const claims = claimsOf(payload);
    const message = shapeProblem(claims, payload) ?? storedProblem(claims, token, lookup, (secret) => markUsed(secret));
    if (message !== undefined) return { kind: "problem", message };
    const { namespace, name, uid } = claims;
    const user = { name: serviceAccountUser(namespace, name), uid, groups: serviceAccountGroups(namespace) };
    return { kind: "user", user, audiences: common.audiences };
  };

  function markUsed(secret: JsonObject): void {
    const day = (offset: number): string => new Date(now() + offset).toISOString().slice(0, 10);
    const labelled = textOf(get(get(get(secret, "metadata"), "labels"), lastUsedLabel));
    if (labelled !== day(0) && labelled !== day(86_400_000)) used?.(secret, day(0));
  }
}

interface LegacyClaims {
  readonly namespace: string;
  readonly secret: string;
  readonly name: string;
  readonly uid: string;
}

function claimsOf(payload: JsonObject): LegacyClaims {
  const claim = (name: string): string => textOf(get(payload, `${claimPrefix}${name}`));
  return {
    namespace: claim("namespace"),
    secret: claim("secret.name"),
    name: claim("service-account.name"),
    uid: claim("service-account.uid"),
  };
}

function shapeProblem({ namespace, secret, name, uid }: LegacyClaims, payload: JsonObject): string | undefined {
  const subject = textOf(get(payload, "sub"));
  if (subject === "") return "sub claim is missing";
  if (namespace === "") return "namespace claim is missing";
  if (secret === "") return "secretName claim is missing";
  if (name === "") return "serviceAccountName claim is missing";
  if (uid === "") return "serviceAccountUID claim is missing";
  const account = serviceAccountOf(subject);
  return account?.namespace === namespace && account.name === name ? undefined : "sub claim is invalid";
}

function storedProblem(
  { namespace, secret: secretName, name, uid }: LegacyClaims,
  token: string,
  lookup: Lookup,
  markUsed: (secret: JsonObject) => void,
): string | undefined {
  const secret = lookup("secrets", namespace, secretName);
  if (secret === undefined || isDeleted(secret)) return "Token has been invalidated";
  if (!holds(secret, token)) return "Token does not match server's copy";
  const account = lookup("serviceaccounts", namespace, name);
  if (account === undefined) return notFoundText("serviceaccounts", name);
  if (isDeleted(account)) return `ServiceAccount ${namespace}/${name} has been deleted`;
  if (uidOf(account) !== uid) return `ServiceAccount UID (${uidOf(account)}) does not match claim (${uid})`;
  markUsed(secret);
  if (textOf(get(get(get(secret, "metadata"), "labels"), invalidSinceLabel)) === "") return undefined;
  return `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' label from the secret to temporarily allow use of this token`;
}

const isDeleted = (object: JsonObject): boolean => get(get(object, "metadata"), "deletionTimestamp") !== undefined;

function holds(secret: JsonObject, token: string): boolean {
  const stored = Buffer.from(textOf(get(get(secret, "data"), "token")), "base64");
  const digest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(stored), digest(Buffer.from(token)));
}
