import type { ServicePort } from "@fairlead/apimachinery/k8s";
import type { AppSpec } from "../../kinds/app.ts";
import type { Declaration } from "../declaration.ts";
import { isPort } from "../shared/names.ts";
import { items, object, text } from "../shared/read.ts";
import type { World } from "../world.ts";
import { portsOf, protocolOf } from "./container-ports.ts";
import { once, workloadContext, type WorkloadContext } from "./context.ts";
import { extraMetricsPort, serviceExposesMetrics } from "./metrics.ts";

/** A port of a Service; `targetPort` is the container port's name, or its number where it has none. */
export interface PlannedServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly appProtocol?: string;
  readonly nodePort?: number;
}

/**
 * The ports that the App's Service has without `service.ports`: every port of the main container under its name.
 * A port that has no name is called `tcp-80`, and reached by its number.
 */
export function defaultServicePorts(app: Declaration<AppSpec>, world: World): readonly PlannedServicePort[] {
  return containerServicePorts(workloadContext(app, world));
}

/** `defaultServicePorts` of a context at hand. */
export function containerServicePorts(context: WorkloadContext<AppSpec>): readonly PlannedServicePort[] {
  return once(context, computeServicePorts);
}

function computeServicePorts(context: WorkloadContext<AppSpec>): readonly PlannedServicePort[] {
  const { main } = context;
  if (main === undefined) return [];
  const compat = context.mode === "compat";
  const declared = portsOf(context, main).filter(({ port }) => isPort(port.containerPort));
  const ports = declared.map(({ port, endpoint, servicePort }): PlannedServicePort => {
    const protocol = protocolOf(port);
    const name = text(port.name);
    return {
      // The predecessor left the name out, which a Service accepts of its only port.
      name: name ?? (compat && declared.length === 1 ? "" : `${protocol.toLowerCase()}-${port.containerPort}`),
      port: servicePort ?? port.containerPort,
      targetPort: compat ? port.containerPort : (name ?? port.containerPort),
      protocol,
      ...appProtocolOf(name, endpoint, compat),
    };
  });
  const metrics = serviceExposesMetrics(context) ? extraMetricsPort(context) : undefined;
  if (metrics !== undefined) {
    ports.push({ name: metrics.name, port: metrics.containerPort, targetPort: metrics.name, protocol: "TCP" });
  }
  return ports;
}

/** Meshes read the protocol from the port's name; a name of the user's own needs it said. */
function appProtocolOf(name: string | undefined, endpoint: "http" | "grpc" | undefined, compat: boolean) {
  if (compat || endpoint === undefined || name === undefined || name.split("-")[0] === endpoint) return {};
  return { appProtocol: endpoint };
}

/** The ports of the App's main Service: those written in `service.ports`, or the default ones. For routes. */
export function servicePorts(app: Declaration<AppSpec>, world: World): readonly PlannedServicePort[] {
  return mainServicePorts(workloadContext(app, world));
}

/** `servicePorts` of a context at hand. */
export function mainServicePorts(context: WorkloadContext<AppSpec>): readonly PlannedServicePort[] {
  const written = object(context.spec.service)?.ports;
  if (!Array.isArray(written)) return containerServicePorts(context);
  return items(written as readonly ServicePort[]).map((port) => ({
    name: text(port.name) ?? "",
    port: port.port,
    targetPort: port.targetPort ?? port.port,
    protocol: port.protocol ?? "TCP",
    ...(text(port.appProtocol) === undefined ? {} : { appProtocol: port.appProtocol! }),
    ...(isPort(port.nodePort) ? { nodePort: port.nodePort } : {}),
  }));
}

/** The name of the App's main Service. */
export function serviceName(app: Declaration<AppSpec>): string {
  return text(object(app.spec?.service)?.name) ?? app.name;
}

/** Whether the App has a main Service: it is not turned off, and it has a port or needs none. */
export function hasService(app: Declaration<AppSpec>, world: World): boolean {
  return hasMainService(workloadContext(app, world));
}

/** `hasService` of a context at hand. */
export function hasMainService(context: WorkloadContext<AppSpec>): boolean {
  const service = object(context.spec.service);
  if (service?.enabled === false) return false;
  if (service?.enabled === true || service?.type === "ExternalName" || service?.clusterIP === "None") return true;
  return mainServicePorts(context).length > 0;
}

/** The port whose traffic a canary's router splits: HTTP, else gRPC, else the first. */
export function splitPort(ports: readonly PlannedServicePort[]): PlannedServicePort | undefined {
  const speaks = (protocol: string) =>
    ports.find(({ name, appProtocol }) => appProtocol === protocol || name.split("-")[0] === protocol);
  return speaks("http") ?? speaks("grpc") ?? ports[0];
}
