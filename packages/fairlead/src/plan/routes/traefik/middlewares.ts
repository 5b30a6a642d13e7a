import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../../shared/fields.ts";
import { sorted } from "../../shared/metadata.ts";
import type { Cors, Middleware, RateLimit, Redirect, ResolvedRoute } from "../model.ts";

/** What a route refers to, in order. */
export function middlewareReferences(middlewares: readonly Middleware[]): JsonObject[] {
  return middlewares.map((middleware) =>
    fields({ name: middleware.name, namespace: middleware.kind === "ref" ? middleware.namespace : undefined }),
  );
}

/** The Middleware objects, each name once. */
export function middlewareObjects(route: ResolvedRoute, middlewares: readonly Middleware[]): readonly KrmObject[] {
  const made = new Map<string, KrmObject>();
  for (const middleware of middlewares) {
    const spec = middlewareSpec(middleware);
    if (spec === undefined || made.has(middleware.name)) continue;
    const metadata = route.metadata(middleware.name);
    made.set(middleware.name, { apiVersion: "traefik.io/v1alpha1", kind: "Middleware", metadata, spec });
  }
  return [...made.values()];
}

/** https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/overview/ */
export function middlewareSpec(middleware: Middleware): JsonObject | undefined {
  switch (middleware.kind) {
    case "ref":
      return undefined;
    case "allowList":
      return { ipAllowList: { sourceRange: [...middleware.ranges] } };
    case "headers":
      return {
        headers: fields({
          customRequestHeaders: filled(sorted(middleware.request)),
          customResponseHeaders: filled(sorted(middleware.response)),
        }),
      };
    case "cors":
      return { headers: corsHeaders(middleware.cors) };
    case "stripPrefix":
      return { stripPrefix: { prefixes: [...middleware.prefixes] } };
    case "addPrefix":
      return { addPrefix: { prefix: middleware.prefix } };
    case "replacePath":
      return { replacePath: { path: middleware.path } };
    case "redirect":
      return redirectSpec(middleware.redirect);
    case "basicAuth": {
      const { secret, realm, removeHeader } = middleware;
      return { basicAuth: fields({ secret, realm, removeHeader }) };
    }
    case "rateLimit":
      return { rateLimit: rateLimitSpec(middleware.limit) };
    case "traefik":
      return middleware.spec as JsonObject;
  }
}

function corsHeaders(cors: Cors): JsonObject {
  return fields({
    accessControlAllowCredentials: cors.credentials,
    accessControlAllowHeaders: copy(cors.headers),
    accessControlAllowMethods: copy(cors.methods),
    accessControlAllowOriginList: copy(cors.origins),
    accessControlExposeHeaders: copy(cors.exposeHeaders),
    accessControlMaxAge: cors.maxAge,
    // The answer depends on the Origin header, so caches have to know.
    addVaryHeader: true,
  });
}

function copy(list: readonly string[] | undefined): string[] | undefined {
  return list === undefined ? undefined : filled([...list]);
}

function redirectSpec({ scheme, port, host, regex, replacement, permanent }: Redirect): JsonObject {
  if (regex !== undefined) return { redirectRegex: fields({ regex, replacement, permanent }) };
  if (host !== undefined) {
    const authority = port === undefined ? host : `${host}:${port}`;
    const everything = "^(https?)://[^/]+(/.*)?$";
    const target = `${scheme ?? "${1}"}://${authority}\${2}`;
    return { redirectRegex: fields({ regex: everything, replacement: target, permanent }) };
  }
  return { redirectScheme: fields({ scheme, port: port === undefined ? undefined : String(port), permanent }) };
}

function rateLimitSpec({ average, period, burst, by = "ip", header, depth }: RateLimit): JsonObject {
  const criterion =
    by === "host"
      ? { requestHost: true }
      : by === "header" && header !== undefined
        ? { requestHeaderName: header }
        : depth === undefined
          ? undefined
          : { ipStrategy: { depth } };
  return fields({ average, period, burst, sourceCriterion: criterion });
}
