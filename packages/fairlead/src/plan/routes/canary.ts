import type { AppSpec } from "../../kinds/app.ts";
import type { Declaration } from "../declaration.ts";
import { workloadContext } from "../workloads/context.ts";
import { defaultServicePorts, serviceName, splitPort } from "../workloads/ports.ts";
import { trafficRouter } from "../workloads/traffic.ts";
import type { World } from "../world.ts";
import type { Backend } from "./model.ts";

/**
 * How a Rollout's traffic is split at one of its ports: Traefik by a TraefikService of the App's Service name, which Argo
 * Rollouts keeps the weights of and which has one port; the Gateway API by the weights of both Services in the route
 * itself, which Argo's plugin keeps. Undefined where the route leads to the Service as ever.
 */
export function canaryOf(
  app: Declaration<AppSpec>,
  world: World,
  port: number,
): Pick<Backend, "kind" | "name" | "canary"> | undefined {
  const router = trafficRouter(workloadContext(app, world));
  const name = serviceName(app);
  const canary = `${name}-canary`;
  if (router === "gateway") return { kind: "Service", name, canary };
  if (router !== "traefik" || splitPort(defaultServicePorts(app, world))?.port !== port) return undefined;
  return { kind: "TraefikService", name, canary };
}
