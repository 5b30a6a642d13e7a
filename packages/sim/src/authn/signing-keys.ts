import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { compareText, type JsonObject, setOwn, textOf } from "@fairlead/apimachinery";
import { algorithmOf, type Jwt, signJwt, verifiesJwt } from "./jwt.ts";

/** The keys that sign and verify the tokens of service accounts. */
export interface SigningKeys {
  sign(payload: JsonObject): string;
  /** What is wrong with the signature, as the API server says it; undefined if one of the keys has signed. */
  problemOf(jwt: Jwt): string | undefined;
  /** A JSON Web Key Set of the public keys: the body of `/openid/v1/jwks`. */
  keySet(): JsonObject;
  /** By which the keys sign, sorted. */
  readonly algorithms: readonly string[];
}

export interface SigningKeysOptions {
  /** RSA, or of the curves P-256, P-384 and P-521. */
  readonly privateKey: KeyObject;
  /** Older keys, whose tokens are still good. */
  readonly publicKeys?: readonly KeyObject[];
}

/** Throws a TypeError for keys of other kinds. */
export function signingKeys({ privateKey, publicKeys = [] }: SigningKeysOptions): SigningKeys {
  const byId = new Map<string, KeyObject>();
  for (const key of [createPublicKey(privateKey), ...publicKeys]) {
    if (algorithmOf(key) === undefined) throw new TypeError("a key of RSA or of a NIST curve is needed");
    byId.set(keyIdOf(key), key);
  }
  const [keyId] = byId.keys();
  return {
    sign: (payload) => signJwt(payload, privateKey, keyId!),
    problemOf: (jwt) => {
      const wanted = textOf(jwt.header["kid"]);
      const key = byId.get(wanted);
      const keys = wanted === "" ? [...byId.values()] : key === undefined ? [] : [key];
      if (keys.length === 0) return "invalid signature, no keys found";
      const verified = keys.some((one) => verifiesJwt(jwt, one));
      return verified ? undefined : "go-jose/go-jose: error in cryptographic primitive";
    },
    keySet: () => ({ keys: Array.from(byId, ([id, key]) => webKey(id, key)) }),
    algorithms: [...new Set(Array.from(byId.values(), (key) => algorithmOf(key)!))].sort(compareText),
  };
}

/** Kubernetes' name of a key: a hash of it. */
function keyIdOf(key: KeyObject): string {
  const der = key.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64url");
}

function webKey(kid: string, key: KeyObject): JsonObject {
  const parts = key.export({ format: "jwk" });
  const made: JsonObject = { use: "sig", kty: parts.kty!, kid };
  const all = { crv: parts.crv, alg: algorithmOf(key), x: parts.x, y: parts.y, n: parts.n, e: parts.e };
  for (const [name, value] of Object.entries(all)) if (typeof value === "string") setOwn(made, name, value);
  return made;
}
