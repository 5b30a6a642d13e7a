import type { OutgoingHeaders } from "./exchange.ts";

const names = new Map<string, string>();

/** Header names as Go writes them over HTTP/1.1: `X-Kubernetes-Pf-Flowschema-Uid`. */
export function canonicalHeaders(headers: OutgoingHeaders): OutgoingHeaders {
  const result: OutgoingHeaders = {};
  for (const name in headers) result[canonical(name)] = headers[name]!;
  return result;
}

/** The names are the server's own, so they are few. */
function canonical(name: string): string {
  let known = names.get(name);
  if (known === undefined) {
    known = name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
    names.set(name, known);
  }
  return known;
}
