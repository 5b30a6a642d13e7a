import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { get, isObject, type JsonObject, textOf } from "@fairlead/apimachinery";
import { type Jwt, verifiesJwt } from "../jwt.ts";
import { fetchDocument, type FetchOptions } from "./fetch-document.ts";
import type { JwtIssuer } from "./jwt-issuer.ts";

/** The keys of an issuer, got from him when they are needed. */
export interface IssuerKeys {
  /** What is wrong with the signature of a token; undefined if the issuer has signed it. */
  problemOf(jwt: Jwt): Promise<string | undefined>;
}

interface WebKey {
  readonly id: string;
  readonly key: KeyObject;
}

const mostKeys = 100;
const unsigned = "oidc: verify token: failed to verify signature: failed to verify id token signature";

// Keys are asked for anew from this long before they grow old.
const earlyMs = 30_000;
// An issuer is asked at most so often, whatever tokens come.
const pauseMs = 1_000;

/** `now` is in milliseconds since the epoch. */
export function issuerKeys(issuer: JwtIssuer, now: () => number, limits: FetchOptions = {}): IssuerKeys {
  const options = { ...limits, certificateAuthority: issuer.certificateAuthority };
  let keySetUrl: string | undefined;
  let keys: readonly WebKey[] = [];
  let freshUntil = Number.NEGATIVE_INFINITY;
  let asked = Number.NEGATIVE_INFINITY;
  let failure: string | undefined;
  let running: Promise<void> | undefined;

  async function discover(): Promise<string | undefined> {
    const { url, discoveryUrl } = issuer;
    const found = await fetchDocument(
      discoveryUrl ?? `${url.replace(/\/$/, "")}/.well-known/openid-configuration`,
      options,
    );
    if (found.kind === "problem" || get(found.body, "issuer") !== url) return undefined;
    return textOf(get(found.body, "jwks_uri")) || undefined;
  }

  async function load(): Promise<void> {
    keySetUrl ??= await discover();
    if (keySetUrl === undefined) {
      failure = "oidc: authenticator not initialized";
      return;
    }
    const found = await fetchDocument(keySetUrl, options);
    if (found.kind === "problem") {
      failure = `oidc: verify token: failed to verify signature: fetching keys oidc: get keys failed: ${found.message}`;
      return;
    }
    failure = undefined;
    keys = webKeys(found.body);
    freshUntil = now() + found.maxAgeSeconds * 1000;
  }

  /** One question at a time, which all who wait share. */
  function refresh(): Promise<void> {
    if (running === undefined && now() - asked < pauseMs) return Promise.resolve();
    asked = now();
    return (running ??= load().finally(() => (running = undefined)));
  }

  const verifies = (jwt: Jwt): boolean => {
    const wanted = textOf(jwt.header["kid"]);
    return keys.some(({ id, key }) => (wanted === "" || id === wanted) && verifiesJwt(jwt, key));
  };

  return {
    problemOf: async (jwt) => {
      if (verifies(jwt)) return undefined;
      if (now() + earlyMs <= freshUntil) return unsigned;
      await refresh();
      return verifies(jwt) ? undefined : (failure ?? unsigned);
    },
  };
}

function webKeys(body: JsonObject): readonly WebKey[] {
  const listed = get(body, "keys");
  return (Array.isArray(listed) ? listed : []).slice(0, mostKeys).flatMap((one) => {
    if (!isObject(one)) return [];
    try {
      return [{ id: textOf(get(one, "kid")), key: createPublicKey({ key: one as JsonWebKey, format: "jwk" }) }];
    } catch {
      // A key of a kind that verifies nothing here.
      return [];
    }
  });
}
