import type { FieldPath } from "@fairlead/apimachinery";
import type { Backend, Middleware, ResolvedRoute } from "./model.ts";

/** Reports what the target cannot express; gives undefined, so that callers can return it. */
export function unsupported(route: ResolvedRoute, what: string, field: FieldPath, hint?: string): undefined {
  const target = route.target === "gateway" ? "the Gateway API" : route.target === "ingress" ? "an Ingress" : "Traefik";
  route.report("FL308", {
    message: `${target} cannot express ${what}`,
    field,
    hint: hint ?? "write the Route for traefik, or leave it out",
  });
}

/** What a middleware is called in findings. */
export function describe(middleware: Middleware): string {
  switch (middleware.kind) {
    case "ref":
      return `the Middleware ${middleware.namespace === undefined ? "" : `${middleware.namespace}/`}${middleware.name}`;
    case "allowList":
      return middleware.vpn ? "the VPN's allow-list" : "an allow-list of addresses";
    case "headers":
      return "changed headers";
    case "cors":
      return "cross-origin settings";
    case "stripPrefix":
      return "a stripped prefix";
    case "addPrefix":
      return "an added prefix";
    case "replacePath":
      return "a replaced path";
    case "redirect":
      return middleware.redirect.regex === undefined ? "this redirect" : "a redirect by regular expression";
    case "basicAuth":
      return "basic authentication";
    case "rateLimit":
      return "a rate limit";
    case "traefik":
      return "a Traefik middleware";
  }
}

/** The port as a number, which every target but Traefik needs; a name that could not be looked up is reported. */
export function numberedPort(route: ResolvedRoute, backend: Backend, field: FieldPath): number | undefined {
  if (typeof backend.port === "number") return backend.port;
  const hint = "write `port` with the number";
  route.report("FL302", {
    message: `the port ${backend.port ?? ""} of Service ${backend.name} is a name that is not in the input`,
    hint,
    field,
  });
  return undefined;
}
