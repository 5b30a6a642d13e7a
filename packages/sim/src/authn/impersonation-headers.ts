import { compareText } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import { goQuote } from "../authz/go-quote.ts";
import { type ApiError, badRequest } from "../errors.ts";
import type { Presented } from "./authenticator.ts";

type Headers = Presented["headers"];

const extraPrefix = "impersonate-extra-";

/**
 * Who the sender of a request wants to be, by its `Impersonate-*` headers, as they are: nothing is added. Undefined
 * for a request without them; an error for one that names groups, a uid or more, but no user.
 */
export function wantedUser(headers: Headers): User | ApiError | undefined {
  const name = valuesOf(headers["impersonate-user"])[0] ?? "";
  const uid = valuesOf(headers["impersonate-uid"])[0] ?? "";
  const groups = valuesOf(headers["impersonate-group"]);
  const extra = new Map<string, readonly string[]>();
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(extraPrefix)) continue;
    const key = unescaped(header.slice(extraPrefix.length));
    extra.set(key, [...(extra.get(key) ?? []), ...valuesOf(headers[header])]);
  }
  if (name === "") {
    if (uid === "" && groups.length === 0 && extra.size === 0) return undefined;
    return badRequest(`requested ${goSyntax(uid, groups, extra)} without impersonating a user name`);
  }
  const sorted = [...extra].toSorted(([a], [b]) => compareText(a, b));
  return {
    name,
    ...(uid === "" ? {} : { uid }),
    groups,
    ...(extra.size === 0 ? {} : { extra: Object.fromEntries(sorted) }),
  };
}

const valuesOf = (header: string | readonly string[] | undefined): readonly string[] =>
  header === undefined ? [] : typeof header === "string" ? [header] : header;

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** The user as Go prints it with `%#v`. */
function goSyntax(uid: string, groups: readonly string[], extra: ReadonlyMap<string, readonly string[]>): string {
  const list = (texts: readonly string[]): string => `[]string{${texts.map(goQuote).join(", ")}}`;
  const entries = [...extra].toSorted(([a], [b]) => compareText(a, b));
  const map = entries.map(([key, values]) => `${goQuote(key)}:${list(values)}`).join(", ");
  const shownGroups = groups.length === 0 ? "[]string(nil)" : list(groups);
  const shownExtra = `map[string][]string${extra.size === 0 ? "(nil)" : `{${map}}`}`;
  return `&user.DefaultInfo{Name:"", UID:${goQuote(uid)}, Groups:${shownGroups}, Extra:${shownExtra}}`;
}
