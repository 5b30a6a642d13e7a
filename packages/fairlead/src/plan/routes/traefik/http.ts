import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../../shared/fields.ts";
import { hostMatcher } from "../hosts.ts";
import type { Backend, HttpRule, ResolvedRoute } from "../model.ts";
import { all, any, type Condition } from "../rule/condition.ts";
import { printRule } from "../rule/print-rule.ts";
import { unsupported } from "../unsupported.ts";
import { middlewareObjects, middlewareReferences } from "./middlewares.ts";
import { traefikTls } from "./tls.ts";

export const traefikApi = "traefik.io/v1alpha1";

/** The IngressRoute of the HTTP rules, and the Middlewares that they need. */
export function http(route: ResolvedRoute): readonly KrmObject[] {
  if (route.http.length === 0) return [];
  const { app } = route.declaration.spec;
  const name = route.declaration.compat ? `${app ?? route.name}-http` : route.name;
  const spec = fields({
    entryPoints: filled([...route.entryPoints]),
    routes: route.http.map((rule) => traefikRoute(route, rule)),
    tls: traefikTls(route.tls),
  });
  const ingressRoute = {
    apiVersion: traefikApi,
    kind: "IngressRoute",
    metadata: route.metadata(name, { primary: true }),
    spec,
  };
  return [
    ingressRoute,
    ...middlewareObjects(
      route,
      route.http.flatMap((rule) => rule.middlewares),
    ),
  ];
}

function traefikRoute(route: ResolvedRoute, rule: HttpRule): JsonObject {
  if (rule.timeout !== undefined) {
    unsupported(
      route,
      "a timeout",
      [...rule.field, "timeout"],
      "write it in a ServersTransport, or in Traefik's entry point",
    );
  }
  return fields({
    match: traefikMatch(rule),
    kind: "Rule",
    priority: rule.priority,
    services:
      rule.backends.length === 0 ? [nowhere] : rule.backends.map((backend) => traefikService(route, rule, backend)),
    middlewares: filled(middlewareReferences(rule.middlewares)),
  });
}

/** What a redirect that needs no App is sent to; Traefik wants a service in every router. */
const nowhere = { kind: "TraefikService", name: "noop@internal" };

/**
 * ``(Host(`a`) || Host(`b`)) && PathPrefix(`/x`)``: alternatives of hosts in parentheses, since `&&` binds more
 * tightly; without them the first host would be routed whatever its path. A `match` stays as it was written.
 */
export function traefikMatch(rule: Pick<HttpRule, "hosts" | "condition" | "written">): string {
  const hosts = any(rule.hosts.map(hostMatcher));
  if (rule.written === undefined) {
    const terms = [hosts, ...partsOf(rule.condition)].filter((term) => term !== undefined);
    return printRule(all(terms)!);
  }
  if (hosts === undefined) return rule.written;
  const written = rule.condition?.kind === "or" ? `(${rule.written})` : rule.written;
  return `${hosts.kind === "or" ? `(${printRule(hosts)})` : printRule(hosts)} && ${written}`;
}

/** One level of `&&` is enough. */
function partsOf(condition: Condition | undefined): readonly Condition[] {
  if (condition === undefined) return [];
  return condition.kind === "and" ? condition.terms : [condition];
}

function traefikService(route: ResolvedRoute, rule: HttpRule, backend: Backend): JsonObject {
  const { sticky } = rule;
  return fields({
    ...serviceReference(backend),
    weight: rule.backends.length > 1 ? backend.weight : undefined,
    passHostHeader: rule.passHostHeader,
    serversTransport: rule.serversTransport,
    sticky: sticky === undefined ? undefined : { cookie: { ...sticky } },
  });
}

/** A Service with its port, or Traefik's weighted service, which has none. */
export function serviceReference(backend: Backend): { [field: string]: string | number | undefined } {
  const { kind, name, namespace, port, scheme } = backend;
  if (kind === "TraefikService") return { kind, name, namespace };
  return { name, namespace, port, scheme: scheme === "http" ? undefined : scheme };
}
