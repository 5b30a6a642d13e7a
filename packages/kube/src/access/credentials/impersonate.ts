/** Whom to act as. The API server demands the verb `impersonate` on each part of it. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
}

/**
 * The headers of an impersonation (https://kubernetes.io/docs/reference/access-authn-authz/authentication, "User
 * impersonation"), or what about it cannot be sent. Names are lower case; keys of `extra` are percent-encoded where a
 * header's name may not hold the character, as client-go does. The server reads these keys in lower case.
 */
export function impersonationHeaders(
  as: Impersonation,
): { readonly headers: { readonly [name: string]: string | readonly string[] } } | { readonly problem: string } {
  const headers: { [name: string]: string | string[] } = { "impersonate-user": as.user };
  if (as.user === "") return { problem: "the name of the user to act as is empty" };
  if (as.uid !== undefined && as.uid !== "") headers["impersonate-uid"] = as.uid;
  if (as.groups !== undefined && as.groups.length > 0) headers["impersonate-group"] = [...as.groups];
  for (const [key, values] of Object.entries(as.extra ?? {})) {
    if (values.length > 0) headers[`impersonate-extra-${headerKey(key)}`] = [...values];
  }
  for (const [name, value] of Object.entries(headers)) {
    if ([value].flat().some((text) => !isHeaderText(text)))
      return { problem: `${name} cannot be sent: it has a character that a header cannot carry` };
  }
  return { headers };
}

/** What HTTP carries unchanged: visible characters of ASCII, spaces within. */
export function isHeaderText(text: string): boolean {
  return /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(text);
}

/** Characters that RFC 9110 allows in a header's name stay, except `%`. */
function headerKey(key: string): string {
  let escaped = "";
  for (const byte of new TextEncoder().encode(key)) {
    const c = String.fromCharCode(byte);
    escaped += /[!#$&'*+.^_`|~\w-]/.test(c) && byte < 0x80 ? c.toLowerCase() : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return escaped;
}
