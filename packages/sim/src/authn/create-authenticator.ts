import type { User } from "../api/user.ts";
import type { Authentication, Authenticator, Presented, TokenAuthenticator, TokenOutcome } from "./authenticator.ts";
import { bearerToken, protocolToken } from "./presented-token.ts";
import { authenticated, credentialIdKey } from "./well-known-users.ts";

export interface AuthenticatorOptions {
  /** Ways of authenticating a bearer token, the cheap ones first: the first that knows the user is taken. */
  readonly tokens: readonly TokenAuthenticator[];
  /** For which tokens have to be meant. */
  readonly apiAudiences: readonly string[];
  /** Who may go on without credentials: everybody unless told, or only requests of these paths. */
  readonly anonymous?: boolean | { readonly paths: readonly string[] };
}

/** Says who sends a request: by a client certificate, then by a bearer token. */
export interface AuthenticatorChain extends Authenticator {
  /** For TokenReview: what the token is good for, of the audiences that are asked for. */
  review(token: string, audiences: readonly string[]): Promise<TokenOutcome>;
  readonly apiAudiences: readonly string[];
}

const unknownToken = "invalid bearer token";

export function createAuthenticator(options: AuthenticatorOptions): AuthenticatorChain {
  const { tokens, apiAudiences, anonymous = true } = options;

  async function ask(token: string, audiences: readonly string[]): Promise<TokenOutcome> {
    const messages = [unknownToken];
    for (const way of tokens) {
      const outcome = await way(token, audiences);
      if (outcome.kind === "user") return { ...outcome, user: authenticated(outcome.user) };
      if (outcome.kind === "problem") messages.push(outcome.message);
    }
    return { kind: "problem", message: aggregated(messages) };
  }

  async function authenticate({ certificate, headers, path }: Presented): Promise<Authentication> {
    if (certificate !== undefined && certificate.commonName !== "") {
      return { kind: "user", user: authenticated(certificateUser(certificate)) };
    }
    for (const presented of [bearerToken(headers), protocolToken(headers)]) {
      if (presented.kind === "none") continue;
      if (presented.kind === "problem") return { kind: "refused", message: presented.message };
      const outcome = await ask(presented.token, apiAudiences);
      if (outcome.kind === "user") {
        const { user, warning } = outcome;
        return { kind: "user", user, ...(warning === undefined ? {} : { warning }) };
      }
      return { kind: "refused", message: outcome.kind === "problem" ? outcome.message : unknownToken };
    }
    if (mayBeAnonymous(path)) return { kind: "none" };
    return { kind: "refused", message: "no credentials were presented" };
  }

  const mayBeAnonymous = (path: string | undefined): boolean =>
    typeof anonymous === "boolean" ? anonymous : path !== undefined && anonymous.paths.includes(path);

  return {
    authenticate,
    review: async (token, audiences) => {
      // What a header cannot carry is none, and a token ends at the first space of it.
      const presented = bearerToken({ authorization: `Bearer ${token}` });
      return presented.kind === "token" ? ask(presented.token, audiences) : { kind: "problem", message: unknownToken };
    },
    apiAudiences,
  };
}

function certificateUser({ commonName, organizations, sha256, uid }: NonNullable<Presented["certificate"]>): User {
  return {
    name: commonName,
    ...(uid === undefined || uid === "" ? {} : { uid }),
    groups: organizations,
    ...(sha256 === undefined ? {} : { extra: { [credentialIdKey]: [`X509SHA256=${sha256}`] } }),
  };
}

function aggregated(messages: readonly string[]): string {
  const unique = [...new Set(messages)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(", ")}]`;
}
