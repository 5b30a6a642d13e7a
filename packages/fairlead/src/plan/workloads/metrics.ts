import type { ContainerPort } from "@fairlead/apimachinery/k8s";
import { isPort } from "../shared/names.ts";
import { object, text } from "../shared/read.ts";
import { once, type WorkloadContext } from "./context.ts";
import { portsOf } from "./container-ports.ts";

export interface Metrics {
  readonly path: string;
  /** Written, or the http port's name; undefined when there is neither. */
  readonly port: number | string | undefined;
  readonly interval: string | undefined;
  readonly via: "PodMonitor" | "ServiceMonitor" | "annotations";
}

/** What `monitoring.prometheus` asks for, with the environment's choices. */
export function metricsOf(context: WorkloadContext): Metrics | undefined {
  return once(context, computeMetrics);
}

function computeMetrics(context: WorkloadContext): Metrics | undefined {
  const settings = object(object(context.spec.monitoring)?.prometheus);
  if (settings === undefined) return undefined;
  const written = isPort(settings.port) ? settings.port : text(settings.port);
  return {
    path: text(settings.path) ?? text(settings.endpoint) ?? "/metrics",
    port: written ?? httpPortName(context),
    interval: text(settings.interval),
    via: settings.via ?? object(context.world.environment.settings.monitoring)?.via ?? "PodMonitor",
  };
}

function httpPortName(context: WorkloadContext): string | undefined {
  const ports = context.main === undefined ? [] : portsOf(context, context.main);
  return (
    text(ports.find(({ endpoint }) => endpoint === "http")?.port.name) ??
    text(ports.find(({ port }) => port.name === "http")?.port.name)
  );
}

/** All ports of the pod's containers, those of sidecars included. */
export function podPorts(context: WorkloadContext): ContainerPort[] {
  return [...context.containers, ...context.initContainers].flatMap((container) =>
    portsOf(context, container).map(({ port }) => port),
  );
}

/**
 * A metrics port that is written as a number and that no container declares: the main container declares it then,
 * because monitors find ports by their names only.
 */
export function extraMetricsPort(context: WorkloadContext): (ContainerPort & { name: string }) | undefined {
  const metrics = metricsOf(context);
  if (metrics === undefined || metrics.via === "annotations" || typeof metrics.port !== "number") return undefined;
  const ports = podPorts(context);
  const listed = ports.find((port) => port.containerPort === metrics.port);
  if (listed !== undefined) return undefined;
  const name = ports.some((port) => port.name === "metrics") ? `metrics-${metrics.port}` : "metrics";
  return { name, containerPort: metrics.port };
}

/** The metrics port as monitors name it: a container port's name, or its number where the container gave it none. */
export function metricsPortReference(context: WorkloadContext): { name: string } | { number: number } | undefined {
  const port = metricsOf(context)?.port;
  if (port === undefined) return undefined;
  if (typeof port === "string") return { name: port };
  const name = extraMetricsPort(context)?.name ?? text(podPorts(context).find((p) => p.containerPort === port)?.name);
  return name === undefined ? { number: port } : { name };
}

/** A ServiceMonitor scrapes through the Service, which has to have the port. */
export function serviceExposesMetrics(context: WorkloadContext): boolean {
  return metricsOf(context)?.via === "ServiceMonitor";
}
