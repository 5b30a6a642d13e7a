import { createHash } from "node:crypto";
import type { User } from "../api/user.ts";
import type { TokenAuthenticator } from "./authenticator.ts";

/** Tokens that are given to the API server when it starts. They are good for the audiences of the API server. */
export function staticTokens(tokens: ReadonlyMap<string, User>, apiAudiences: readonly string[]): TokenAuthenticator {
  // By digest: how long a lookup takes says nothing of a token.
  const byDigest = new Map(Array.from(tokens, ([token, user]) => [digest(token), user]));
  return (token, wanted) => {
    const user = byDigest.get(digest(token));
    const audiences = apiAudiences.filter((one) => wanted.includes(one));
    return user === undefined || audiences.length === 0 ? { kind: "none" } : { kind: "user", user, audiences };
  };
}

const digest = (token: string): string => createHash("sha256").update(token).digest("base64");
