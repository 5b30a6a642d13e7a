import { groupOf, type KrmObject } from "@fairlead/krm";
import type { Assembled } from "./assemble.ts";
import type { Left } from "./group.ts";
import type { Render } from "./render.ts";

const routes = new Set([
  "traefik.io/IngressRoute",
  "traefik.io/IngressRouteTCP",
  "traefik.io/IngressRouteUDP",
  "networking.k8s.io/Ingress",
  "gateway.networking.k8s.io/HTTPRoute",
  "gateway.networking.k8s.io/GRPCRoute",
]);

export function isRoute(object: KrmObject): boolean {
  return routes.has(`${groupOf(object.apiVersion)}/${object.kind}`);
}

export function importRoutes(
  _objects: readonly KrmObject[],
  _assembled: readonly Assembled[],
  _render: Render,
): { assembled: Assembled[]; left: Left[] } {
  return { assembled: [], left: [] };
}
