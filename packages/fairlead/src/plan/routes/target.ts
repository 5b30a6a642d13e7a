import type { RouteSpec } from "../../kinds/route.ts";
import type { Declaration } from "../declaration.ts";
import type { World } from "../world.ts";
import type { RouteTarget } from "./model.ts";

/** What a Route is written for: its own word, the Environment's, or Traefik. */
export function targetOf(declaration: Declaration<RouteSpec>, world: World): RouteTarget {
  return declaration.spec.target ?? world.environment.settings.routes?.target ?? "traefik";
}
