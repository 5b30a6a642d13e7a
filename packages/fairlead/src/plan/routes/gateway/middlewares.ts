import { get, type JsonObject } from "@fairlead/apimachinery";
import { fields, filled } from "../../shared/fields.ts";
import type { Middleware, Redirect, ResolvedRoute } from "../model.ts";
import { describe, unsupported } from "../unsupported.ts";

/** Whether the filters depend on the path that was matched, so that each match needs a rule of its own. */
export function needsOneMatch(middlewares: readonly Middleware[]): boolean {
  return middlewares.some(({ kind }) => kind === "stripPrefix" || kind === "addPrefix");
}

/** HTTPRouteFilters; undefined when a middleware has no equivalent, which is reported. */
export function gatewayFilters(
  route: ResolvedRoute,
  middlewares: readonly Middleware[],
  matches: readonly JsonObject[],
): JsonObject[] | undefined {
  const filters: JsonObject[] = [];
  const headers = { request: new Map<string, string>(), response: new Map<string, string>() };
  let complete = true;
  for (const middleware of middlewares) {
    if (middleware.kind === "headers") {
      for (const way of ["request", "response"] as const) {
        for (const [name, value] of Object.entries(middleware[way])) headers[way].set(name, value);
      }
      continue;
    }
    const filter = gatewayFilter(middleware, matches);
    const taken =
      filter !== undefined &&
      filters.some((other) => other["type"] === filter["type"] && other["type"] !== "ExtensionRef");
    if (filter === undefined || taken) {
      unsupported(
        route,
        taken ? `${describe(middleware)} beside another change of the path` : describe(middleware),
        middleware.field,
      );
      complete = false;
    } else filters.push(filter);
  }
  if (!complete) return undefined;
  return [...headerFilters(headers), ...filters];
}

/** A filter may stand once in a rule, so all header changes are one. */
function headerFilters(headers: Readonly<Record<"request" | "response", ReadonlyMap<string, string>>>): JsonObject[] {
  return (["request", "response"] as const).flatMap((way): JsonObject[] => {
    const entries = [...headers[way]].sort(([a], [b]) => (a < b ? -1 : 1));
    if (entries.length === 0) return [];
    const change = fields({
      set: filled(entries.filter(([, value]) => value !== "").map(([name, value]) => ({ name, value }))),
      remove: filled(entries.filter(([, value]) => value === "").map(([name]) => name)),
    });
    return way === "request"
      ? [{ type: "RequestHeaderModifier", requestHeaderModifier: change }]
      : [{ type: "ResponseHeaderModifier", responseHeaderModifier: change }];
  });
}

function gatewayFilter(middleware: Middleware, matches: readonly JsonObject[]): JsonObject | undefined {
  switch (middleware.kind) {
    case "redirect":
      return redirectFilter(middleware.redirect);
    case "replacePath":
      return rewrite({ type: "ReplaceFullPath", replaceFullPath: middleware.path });
    case "stripPrefix":
      return prefixFilter(matches, (prefix) => {
        const cut = middleware.prefixes.find(
          (candidate) => prefix === candidate || prefix.startsWith(withSlash(candidate)),
        );
        return cut === undefined ? undefined : prefix.slice(cut.replace(/\/$/, "").length) || "/";
      });
    case "addPrefix":
      return prefixFilter(
        matches,
        (prefix) => `${middleware.prefix.replace(/\/$/, "")}${prefix === "/" ? "" : prefix}` || "/",
      );
    case "ref":
      if (middleware.namespace !== undefined) return undefined;
      return { type: "ExtensionRef", extensionRef: { group: "traefik.io", kind: "Middleware", name: middleware.name } };
    case "allowList":
    case "cors":
    case "basicAuth":
    case "rateLimit":
    case "traefik":
    case "headers":
      return undefined;
  }
}

function withSlash(prefix: string): string {
  return prefix.endsWith("/") ? prefix : `${prefix}/`;
}

/** The Gateway API replaces the prefix that was matched, so there has to be exactly one. */
function prefixFilter(
  matches: readonly JsonObject[],
  change: (prefix: string) => string | undefined,
): JsonObject | undefined {
  const path = matches.length === 1 ? matches[0]!["path"] : undefined;
  if (path === undefined || get(path, "type") !== "PathPrefix") return undefined;
  const prefix = get(path, "value");
  const replaced = typeof prefix === "string" ? change(prefix) : undefined;
  return replaced === undefined ? undefined : rewrite({ type: "ReplacePrefixMatch", replacePrefixMatch: replaced });
}

function rewrite(path: JsonObject): JsonObject {
  return { type: "URLRewrite", urlRewrite: { path } };
}

function redirectFilter({ scheme, port, host, regex, permanent }: Redirect): JsonObject | undefined {
  if (regex !== undefined) return undefined;
  const statusCode = permanent === true ? 301 : 302;
  return { type: "RequestRedirect", requestRedirect: fields({ scheme, hostname: host, port, statusCode }) };
}
