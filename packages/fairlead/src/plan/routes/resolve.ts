import type { FieldPath } from "@fairlead/apimachinery";
import type { RouteSpec } from "../../kinds/route.ts";
import type { RouteRule } from "../../kinds/route-parts.ts";
import type { Declaration } from "../declaration.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { reporter, type Reporter } from "../shared/report.ts";
import type { World } from "../world.ts";
import { resolveBackend, type Lookup } from "./backend.ts";
import { routeFinding } from "./findings.ts";
import { resolveGrpc } from "./grpc-rule.ts";
import { hostProblem } from "./hosts.ts";
import { readMatch } from "./match.ts";
import { MiddlewareNames, readMiddlewares, vpnMiddleware } from "./middlewares.ts";
import type { Backend, HttpRule, Middleware, ResolvedRoute, RouteCode } from "./model.ts";
import { resolveTcp, resolveUdp } from "./stream-rules.ts";
import { targetOf } from "./target.ts";
import { resolveTls } from "./tls.ts";

/** Looks up everything that a Route refers to. What is wrong is reported; what is left can be written. */
export function resolveRoute(declaration: Declaration<RouteSpec>, world: World): ResolvedRoute {
  const { spec } = declaration;
  const settings = world.environment.settings.routes ?? {};
  const report = reporter(routeFinding, declaration.ref);
  const lookup: Lookup = { declaration, world, report };
  const names = new MiddlewareNames(declaration.name);
  const internal = spec.internal === true;
  const internalEntryPoints = settings.internalEntryPoints ?? ["internal"];
  const publicEntryPoints = settings.entryPoints ?? ["websecure"];
  const entryPoints = spec.entryPoints ?? (internal ? internalEntryPoints : publicEntryPoints);
  const partOf = spec.partOf ?? (spec.app === undefined ? undefined : partOfApp(declaration, world, spec.app));
  const labelled = partOf === undefined ? declaration : { ...declaration, spec: { ...spec, partOf } };
  const hosts = checkHosts(spec.hosts ?? [], ["spec", "hosts"], report);
  const http = resolveHttp(lookup, names, hosts);
  const grpc = resolveGrpc(lookup, names, { entryPoints, internalEntryPoints, internal });
  const tcp = resolveTcp(lookup, names, entryPoints);
  const udp = resolveUdp(lookup);
  const secured = [
    ...http.flatMap((rule) => rule.hosts),
    ...(grpc?.tls === true ? grpc.hosts : []),
    ...tcp.filter((rule) => rule.tls === "terminate").flatMap((rule) => rule.sni),
  ];
  return {
    declaration,
    name: declaration.name,
    target: targetOf(declaration, world),
    internal,
    entryPoints,
    gateway: spec.gateway ?? (internal ? settings.internalGateway : settings.gateway),
    internalGateway: spec.gateway ?? settings.internalGateway,
    ingressClass: spec.ingressClass ?? (internal ? settings.internalIngressClass : settings.ingressClass),
    tls: resolveTls(declaration, settings, secured, report),
    http,
    grpc,
    tcp,
    udp,
    report,
    metadata: (name, { primary = false, annotations } = {}) =>
      objectMetadata(labelled, world, { name, primary, annotations }),
  };
}

function partOfApp(declaration: Declaration<RouteSpec>, world: World, app: string): string | undefined {
  const partOf: unknown = world.declared("App", declaration.namespace, app)?.spec?.partOf;
  return typeof partOf === "string" ? partOf : undefined;
}

/** The hosts that are host names, in lower case already; the others are reported. */
export function checkHosts(hosts: readonly string[], field: FieldPath, report: Reporter<RouteCode>): readonly string[] {
  const good = hosts.filter((host, index) => {
    const wrong = hostProblem(host);
    if (wrong !== undefined) report("FL303", { message: wrong.problem, hint: wrong.hint, field: [...field, index] });
    return wrong === undefined;
  });
  return [...new Set(good)];
}

function resolveHttp(lookup: Lookup, names: MiddlewareNames, hosts: readonly string[]): readonly HttpRule[] {
  const { spec } = lookup.declaration;
  if (spec.expose === "loadBalancer") return [];
  const written = spec.routes ?? [];
  const hasHosts = (spec.hosts ?? []).length > 0;
  if (written.length === 0 && !hasHosts) return [];
  // A Route whose hosts are all wrong must not answer on every host instead.
  if (hasHosts && hosts.length === 0) return [];
  const shared = readMiddlewares(spec.middlewares ?? [], names, ["spec", "middlewares"], lookup.report);
  const rules: readonly (readonly [RouteRule, FieldPath])[] =
    written.length === 0 ? [[{}, ["spec"]]] : written.map((rule, index) => [rule, ["spec", "routes", index]]);
  return rules.flatMap(([rule, field]) => resolveRule(lookup, names, hosts, shared, rule, field) ?? []);
}

function resolveRule(
  lookup: Lookup,
  names: MiddlewareNames,
  routeHosts: readonly string[],
  shared: readonly Middleware[],
  rule: RouteRule,
  field: FieldPath,
): HttpRule | undefined {
  const { declaration, report, world } = lookup;
  const match = readMatch(rule, field, report);
  const hosts = rule.hosts === undefined ? routeHosts : checkHosts(rule.hosts, [...field, "hosts"], report);
  const own = readMiddlewares(rule.middlewares ?? [], names, [...field, "middlewares"], report);
  const vpn = rule.vpn ?? declaration.spec.vpn ?? false;
  const guard = vpn ? [vpnMiddleware(names, world.environment.settings, [...field, "vpn"])] : [];
  const middlewares = [...guard, ...shared, ...own];
  const backends = resolveBackends(lookup, rule, field, middlewares);
  if (match === undefined || backends === undefined) return undefined;
  if (rule.hosts !== undefined && hosts.length === 0) return undefined;
  if (hosts.length === 0 && match.condition === undefined) {
    const hint = "write `hosts`, or a `path` for all hosts";
    report("FL304", { message: "the rule matches every request of every host", hint, field });
    return undefined;
  }
  const { priority, sticky, timeout, passHostHeader, serversTransport } = rule;
  return { field, hosts, ...match, backends, middlewares, priority, sticky, timeout, passHostHeader, serversTransport };
}

/** The backends of a rule; none for a redirect that names none, undefined where something is wrong. */
function resolveBackends(
  lookup: Lookup,
  rule: RouteRule,
  field: FieldPath,
  middlewares: readonly Middleware[],
): readonly Backend[] | undefined {
  const { spec } = lookup.declaration;
  const own = rule.app !== undefined || rule.service !== undefined;
  if (rule.backends !== undefined && rule.backends.length > 0) {
    const found = rule.backends.map((backend, index) => {
      const place = [...field, "backends", index];
      const named = backend.app !== undefined || backend.service !== undefined;
      const wanted = named ? backend : { ...backend, app: spec.app, service: spec.service };
      return resolveBackend(lookup, { ...wanted, weight: backend.weight ?? 1 }, "http", place);
    });
    return found.every((backend) => backend !== undefined) ? found : undefined;
  }
  const app = own ? rule.app : spec.app;
  const service = own ? rule.service : spec.service;
  if (app === undefined && service === undefined && middlewares.some(({ kind }) => kind === "redirect")) return [];
  const [port, portField] =
    rule.port !== undefined
      ? [rule.port, [...field, "port"]]
      : own
        ? [undefined, field]
        : [spec.port, ["spec", "port"]];
  const place =
    port !== undefined
      ? portField
      : own
        ? [...field, rule.app === undefined ? "service" : "app"]
        : ["spec", app === undefined ? "service" : "app"];
  const backend = resolveBackend(lookup, { app, service, port }, "http", place);
  return backend === undefined ? undefined : [backend];
}
