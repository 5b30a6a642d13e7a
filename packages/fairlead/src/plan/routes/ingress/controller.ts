import type { ResolvedRoute } from "../model.ts";

/** What the class of an Ingress tells of the controller behind it. */
export type Controller = "nginx" | "traefik" | "unknown";

export function controllerOf(route: ResolvedRoute): Controller {
  const name = route.ingressClass ?? "";
  return /nginx/.test(name) ? "nginx" : /traefik/.test(name) ? "traefik" : "unknown";
}
