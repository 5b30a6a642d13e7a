import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields, type Fields } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { containerServicePorts, hasMainService, serviceName, splitPort } from "./ports.ts";
import { workloadKind } from "./replicas.ts";
import { routesOf } from "./routes-of.ts";
import { auxiliaryService } from "./service.ts";

export type TrafficRouter = "none" | "traefik" | "istio" | "gateway";

/** What splits an App's traffic between its versions; `none` when Argo's own strategy is written. */
export function trafficRouter(context: WorkloadContext<AppSpec>): TrafficRouter {
  const rollout = object(context.spec.rollout);
  if (workloadKind(context.spec) !== "Rollout" || context.mode === "compat") return "none";
  return object(rollout?.strategy as JsonObject | undefined) === undefined
    ? (rollout?.trafficRouter ?? "none")
    : "none";
}

/**
 * The Services by which Argo tells the versions apart. Behind a traffic router the App's own Service is the stable one;
 * without, it has both versions' pods, so that the share of pods is the share of requests, and NAME-stable stands beside.
 */
export function canaryServices(context: WorkloadContext<AppSpec>): Fields {
  if (context.mode === "compat" || !hasMainService(context)) return {};
  const name = serviceName(context.declaration);
  return {
    stableService: trafficRouter(context) === "none" ? `${name}-stable` : name,
    canaryService: `${name}-canary`,
  };
}

/** Rollout.spec.strategy.canary.trafficRouting. */
export function trafficRouting(context: WorkloadContext<AppSpec>): JsonObject | undefined {
  const name = serviceName(context.declaration);
  switch (trafficRouter(context)) {
    case "none":
      return undefined;
    case "traefik":
      return { traefik: { weightedTraefikServiceName: name } };
    case "istio":
      return { istio: { virtualService: { name, routes: ["primary"] } } };
    case "gateway": {
      const { http, grpc } = routesOf(context);
      return {
        plugins: {
          "argoproj-labs/gatewayAPI": fields({
            namespace: context.declaration.namespace ?? "default",
            httpRoutes: http.length === 0 ? undefined : http.map((route) => ({ name: route })),
            grpcRoutes: grpc.length === 0 ? undefined : grpc.map((route) => ({ name: route })),
          }),
        },
      };
    }
  }
}

/** The Services that the strategy names and nobody has declared, and the object that holds the weights. */
export function planTraffic(context: WorkloadContext<AppSpec>, strategy: JsonObject): KrmObject[] {
  const objects = missingServices(context, strategy).map(({ name, role }) => auxiliaryService(context, name, role, {}));
  const split = weightedObject(context);
  return split === undefined ? objects : [...objects, split];
}

interface NamedService {
  readonly name: string;
  readonly role: string;
}

/** The Services that a strategy names and that neither the App nor the input has. */
export function missingServices(context: WorkloadContext<AppSpec>, strategy: JsonObject): NamedService[] {
  return strategyServices(strategy).filter(({ name }) => !isKnownService(context, name));
}

function strategyServices(strategy: JsonObject): NamedService[] {
  const canary = object(strategy["canary"] as JsonObject | undefined);
  const blueGreen = object(strategy["blueGreen"] as JsonObject | undefined);
  const named: [string, JsonValue | undefined][] = [
    ["stable", canary?.["stableService"]],
    ["canary", canary?.["canaryService"]],
    ["active", blueGreen?.["activeService"]],
    ["preview", blueGreen?.["previewService"]],
  ];
  const services = new Map<string, string>();
  for (const [role, value] of named) {
    const name = text(value);
    if (name !== undefined && !services.has(name)) services.set(name, role);
  }
  return [...services].map(([name, role]) => ({ name, role }));
}

function isKnownService(context: WorkloadContext<AppSpec>, name: string): boolean {
  const { declaration, world, spec } = context;
  // A strategy that is written in exact mode came from somewhere that has its Services.
  if (context.mode === "exact" && object(object(spec.rollout)?.strategy as JsonObject | undefined) !== undefined)
    return true;
  if (name === serviceName(declaration) && hasMainService(context)) return true;
  if (Array.isArray(spec.services) && spec.services.some((service) => object(service)?.name === name)) return true;
  return world.object("Service", declaration.namespace, name) !== undefined;
}

/** Argo Rollouts keeps the weights of these, so they are left out (Traefik) or say where the traffic rests (Istio). */
function weightedObject(context: WorkloadContext<AppSpec>): KrmObject | undefined {
  const { declaration, world } = context;
  const stable = serviceName(declaration);
  const canary = `${stable}-canary`;
  const metadata = objectMetadata(declaration, world, { name: stable });
  const router = trafficRouter(context);
  if (router === "traefik") {
    const port = splitPort(containerServicePorts(context));
    if (port === undefined) return undefined;
    const scheme = port.name.startsWith("grpc") || port.appProtocol === "grpc" ? "h2c" : undefined;
    const services = [stable, canary].map((name) => fields({ name, port: port.port, scheme }));
    return {
      apiVersion: "traefik.io/v1alpha1",
      kind: "TraefikService",
      metadata,
      spec: { weighted: { services } },
    };
  }
  if (router === "istio") {
    const route = [
      { destination: { host: stable }, weight: 100 },
      { destination: { host: canary }, weight: 0 },
    ];
    return {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata,
      spec: { hosts: [stable], http: [{ name: "primary", route }] },
    };
  }
  return undefined;
}
