import type { JsonObject } from "@fairlead/apimachinery";
import { annotationsOf, goBoolean } from "./pod-parts.ts";

const isCount = (value: string): boolean => /^\d{1,10}$/.test(value) && Number(value) < 2 ** 32;
const isPort = (value: string): boolean => /^\s*\d{1,5}\s*$/.test(value) && Number(value) < 65_536;
const arePorts = (value: string): boolean => value.trim() === "" || value.split(",").every(isPort);
const isRange = (value: string): boolean => /^[0-9a-fA-F.:]{1,45}\/\d{1,3}$/.test(value);
const areRanges = (value: string): boolean => value === "" || value.split(",").every(isRange);
const isQuantity = (value: string): boolean =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?$/.test(value);

/** Annotations whose values are looked at before an injection. */
const checks: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ["sidecar.istio.io/interceptionMode", (value) => ["REDIRECT", "TPROXY", "NONE"].includes(value)],
  ["status.sidecar.istio.io/port", isPort],
  ["readiness.status.sidecar.istio.io/initialDelaySeconds", isCount],
  ["readiness.status.sidecar.istio.io/periodSeconds", isCount],
  ["readiness.status.sidecar.istio.io/failureThreshold", isCount],
  ["traffic.sidecar.istio.io/includeOutboundIPRanges", (value) => value === "*" || areRanges(value)],
  ["traffic.sidecar.istio.io/excludeOutboundIPRanges", areRanges],
  ["traffic.sidecar.istio.io/includeInboundPorts", (value) => value === "*" || arePorts(value)],
  ["traffic.sidecar.istio.io/excludeInboundPorts", arePorts],
  ["traffic.sidecar.istio.io/excludeOutboundPorts", arePorts],
  ["prometheus.istio.io/merge-metrics", (value) => goBoolean(value) !== undefined],
  ["sidecar.istio.io/proxyCPU", isQuantity],
  ["sidecar.istio.io/proxyMemory", isQuantity],
  ["sidecar.istio.io/proxyCPULimit", isQuantity],
  ["sidecar.istio.io/proxyMemoryLimit", isQuantity],
]);

/** The first annotation of Istio whose value istiod refuses, in the order of names. */
export function annotationProblem(pod: JsonObject): string | undefined {
  const annotations = annotationsOf(pod["metadata"]);
  for (const name of Object.keys(annotations).sort()) {
    const value = annotations[name]!;
    if (checks.get(name)?.(value) === false) return `invalid value '${value.slice(0, 100)}' for annotation '${name}'`;
  }
  return undefined;
}
