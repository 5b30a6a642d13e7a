import type { ContainerPort } from "@fairlead/apimachinery/k8s";
import type { AppContainer } from "../../kinds/container.ts";
import { isPort } from "../shared/names.ts";
import { items, object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

/** A port that a container declares, in `ports` or by a shorthand. */
export interface DeclaredPort {
  readonly port: ContainerPort;
  readonly endpoint: "http" | "grpc" | undefined;
  readonly servicePort: number | undefined;
}

/** The ports of one of the context's containers. */
export function portsOf(context: WorkloadContext, container: AppContainer): readonly DeclaredPort[] {
  const known = context.memory.get(container) as readonly DeclaredPort[] | undefined;
  if (known !== undefined) return known;
  const ports = declaredPorts(container, context.mode === "compat");
  context.memory.set(container, ports);
  return ports;
}

/**
 * The ports of a container: those it lists, then http and grpc. An endpoint whose port is listed already gives that
 * port its name. The predecessor put grpc first.
 */
function declaredPorts(container: AppContainer, compat: boolean): DeclaredPort[] {
  const ports: DeclaredPort[] = items(container.ports).map((port) => ({
    port,
    endpoint: undefined,
    servicePort: undefined,
  }));
  for (const endpoint of compat ? (["grpc", "http"] as const) : (["http", "grpc"] as const)) {
    const settings = object(container[endpoint]);
    if (settings === undefined || typeof settings.port !== "number") continue;
    const at = compat ? -1 : ports.findIndex(({ port }) => port.containerPort === settings.port && isTcp(port));
    const name = (at < 0 ? undefined : text(ports[at]!.port.name)) ?? text(settings.name) ?? endpoint;
    const listed = at < 0 ? undefined : ports[at]!;
    const port: ContainerPort =
      listed === undefined
        ? { name, containerPort: settings.port, ...(compat ? { protocol: "TCP" as const } : {}) }
        : { ...listed.port, name };
    const planned = {
      port,
      endpoint,
      servicePort: isPort(settings.servicePort) ? settings.servicePort : undefined,
    };
    if (listed === undefined) ports.push(planned);
    else if (listed.endpoint === undefined) ports[at] = planned;
  }
  return ports;
}

function isTcp(port: ContainerPort): boolean {
  return protocolOf(port) === "TCP";
}

export function protocolOf(port: ContainerPort): "TCP" | "UDP" | "SCTP" {
  return port.protocol === "UDP" || port.protocol === "SCTP" ? port.protocol : "TCP";
}

/** The name of the endpoint's container port; probes refer to it. */
export function endpointPort(
  context: WorkloadContext,
  container: AppContainer,
  endpoint: "http" | "grpc",
): ContainerPort | undefined {
  return portsOf(context, container).find((declared) => declared.endpoint === endpoint)?.port;
}
