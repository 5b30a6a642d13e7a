import type { KrmObject } from "@fairlead/krm";
import type { ResolvedRoute } from "../model.ts";
import { unsupported } from "../unsupported.ts";

/** An Ingress knows HTTP only. */
export function udp(route: ResolvedRoute): readonly KrmObject[] {
  for (const rule of route.udp)
    unsupported(route, "UDP", rule.field, "use traefik, gateway, or `expose: loadBalancer`");
  return [];
}
