import { get, isObject, type Clock, type JsonValue } from "@fairlead/apimachinery";
import { KubeError } from "../../errors.ts";
import type { Secret } from "../hidden.ts";
import { bearer, tokenExpiry } from "./authorization.ts";
import { expiringSource, type Expiring } from "./expiring.ts";
import { requestJson } from "./request-json.ts";
import type { CredentialPart, Source } from "./source.ts";

/** The auth-provider `oidc` of a kubeconfig. */
export interface OidcConfig {
  readonly issuer?: string;
  readonly clientId?: string;
  readonly clientSecret?: Secret;
  readonly idToken?: Secret;
  readonly refreshToken?: Secret;
  /** Certificates that may have signed the issuer's; the system's if absent. */
  readonly ca?: () => Promise<string>;
}

export interface OidcOptions {
  readonly clock: Clock;
  /**
   * Gets the tokens of a refresh, to write them back as kubectl does: an issuer that rotates refresh tokens accepts each
   * one only once, so whoever keeps the next one to itself logs its user out of kubectl. It must not reject.
   */
  readonly refreshed?: (tokens: RefreshedTokens) => Promise<void>;
}

export interface RefreshedTokens {
  readonly usedRefreshToken: string;
  readonly idToken: string;
  /** Absent if the issuer gave no new one. */
  readonly refreshToken?: string;
}

/** As client-go's: a token so close to its end is not used any more, in milliseconds. */
const expiryDelta = 10_000;
const again = "log in again with the tool that wrote the kubeconfig";

/**
 * The id token as a bearer token, until its end; then the next one, from the token endpoint that the issuer's discovery
 * document names (https://openid.net/specs/openid-connect-discovery-1_0.html,
 * https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokens).
 */
export function oidcSource(config: OidcConfig, options: OidcOptions): Source<CredentialPart> {
  const { clock } = options;
  let refreshToken = config.refreshToken?.reveal();
  let first = config.idToken?.reveal();

  return expiringSource(clock, async (signal) => {
    const given = first === undefined ? undefined : held(first);
    // Once it was used up or refused, only the issuer has another.
    first = undefined;
    if (given !== undefined && (given.expires ?? Infinity) > clock.now() + expiryDelta) return given;
    const idToken = await refresh(signal);
    const next = held(idToken);
    if (next === undefined)
      throw new KubeError("credentials", `the issuer gave an id token that is not one`, { hint: again });
    return next;
  });

  async function refresh(signal: AbortSignal): Promise<string> {
    const { issuer, clientId } = config;
    if (refreshToken === undefined || issuer === undefined || clientId === undefined) {
      const missing =
        refreshToken === undefined ? "refresh-token" : issuer === undefined ? "idp-issuer-url" : "client-id";
      const message = `the OIDC id token is missing, at its end or refused, and cannot be refreshed without ${missing}`;
      throw new KubeError("credentials", message, { hint: again });
    }
    const ca = await config.ca?.();
    const endpoint = await tokenEndpoint(issuer, ca, signal);
    const usedRefreshToken = refreshToken;
    const tokens = await requestTokens(endpoint, { clientId, refreshToken, ca }, signal);
    refreshToken = tokens.refreshToken ?? usedRefreshToken;
    await options.refreshed?.({ usedRefreshToken, ...tokens });
    return tokens.idToken;
  }

  async function requestTokens(
    endpoint: URL,
    { clientId, refreshToken: token, ca }: { clientId: string; refreshToken: string; ca: string | undefined },
    signal: AbortSignal,
  ): Promise<{ idToken: string; refreshToken?: string }> {
    const secret = config.clientSecret?.reveal() ?? "";
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token });
    const inForm = new URLSearchParams({ ...Object.fromEntries(form), client_id: clientId, client_secret: secret });
    if (secret === "") inForm.delete("client_secret");
    // RFC 6749, 2.3.1: a secret goes into the header; some issuers only read it from the form, as public clients send it.
    const header = `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString("base64")}`;
    const attempts = secret === "" ? [{ form: inForm }] : [{ form, authorization: header }, { form: inForm }];
    let answer: { status: number; body: JsonValue | undefined } = { status: 0, body: undefined };
    for (const attempt of attempts) {
      answer = await requestJson(endpoint, { ...attempt, signal, clock, ...(ca === undefined ? {} : { ca }) });
      if (answer.status !== 400 && answer.status !== 401) break;
    }
    const { status, body } = answer;
    if (status !== 200)
      throw new KubeError(
        "credentials",
        `the issuer ${endpoint.host} refused to refresh the id token: ${errorOf(status, body)}`,
        { hint: again },
      );
    const idToken = get(body, "id_token");
    if (typeof idToken !== "string") {
      const message = `the issuer ${endpoint.host} answered a refresh without an id token`;
      throw new KubeError("credentials", message, {
        hint: "request the scope openid when logging in, or use an exec plugin",
      });
    }
    const next = get(body, "refresh_token");
    return { idToken, ...(typeof next === "string" && next !== "" ? { refreshToken: next } : {}) };
  }

  async function tokenEndpoint(issuer: string, ca: string | undefined, signal: AbortSignal): Promise<URL> {
    const url = new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    const { status, body } = await requestJson(url, { signal, clock, ...(ca === undefined ? {} : { ca }) });
    const endpoint = get(body, "token_endpoint");
    if (status !== 200 || typeof endpoint !== "string" || !URL.canParse(endpoint)) {
      const message = `${url.host} has no usable OIDC discovery document (HTTP ${status})`;
      throw new KubeError("credentials", message, { hint: "check idp-issuer-url in the kubeconfig" });
    }
    return new URL(endpoint);
  }
}

function held(token: string): Expiring<CredentialPart> | undefined {
  const authorization = bearer(token);
  if (authorization === undefined) return undefined;
  const expires = tokenExpiry(token);
  return { value: { authorization }, ...(expires === undefined ? {} : { expires }) };
}

/** RFC 6749, 5.2: `error` is a word of a closed set; the description is the issuer's text and stays out. */
function errorOf(status: number, body: JsonValue | undefined): string {
  const error = isObject(body) ? get(body, "error") : undefined;
  return typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? `${error} (HTTP ${status})` : `HTTP ${status}`;
}
