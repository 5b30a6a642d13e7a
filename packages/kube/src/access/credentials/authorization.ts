import { isHeaderText } from "./impersonate.ts";

/** The Authorization header for a bearer token, or undefined when it cannot be one: empty, or with spaces within. */
export function bearer(token: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(token) ? `Bearer ${token}` : undefined;
}

/** The Authorization header of RFC 7617, or undefined for what it cannot carry: a colon or a control in the name. */
export function basic(username: string, password: string): string | undefined {
  if (username.includes(":") || /\p{Cc}/u.test(username + password)) return undefined;
  const header = `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
  return isHeaderText(header) ? header : undefined;
}

/**
 * When a JSON Web Token stops being valid, in milliseconds since the epoch: its `exp`. Undefined for what is no such
 * token or has no end. Nothing is verified: this only tells whether sending it makes sense.
 */
export function tokenExpiry(token: string): number | undefined {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined || payload.length > 65_536) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    const exp: unknown = typeof claims === "object" && claims !== null && "exp" in claims ? claims.exp : undefined;
    return typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
