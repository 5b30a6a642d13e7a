import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import { kind } from "../../kinds/generated/route.ts";
import type { RouteSpec } from "../../kinds/route.ts";
import { conform } from "../conform.ts";
import type { Declaration } from "../declaration.ts";
import type { Planner } from "../planner.ts";
import type { World } from "../world.ts";
import { certificate } from "./certificate.ts";
import { checkRoutes } from "./claims.ts";
import { compatService } from "./compat-service.ts";
import { gatewayWriter } from "./gateway/writer.ts";
import { ingressWriter } from "./ingress/writer.ts";
import { loadBalancer } from "./load-balancer.ts";
import type { ResolvedRoute, RouteTarget, RouteWriter } from "./model.ts";
import { resolveRoute } from "./resolve.ts";
import { traefikWriter } from "./traefik/writer.ts";

const writers: Readonly<Record<RouteTarget, RouteWriter>> = {
  traefik: traefikWriter,
  gateway: gatewayWriter,
  ingress: ingressWriter,
};

export const routePlanner: Planner<RouteSpec> = {
  kind: "Route",
  plan(given, world) {
    const declaration = { ...given, spec: conform<RouteSpec>(given.spec, kind.spec) ?? {} };
    const route = resolveRoute(declaration, world);
    const desired = objectsOf(route, declaration, world);
    return { scope: given.ref, desired, complete: true, actions: [], needs: [], findings: route.report.findings };
  },
  check: checkRoutes,
};

function objectsOf(route: ResolvedRoute, declaration: Declaration<RouteSpec>, world: World): readonly KrmObject[] {
  const { spec } = declaration;
  if (isEmpty(spec)) {
    const hint = "write `hosts`, and `routes` for parts of them";
    route.report("FL309", { message: "the Route routes nothing", hint, field: ["spec"] });
    return [];
  }
  const writer = writers[route.target];
  const lookup = { declaration, world, report: route.report };
  const routed = [
    ...writer.http(route),
    ...(route.grpc === undefined ? [] : writer.grpc(route, route.grpc)),
    ...writer.tcp(route),
    ...writer.udp(route),
  ];
  const secured = route.http.length > 0 || route.grpc?.tls === true || route.tcp.some(({ tls }) => tls === "terminate");
  return [
    ...eachOnce(routed),
    ...(secured ? certificate(route) : []),
    ...compatServices(route, lookup),
    ...loadBalancer(route, lookup),
  ];
}

/** HTTP and gRPC rules may share a Middleware. */
function eachOnce(objects: readonly KrmObject[]): readonly KrmObject[] {
  return [...new Map(objects.map((object) => [refKey(refOf(object)), object])).values()];
}

function compatServices(route: ResolvedRoute, lookup: Parameters<typeof compatService>[0]): readonly KrmObject[] {
  const { declaration, world } = lookup;
  const { app } = declaration.spec;
  if (app === undefined || world.declared("App", declaration.namespace, app) !== undefined) return [];
  if (world.object("Service", declaration.namespace, app) !== undefined) return [];
  const service = compatService(lookup, app);
  return service === undefined ? [] : [{ ...service, metadata: route.metadata(app) }];
}

function isEmpty(spec: RouteSpec): boolean {
  if (spec.expose === "loadBalancer") return false;
  const lists = [spec.hosts, spec.routes, spec.tcp, spec.udp];
  return lists.every((list) => list === undefined || list.length === 0) && (spec.grpc ?? false) === false;
}
