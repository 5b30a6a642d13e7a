import { celFunc, celList, celMap, celMethod, CelScalar, type CelFunc, type CelMap } from "@bufbuild/cel";
import { MAP, opaque, textOf } from "./opaque.ts";

const { BOOL, STRING } = CelScalar;

type Parts = { readonly scheme: string; readonly host: string; readonly path: string; readonly query: string };

/** A URL as Go's ParseRequestURI reads it: absolute, or a path from the root. */
function parse(text: string): Parts | undefined {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/s.exec(text);
  if (match === null || /\p{Cc}/u.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const [, scheme = "", authority = "", path = "", query = ""] = match;
  if (scheme === "" && !text.startsWith("/")) return undefined;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (/[\s<>"]/.test(host) || !/^(\[[^\]]*\]|[^:]*)(:\d*)?$/.test(host)) return undefined;
  return { scheme: scheme.toLowerCase(), host, path, query };
}

function need(text: string): Parts {
  const parts = parse(text);
  if (parts === undefined)
    throw new Error(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return parts;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function queryOf(text: string): CelMap {
  const values = new Map<string, string[]>();
  for (const pair of text.split("&").filter((one) => one !== "")) {
    const equals = pair.indexOf("=");
    const key = decode(equals < 0 ? pair : pair.slice(0, equals));
    values.set(key, [...(values.get(key) ?? []), equals < 0 ? "" : decode(pair.slice(equals + 1))]);
  }
  return celMap(new Map([...values].map(([key, list]) => [key, celList(list)])));
}

const getter = (name: string, get: (parts: Parts) => string): CelFunc =>
  celMethod(name, MAP, [], STRING, function () {
    return get(need(textOf(this, "url")));
  });

export const urlFunctions: CelFunc[] = [
  celFunc("url", [STRING], MAP, (text) => {
    need(text);
    return opaque("url", text);
  }),
  celFunc("isURL", [STRING], BOOL, (text) => parse(text) !== undefined),
  getter("getScheme", ({ scheme }) => scheme),
  getter("getHost", ({ host }) => host),
  getter("getHostname", ({ host }) => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1")),
  getter("getPort", ({ host }) => /:(\d*)$/.exec(host)?.[1] ?? ""),
  getter("getEscapedPath", ({ path }) => path.replace(/[^\w\-.~!$&'()*+,;=:@/%]/gu, (one) => encodeURIComponent(one))),
  celMethod("getQuery", MAP, [], MAP, function () {
    return queryOf(need(textOf(this, "url")).query);
  }),
];
