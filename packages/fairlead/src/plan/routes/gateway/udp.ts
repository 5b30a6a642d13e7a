import type { KrmObject } from "@fairlead/krm";
import type { ResolvedRoute } from "../model.ts";
import { backendRefs } from "./backends.ts";
import { parentRefs } from "./parent.ts";

/** UDPRoutes (of the experimental channel). */
export function udp(route: ResolvedRoute): readonly KrmObject[] {
  return route.udp.flatMap((rule) => {
    const parents = parentRefs(route, route.gateway, rule.sectionName);
    const backends = backendRefs(route, [rule.backend], rule.field);
    if (parents === undefined || backends === undefined) return [];
    return [
      {
        apiVersion: "gateway.networking.k8s.io/v1alpha2",
        kind: "UDPRoute",
        metadata: route.metadata(rule.name, { primary: route.http.length === 0 }),
        spec: { parentRefs: parents, rules: [{ backendRefs: backends }] },
      },
    ];
  });
}
