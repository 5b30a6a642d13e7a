import type { IncomingHttpHeaders } from "node:http";

const prefix = "impersonate-";

/**
 * The headers of a request, those of impersonation as lists: Node joins headers of one name by commas, and a group may
 * have a comma in its name. `raw` has names and values in turn. Other requests keep the headers that they have.
 */
export function separateHeaders(headers: IncomingHttpHeaders, raw: readonly string[]): IncomingHttpHeaders {
  if (!Object.keys(headers).some((name) => name.startsWith(prefix))) return headers;
  const lists = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    if (name.startsWith(prefix)) lists.set(name, [...(lists.get(name) ?? []), raw[at + 1]!]);
  }
  return { ...headers, ...Object.fromEntries(lists) };
}
