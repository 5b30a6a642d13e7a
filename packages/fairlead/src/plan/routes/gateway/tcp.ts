import type { KrmObject } from "@fairlead/krm";
import { fields } from "../../shared/fields.ts";
import type { ResolvedRoute, TcpRule } from "../model.ts";
import { unsupported } from "../unsupported.ts";
import { backendRefs } from "./backends.ts";
import { parentRefs } from "./parent.ts";

/** A TLSRoute where server names are told apart, else a TCPRoute (both of the experimental channel). */
export function tcp(route: ResolvedRoute): readonly KrmObject[] {
  return route.tcp.flatMap((rule) => {
    const parents = parentRefs(route, route.gateway, rule.sectionName);
    const backends = backendRefs(route, [rule.backend], rule.field);
    const complete = reportRest(route, rule);
    if (parents === undefined || backends === undefined || !complete) return [];
    const byName = rule.sni.length > 0;
    return [
      {
        apiVersion: `gateway.networking.k8s.io/${byName ? "v1alpha3" : "v1alpha2"}`,
        kind: byName ? "TLSRoute" : "TCPRoute",
        metadata: route.metadata(rule.name, { primary: route.http.length === 0 }),
        spec: fields({
          parentRefs: parents,
          hostnames: byName ? [...rule.sni] : undefined,
          rules: [{ backendRefs: backends }],
        }),
      },
    ];
  });
}

function reportRest(route: ResolvedRoute, rule: TcpRule): boolean {
  const left = [
    ...(rule.ranges.length > 0 ? ["an allow-list of addresses for TCP"] : []),
    ...(rule.references.length > 0 ? ["a MiddlewareTCP"] : []),
    ...(rule.proxyProtocol === undefined ? [] : ["the PROXY protocol"]),
  ];
  for (const what of left) unsupported(route, what, rule.field);
  return left.length === 0;
}
