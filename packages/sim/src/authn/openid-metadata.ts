import type { JsonObject } from "@fairlead/apimachinery";
import type { SigningKeys } from "./signing-keys.ts";

/** What others need to verify tokens of service accounts, both cacheable for an hour (`public, max-age=3600`). */
export interface OpenidMetadata {
  /** Of `/.well-known/openid-configuration`, `application/json`. */
  readonly configuration: JsonObject;
  /** Of `/openid/v1/jwks`, `application/jwk-set+json`. */
  readonly keySet: JsonObject;
}

/** `address` is the host and port under which the API server is reached. */
export function openidMetadata(keys: SigningKeys, issuer: string, address: string): OpenidMetadata {
  return {
    configuration: {
      issuer,
      jwks_uri: `https://${address}/openid/v1/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [...keys.algorithms],
    },
    keySet: keys.keySet(),
  };
}
