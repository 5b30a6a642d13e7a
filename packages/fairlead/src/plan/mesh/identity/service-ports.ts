import type { ServiceFact, ServicePort, WorkloadFact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import { protocolOf, simpleProtocolOf } from "./protocol.ts";

export interface TargetPort {
  readonly number: number;
  /** Where a connection goes: another number for headless Services. */
  readonly dial: number;
  readonly protocol: string;
}

/** The TCP ports of a Service that belong to a name. */
export function servicePorts(
  service: ServiceFact,
  workload: WorkloadFact,
  settings: MeshSettings,
): readonly TargetPort[] {
  if (settings.discovery.ports === "first") return firstPort(service, workload);
  const tcp = service.ports.filter(isTcp);
  return tcp.map((port) => ({
    number: port.port,
    dial: service.headless ? targetOf(port, workload) : port.port,
    protocol: protocolOf(port, tcp.length === 1),
  }));
}

/** The predecessor's choice: the port that takes the first inbound port of the annotation, else the first. */
function firstPort(service: ServiceFact, workload: WorkloadFact): readonly TargetPort[] {
  const key = "traffic.sidecar.istio.io/includeInboundPorts";
  const listed = Object.hasOwn(workload.annotations, key) ? workload.annotations[key]! : "";
  const wanted = listed
    .split(",")
    .map((part) => part.trim())
    .find((part) => /^\d{1,5}$/.test(part));
  const takes = (port: ServicePort) =>
    typeof port.targetPort === "number" && port.targetPort > 0 ? port.targetPort : port.port;
  const chosen = wanted === undefined ? service.ports[0] : service.ports.find((port) => takes(port) === Number(wanted));
  if (chosen === undefined) return [];
  return [{ number: 80, dial: chosen.port, protocol: simpleProtocolOf(chosen) }];
}

function targetOf({ port, targetPort }: ServicePort, workload: WorkloadFact): number {
  if (typeof targetPort === "number") return targetPort > 0 ? targetPort : port;
  return workload.containerPorts.find(({ name }) => name === targetPort)?.port ?? port;
}

export function isTcp({ protocol }: ServicePort): boolean {
  return protocol === "" || protocol === "TCP";
}
