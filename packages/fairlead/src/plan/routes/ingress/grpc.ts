import type { KrmObject } from "@fairlead/krm";
import { fields } from "../../shared/fields.ts";
import type { GrpcRule, ResolvedRoute } from "../model.ts";
import { describe, numberedPort, unsupported } from "../unsupported.ts";
import { controllerOf } from "./controller.ts";
import { ingressTls } from "./tls.ts";

/** An Ingress whose backends speak gRPC, which only nginx's annotation can say. */
export function grpc(route: ResolvedRoute, rule: GrpcRule): readonly KrmObject[] {
  if (controllerOf(route) !== "nginx") {
    unsupported(route, "gRPC", rule.field, "name a class of nginx, or write the Route for traefik");
    return [];
  }
  for (const middleware of rule.middlewares) unsupported(route, `${describe(middleware)} for gRPC`, middleware.field);
  const { backend } = rule;
  if (backend.kind === "TraefikService" || backend.canary !== undefined) {
    unsupported(
      route,
      "the split traffic of a Rollout",
      rule.field,
      "write `rollout: {trafficRouter: none}` in the App",
    );
    return [];
  }
  const port = numberedPort(route, backend, rule.field);
  if (port === undefined || rule.middlewares.length > 0) return [];
  const path = rule.service === undefined ? "/" : `/${rule.service}`;
  const annotations = { "nginx.ingress.kubernetes.io/backend-protocol": "GRPC" };
  const paths = [{ path, pathType: "Prefix", backend: { service: { name: backend.name, port: { number: port } } } }];
  return [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: route.metadata(`${route.name}-grpc`, { primary: route.http.length === 0, annotations }),
      spec: fields({
        ingressClassName: route.ingressClass,
        tls: rule.tls ? ingressTls(route, [rule]) : undefined,
        rules: rule.hosts.map((host) => ({ host, http: { paths } })),
      }),
    },
  ];
}
