import { constants, type KeyObject, sign, verify } from "node:crypto";
import { isObject, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";

/** A token in the compact form of RFC 7515, taken apart. Nothing of it is verified. */
export interface Jwt {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  /** What is signed: header and payload as they came. */
  readonly signed: string;
  readonly signature: Uint8Array;
}

// A token of a thousand groups has some 30 KB; headers of requests are bounded anyway.
const longest = 256 * 1024;

/** Takes a token apart; undefined for what is no token in compact form. */
export function parseJwt(token: string): Jwt | undefined {
  if (token.length > longest) return undefined;
  const parts = token.trim().split(".");
  if (parts.length !== 3) return undefined;
  const [header, payload, signature] = parts.map(decoded);
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const [head, claims] = [parsed(header), parsed(payload)];
  if (!isObject(head) || !isObject(claims)) return undefined;
  return { header: head, payload: claims, signed: `${parts[0]}.${parts[1]}`, signature };
}

function decoded(part: string): Buffer | undefined {
  return /^[A-Za-z0-9_-]*$/.test(part) && part.length % 4 !== 1 ? Buffer.from(part, "base64url") : undefined;
}

function parsed(bytes: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as JsonValue;
  } catch {
    return undefined;
  }
}

interface Algorithm {
  readonly type: "rsa" | "ec";
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly curve?: string;
  readonly padding?: number;
}

const pss = constants.RSA_PKCS1_PSS_PADDING;

/** The algorithms of RFC 7518 that sign by a private key. */
const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ["RS256", { type: "rsa", hash: "sha256" }],
  ["RS384", { type: "rsa", hash: "sha384" }],
  ["RS512", { type: "rsa", hash: "sha512" }],
  ["PS256", { type: "rsa", hash: "sha256", padding: pss }],
  ["PS384", { type: "rsa", hash: "sha384", padding: pss }],
  ["PS512", { type: "rsa", hash: "sha512", padding: pss }],
  ["ES256", { type: "ec", hash: "sha256", curve: "prime256v1" }],
  ["ES384", { type: "ec", hash: "sha384", curve: "secp384r1" }],
  ["ES512", { type: "ec", hash: "sha512", curve: "secp521r1" }],
]);

/** The names of all algorithms that `verifiesJwt` knows. */
export const signatureAlgorithms: readonly string[] = [...algorithms.keys()];

/** The algorithm by which a key signs: ES256, ES384 or ES512 by its curve, RS256 for RSA. Undefined for other keys. */
export function algorithmOf(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === "rsa") return "RS256";
  const curve = key.asymmetricKeyDetails?.namedCurve;
  for (const [name, algorithm] of algorithms) if (curve !== undefined && algorithm.curve === curve) return name;
  return undefined;
}

/** Whether the key has signed the token by the algorithm that the token names. */
export function verifiesJwt({ header, signed, signature }: Jwt, key: KeyObject): boolean {
  const algorithm = algorithms.get(textOf(header["alg"]));
  if (algorithm === undefined || key.asymmetricKeyType !== algorithm.type) return false;
  if (algorithm.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== algorithm.curve) return false;
  return verify(algorithm.hash, Buffer.from(signed), options(key, algorithm), signature);
}

/** Signs claims in the order they have. Throws a TypeError for a key that signs by no algorithm of RFC 7518. */
export function signJwt(payload: JsonObject, key: KeyObject, keyId: string): string {
  const alg = algorithmOf(key);
  const algorithm = algorithms.get(alg ?? "");
  if (alg === undefined || algorithm === undefined) throw new TypeError("a key of RSA or of a NIST curve is needed");
  const signed = [{ alg, kid: keyId }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign(algorithm.hash, Buffer.from(signed), options(key, algorithm));
  return `${signed}.${signature.toString("base64url")}`;
}

function options(key: KeyObject, { type, padding }: Algorithm) {
  if (type === "ec") return { key, dsaEncoding: "ieee-p1363" as const };
  return padding === undefined ? { key } : { key, padding, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
}
