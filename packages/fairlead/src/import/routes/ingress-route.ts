import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { objectOf } from "../pod-template.ts";
import {
  backendFields,
  backendStyles,
  withHosts,
  type AppOf,
  type BackendStyle,
  type NamedBackend,
} from "./backend.ts";
import { readRule } from "./traefik-rule.ts";

/** What a rule's `middlewares` become, item by item. */
export type MiddlewareForm = (reference: JsonValue) => JsonObject;

/** Specs of a Route that may stand for a Traefik IngressRoute, the shortest first. */
export function ingressRouteCandidates(object: KrmObject, appOf: AppOf, middleware: MiddlewareForm): JsonObject[] {
  const spec = objectOf(object["spec"]);
  const routes = spec["routes"];
  if (!Array.isArray(routes) || routes.length === 0) return [];
  const common = {
    ...(spec["entryPoints"] !== undefined && { entryPoints: spec["entryPoints"] }),
    tls: traefikTls(spec["tls"]),
  };
  const candidates: JsonObject[] = [];
  for (const style of backendStyles) {
    for (const parsed of [true, false]) {
      const rules = routes.map((route) =>
        readRoute(route, parsed, style, (service) => appOf(object.metadata.namespace, service), middleware),
      );
      if (rules.some((rule) => rule === undefined)) continue;
      candidates.push({
        target: "traefik",
        standardLabels: false,
        ...withHosts(rules.map((rule) => rule!)),
        ...common,
      });
    }
  }
  return candidates;
}

/** Traefik's `tls` in a Route's words: a Route without hosts for a certificate uses Traefik's default one. */
export function traefikTls(tls: JsonValue | undefined): JsonValue {
  if (!isObject(tls)) return false;
  const { secretName, certResolver, options, store } = tls;
  const rest = { ...(options !== undefined && { options }), ...(store !== undefined && { store }) };
  if (secretName !== undefined) return { secretName, ...rest };
  return certResolver !== undefined ? { certResolver, ...rest } : { hosts: [], ...rest };
}

function readRoute(
  route: JsonValue,
  parsed: boolean,
  style: BackendStyle,
  appOf: (service: string) => string | undefined,
  middleware: MiddlewareForm,
): { hosts: readonly string[]; rule: JsonObject } | undefined {
  const match = get(route, "match");
  if (typeof match !== "string") return undefined;
  const { hosts, rest } = parsed ? readRule(match) : { hosts: [], rest: { match } };
  const services = get(route, "services");
  const target = readServices(Array.isArray(services) ? services : [], style, appOf);
  if (target === undefined) return undefined;
  const middlewares = get(route, "middlewares");
  const priority = get(route, "priority");
  return {
    hosts,
    rule: {
      ...rest,
      ...target,
      ...(Array.isArray(middlewares) && middlewares.length > 0 && { middlewares: middlewares.map(middleware) }),
      ...(priority !== undefined && { priority }),
    },
  };
}

function readServices(
  services: readonly JsonValue[],
  style: BackendStyle,
  appOf: (service: string) => string | undefined,
): JsonObject | undefined {
  const [first] = services;
  if (services.length === 1 && get(first, "kind") === "TraefikService" && get(first, "name") === "noop@internal")
    return {};
  if (services.length === 0 || services.some((service) => (get(service, "kind") ?? "Service") !== "Service"))
    return undefined;
  const cookie = get(get(first, "sticky"), "cookie");
  const extra = {
    ...(isObject(cookie) && { sticky: cookie }),
    ...(get(first, "passHostHeader") !== undefined && { passHostHeader: get(first, "passHostHeader")! }),
    ...(get(first, "serversTransport") !== undefined && { serversTransport: get(first, "serversTransport")! }),
  };
  if (services.length === 1) {
    const fields = backendFields(named(first!), style, appOf);
    return fields === undefined ? undefined : { ...fields, ...extra };
  }
  const backends = services.map((service) => {
    const fields = backendFields(named(service), style, appOf);
    const weight = get(service, "weight");
    return fields === undefined ? undefined : { ...fields, ...(weight !== undefined && { weight }) };
  });
  return backends.every((backend) => backend !== undefined) ? { backends, ...extra } : undefined;
}

export function named(service: JsonValue): NamedBackend {
  const name = get(service, "name");
  const namespace = get(service, "namespace");
  return {
    name: typeof name === "string" ? name : "",
    namespace: typeof namespace === "string" ? namespace : undefined,
    port: get(service, "port"),
    scheme: get(service, "scheme"),
  };
}
