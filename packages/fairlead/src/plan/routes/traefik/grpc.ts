import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../../shared/fields.ts";
import { hostMatcher } from "../hosts.ts";
import type { GrpcRule, ResolvedRoute } from "../model.ts";
import { all, any, matcher, type Condition } from "../rule/condition.ts";
import { printRule } from "../rule/print-rule.ts";
import { serviceReference, traefikApi } from "./http.ts";
import { middlewareObjects, middlewareReferences } from "./middlewares.ts";
import { traefikTls } from "./tls.ts";

/** An IngressRoute of its own: other entry points, other TLS, and HTTP/2 without TLS towards the pods. */
export function grpc(route: ResolvedRoute, rule: GrpcRule): readonly KrmObject[] {
  const { compat, spec } = route.declaration;
  const name = `${compat ? (spec.app ?? route.name) : route.name}-grpc`;
  const hosts = any(rule.hosts.map(hostMatcher));
  const path = rule.service === undefined ? undefined : matcher("PathPrefix", `/${rule.service}/`);
  const condition = all([hosts, path].filter((term): term is Condition => term !== undefined))!;
  const service = fields({
    ...serviceReference(rule.backend),
    passHostHeader: rule.backend.kind === "Service" ? true : undefined,
  });
  const ingressRoute = {
    apiVersion: traefikApi,
    kind: "IngressRoute",
    metadata: route.metadata(name, { primary: route.http.length === 0 }),
    spec: fields({
      entryPoints: filled([...rule.entryPoints]),
      routes: [
        fields({
          match: printRule(condition),
          kind: "Rule",
          services: [service],
          middlewares: filled(middlewareReferences(rule.middlewares)),
        }),
      ],
      tls: rule.tls ? traefikTls(route.tls) : undefined,
    }),
  };
  return [ingressRoute, ...middlewareObjects(route, rule.middlewares)];
}
