import { get, isObject, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import { serviceAccountUser } from "./service-account-name.ts";

/** Who issues the tokens of service accounts unless told. */
export const defaultIssuer = "https://kubernetes.default.svc.cluster.local";

/** An object that a token names. */
export interface ObjectRef {
  readonly name: string;
  /** Empty for a node that is not there. */
  readonly uid: string;
}

/** What a bound token of a service account says, as Kubernetes 1.36 signs it. Times are seconds since the epoch. */
export interface ServiceAccountClaims {
  readonly audiences: readonly string[];
  readonly namespace: string;
  readonly serviceAccount: ObjectRef;
  /** At most one of pod and secret; a pod's token may name its node, too. */
  readonly pod?: ObjectRef | undefined;
  readonly secret?: ObjectRef | undefined;
  readonly node?: ObjectRef | undefined;
  readonly id: string;
  readonly issuedAt: number;
  readonly notBefore: number;
  readonly expires: number;
  /** From when on the token is older than was asked for. */
  readonly warnAfter?: number | undefined;
}

/** The payload of a token: claims in the order in which Kubernetes writes them. */
export function payloadOf(claims: ServiceAccountClaims, issuer: string): JsonObject {
  const { namespace, serviceAccount, node, pod, secret, warnAfter } = claims;
  return {
    aud: [...claims.audiences],
    exp: claims.expires,
    iat: claims.issuedAt,
    iss: issuer,
    jti: claims.id,
    "kubernetes.io": {
      namespace,
      ...(node === undefined ? {} : { node: refOf(node) }),
      ...(pod === undefined ? {} : { pod: refOf(pod) }),
      ...(secret === undefined ? {} : { secret: refOf(secret) }),
      serviceaccount: refOf(serviceAccount),
      ...(warnAfter === undefined ? {} : { warnafter: warnAfter }),
    },
    nbf: claims.notBefore,
    sub: serviceAccountUser(namespace, serviceAccount.name),
  };
}

const refOf = ({ name, uid }: ObjectRef): JsonObject => ({ name, ...(uid === "" ? {} : { uid }) });

/** Reads a payload whose signature is good. What is absent is empty, or undefined where that makes a difference. */
export function claimsOf(
  payload: JsonObject,
): Omit<ServiceAccountClaims, "issuedAt" | "notBefore" | "expires"> & Times {
  const bound = get(payload, "kubernetes.io");
  return {
    audiences: audiencesOf(get(payload, "aud")),
    namespace: textOf(get(bound, "namespace")),
    serviceAccount: readRef(get(bound, "serviceaccount")) ?? { name: "", uid: "" },
    pod: readRef(get(bound, "pod")),
    secret: readRef(get(bound, "secret")),
    node: readRef(get(bound, "node")),
    id: textOf(get(payload, "jti")),
    ...timesOf(payload),
  };
}

/** When a token is good, in seconds since the epoch. */
export interface Times {
  readonly issuedAt: number | undefined;
  readonly notBefore: number | undefined;
  readonly expires: number | undefined;
}

export function timesOf(payload: JsonObject): Times {
  const time = (key: string): number | undefined => {
    const value = get(payload, key);
    return typeof value === "number" ? Math.trunc(value) : undefined;
  };
  return { issuedAt: time("iat"), notBefore: time("nbf"), expires: time("exp") };
}

/** `aud` is a text or a list of texts. */
export function audiencesOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function readRef(value: JsonValue | undefined): ObjectRef | undefined {
  return isObject(value) ? { name: textOf(get(value, "name")), uid: textOf(get(value, "uid")) } : undefined;
}
