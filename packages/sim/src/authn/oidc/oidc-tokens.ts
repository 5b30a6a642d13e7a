import { get, textOf } from "@fairlead/apimachinery";
import { goQuote, goQuoteList } from "../../authz/go-quote.ts";
import type { TokenAuthenticator, TokenOutcome } from "../authenticator.ts";
import { type Jwt, parseJwt, signatureAlgorithms } from "../jwt.ts";
import { audiencesOf, timesOf } from "../service-account-claims.ts";
import { claimsUser } from "./claims-user.ts";
import type { FetchOptions } from "./fetch-document.ts";
import { type IssuerKeys, issuerKeys } from "./issuer-keys.ts";
import type { JwtIssuer } from "./jwt-issuer.ts";

export interface OidcOptions {
  readonly issuers: readonly JwtIssuer[];
  /** The tokens count as meant for the API server, once they are meant for an audience of their issuer. */
  readonly apiAudiences: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly limits?: FetchOptions;
}

/** ID tokens of OpenID Connect, by the issuers of an AuthenticationConfiguration. */
export function oidcTokens({ issuers, apiAudiences, now, limits = {} }: OidcOptions): TokenAuthenticator {
  const known = new Map(issuers.map((issuer) => [issuer.url, { issuer, keys: issuerKeys(issuer, now, limits) }]));
  return async (token, wanted) => {
    const audiences = apiAudiences.filter((one) => wanted.includes(one));
    const jwt = parseJwt(token);
    const found = jwt === undefined ? undefined : known.get(issuerOf(jwt));
    if (jwt === undefined || found === undefined || audiences.length === 0) return { kind: "none" };
    const problem = claimsProblem(jwt, found.issuer, now()) ?? (await signatureProblem(jwt, found.keys));
    if (problem !== undefined) return { kind: "problem", message: problem };
    const outcome = claimsUser(jwt.payload, found.issuer);
    return outcome.kind === "user" ? { kind: "user", user: outcome.user, audiences } : (outcome satisfies TokenOutcome);
  };
}

/** Google leaves the scheme out. */
function issuerOf({ payload }: Jwt): string {
  const issuer = get(payload, "iss");
  return issuer === "accounts.google.com" ? "https://accounts.google.com" : textOf(issuer);
}

const leewaySeconds = 60;

/** What is wrong with the token whoever has signed it: asked first, so that no keys are fetched for it. */
function claimsProblem({ header, payload }: Jwt, { audiences }: JwtIssuer, now: number): string | undefined {
  const meant = audiencesOf(get(payload, "aud"));
  const fail = (message: string): string => `oidc: verify token: oidc: ${message}`;
  if (!meant.some((one) => audiences.includes(one))) {
    const [single, ...more] = audiences;
    const expected = more.length === 0 ? goQuote(single!) : `in ${goQuoteList([...audiences].sort())}`;
    return fail(`expected audience ${expected} got ${goQuoteList(meant)}`);
  }
  const { expires = 0, notBefore } = timesOf(payload);
  if (expires * 1000 < now) return fail(`token is expired (Token Expiry: ${timeText(expires)})`);
  if (notBefore !== undefined && now + leewaySeconds * 1000 < notBefore * 1000) {
    return fail(`current time ${timeText(now / 1000)} before the nbf (not before) time: ${timeText(notBefore)}`);
  }
  const algorithm = textOf(get(header, "alg"));
  if (signatureAlgorithms.includes(algorithm)) return undefined;
  const expected = goQuoteList([...signatureAlgorithms].sort());
  return fail(`id token signed with unsupported algorithm, expected ${expected} got ${goQuote(algorithm)}`);
}

const signatureProblem = (jwt: Jwt, keys: IssuerKeys): Promise<string | undefined> => keys.problemOf(jwt);

/** As Go prints a time in UTC, to the second. */
function timeText(seconds: number): string {
  const limit = 8.64e12;
  const date = new Date(Math.max(-limit, Math.min(limit, Math.trunc(seconds))) * 1000);
  return `${date.toISOString().slice(0, -5).replace("T", " ")} +0000 UTC`;
}
