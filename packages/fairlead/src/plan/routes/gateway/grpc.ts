import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../../shared/fields.ts";
import type { GrpcRule, ResolvedRoute } from "../model.ts";
import { describe, unsupported } from "../unsupported.ts";
import { backendRefs } from "./backends.ts";
import { gatewayFilters } from "./middlewares.ts";
import { parentRefs } from "./parent.ts";

/** A GRPCRoute: https://gateway-api.sigs.k8s.io/reference/spec/#grpcroute */
export function grpc(route: ResolvedRoute, rule: GrpcRule): readonly KrmObject[] {
  const parents = parentRefs(route, rule.internal ? route.internalGateway : route.gateway);
  const backends = backendRefs(route, [rule.backend], rule.field);
  const foreign = rule.middlewares.filter(({ kind }) => kind !== "headers" && kind !== "ref");
  for (const middleware of foreign) unsupported(route, `${describe(middleware)} for gRPC`, middleware.field);
  if (parents === undefined || backends === undefined || foreign.length > 0) return [];
  const filters = gatewayFilters(route, rule.middlewares, []);
  if (filters === undefined) return [];
  const matches = rule.service === undefined ? undefined : [{ method: { service: rule.service } }];
  return [
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GRPCRoute",
      metadata: route.metadata(`${route.name}-grpc`, { primary: route.http.length === 0 }),
      spec: fields({
        parentRefs: parents,
        hostnames: [...rule.hosts],
        rules: [fields({ matches, filters: filled(filters), backendRefs: backends })],
      }),
    },
  ];
}
