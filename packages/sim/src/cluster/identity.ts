import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Clock, JsonObject } from "@fairlead/apimachinery";
import { newUid } from "../api/registry/metadata.ts";
import type { User } from "../api/user.ts";
import { createAuthenticator, type AuthenticatorChain } from "../authn/create-authenticator.ts";
import type { TokenIssuer } from "../authn/create-token.ts";
import { legacyTokens } from "../authn/legacy-tokens.ts";
import type { AuthenticationConfiguration } from "../authn/oidc/authentication-configuration.ts";
import { oidcTokens } from "../authn/oidc/oidc-tokens.ts";
import { defaultIssuer } from "../authn/service-account-claims.ts";
import { serviceAccountTokens } from "../authn/service-account-tokens.ts";
import { signingKeys } from "../authn/signing-keys.ts";
import { staticTokens } from "../authn/static-tokens.ts";
import { storeKey } from "../resources/kind.ts";
import type { Store } from "../store/store.ts";

export interface IdentityOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  /** Given when the cluster starts: token to user. */
  readonly tokens: ReadonlyMap<string, User>;
  /** Signs the tokens of service accounts; a new one unless told. */
  readonly signingKey?: KeyObject;
  /** Who else issues tokens, and who may send requests without any. */
  readonly authentication?: AuthenticationConfiguration;
  /** Called when the token of a Secret is used for the first time on a day. */
  readonly secretUsed?: (secret: JsonObject, day: string) => void;
}

export interface Identity {
  readonly authenticator: AuthenticatorChain;
  readonly issuer: TokenIssuer;
}

/** Who users are, and the tokens of service accounts. */
export function createIdentity(options: IdentityOptions): Identity {
  const { store, clock, random, tokens, signingKey, authentication, secretUsed: used } = options;
  const privateKey = signingKey ?? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const keys = signingKeys({ privateKey });
  const apiAudiences = [defaultIssuer];
  const now = (): number => clock.now();
  const lookup = (collection: string, namespace: string, name: string): ReturnType<TokenIssuer["lookup"]> =>
    store.get(collection, storeKey(namespace, name))?.object;
  const shared = { keys, apiAudiences, lookup, now };
  const issuer: TokenIssuer = { ...shared, issuer: defaultIssuer, newId: () => newUid(random) };
  const { issuers = [], anonymous } = authentication ?? {};
  return {
    issuer,
    authenticator: createAuthenticator({
      tokens: [
        staticTokens(tokens, apiAudiences),
        legacyTokens({ ...shared, ...(used === undefined ? {} : { used }) }),
        serviceAccountTokens(issuer),
        oidcTokens({ issuers, apiAudiences, now }),
      ],
      apiAudiences,
      ...(anonymous === undefined ? {} : { anonymous }),
    }),
  };
}
