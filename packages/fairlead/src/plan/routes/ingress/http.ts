import type { JsonObject } from "@fairlead/apimachinery";
import { equal } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../../shared/fields.ts";
import type { Backend, HttpRule, ResolvedRoute } from "../model.ts";
import { middlewareObjects } from "../traefik/middlewares.ts";
import { numberedPort, unsupported } from "../unsupported.ts";
import { controllerOf } from "./controller.ts";
import { ingressPaths } from "./match.ts";
import { ingressAnnotations } from "./middlewares.ts";
import { ingressTls, tlsAnnotations } from "./tls.ts";

type Annotations = { readonly [key: string]: string };

/**
 * Ingresses (networking.k8s.io/v1). Annotations hold for a whole Ingress, so rules that need different ones are
 * different Ingresses: ROUTE, ROUTE-2 and so on.
 */
export function http(route: ResolvedRoute): readonly KrmObject[] {
  const groups: { readonly annotations: Annotations; readonly rules: HttpRule[]; readonly paths: JsonObject[][] }[] =
    [];
  for (const rule of route.http) {
    const paths = rulePaths(route, rule);
    const extra = ingressAnnotations(route, rule, controllerOf(route));
    if (paths === undefined || extra === undefined) continue;
    const annotations = { ...doors(route), ...tlsAnnotations(route), ...extra };
    const group = groups.find((other) => equal(other.annotations, annotations));
    if (group === undefined) groups.push({ annotations, rules: [rule], paths: [paths] });
    else {
      group.rules.push(rule);
      group.paths.push(paths);
    }
  }
  const ingresses = groups.map(({ annotations, rules, paths }, index) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: route.metadata(index === 0 ? route.name : `${route.name}-${index + 1}`, { primary: true, annotations }),
    spec: fields({
      ingressClassName: route.ingressClass,
      tls: ingressTls(route, rules),
      rules: hostRules(rules, paths),
    }),
  }));
  const middlewares =
    controllerOf(route) === "traefik"
      ? middlewareObjects(
          route,
          route.http.flatMap((rule) => rule.middlewares),
        )
      : [];
  return [...ingresses, ...middlewares];
}

/** One rule per host; hosts of several rules have the paths of all of them. */
function hostRules(rules: readonly HttpRule[], paths: readonly (readonly JsonObject[])[]): JsonObject[] {
  const byHost = new Map<string, JsonObject[]>();
  rules.forEach((rule, index) => {
    for (const host of rule.hosts.length === 0 ? [""] : rule.hosts) {
      byHost.set(host, [...(byHost.get(host) ?? []), ...paths[index]!]);
    }
  });
  return [...byHost].map(([host, list]) => fields({ host: host === "" ? undefined : host, http: { paths: list } }));
}

function rulePaths(route: ResolvedRoute, rule: HttpRule): JsonObject[] | undefined {
  const paths = ingressPaths(route, rule, controllerOf(route));
  const backend = ingressBackend(route, rule);
  if (paths === undefined || backend === undefined) return undefined;
  return paths.map((path) => ({ ...path, backend }));
}

function ingressBackend(route: ResolvedRoute, rule: HttpRule): JsonObject | undefined {
  const [backend, ...others] = rule.backends;
  if (backend === undefined) return unsupported(route, "a redirect without a Service", rule.field, "name an `app`");
  if (others.length > 0) return unsupported(route, "several backends by weight", [...rule.field, "backends"]);
  if (rule.priority !== undefined)
    unsupported(route, "a priority", [...rule.field, "priority"], "the longest path wins; leave it out");
  if (rule.timeout !== undefined) unsupported(route, "a timeout", [...rule.field, "timeout"]);
  if (rule.serversTransport !== undefined)
    unsupported(route, "a ServersTransport", [...rule.field, "serversTransport"]);
  if (rule.passHostHeader === false) unsupported(route, "passHostHeader: false", [...rule.field, "passHostHeader"]);
  return serviceOf(route, backend, rule);
}

function serviceOf(route: ResolvedRoute, backend: Backend, { field }: Pick<HttpRule, "field">): JsonObject | undefined {
  if (backend.kind === "TraefikService" || backend.canary !== undefined) {
    return unsupported(
      route,
      "the split traffic of a Rollout",
      field,
      "write `rollout: {trafficRouter: none}` in the App",
    );
  }
  if (backend.namespace !== undefined) return unsupported(route, `a Service of namespace ${backend.namespace}`, field);
  if (typeof backend.port === "string") return { service: { name: backend.name, port: { name: backend.port } } };
  const port = numberedPort(route, backend, field);
  return port === undefined ? undefined : { service: { name: backend.name, port: { number: port } } };
}

/** Traefik's controller takes the entry points of an Ingress from an annotation. */
function doors(route: ResolvedRoute): Annotations {
  if (controllerOf(route) !== "traefik" || filled([...route.entryPoints]) === undefined) return {};
  return { "traefik.ingress.kubernetes.io/router.entrypoints": route.entryPoints.join(",") };
}
