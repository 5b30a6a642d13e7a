import type { MeshSettings } from "../model/settings.ts";

/** Namespaces to which the owner of a name hands it over: names joined by commas, or `*`. */
export const handOverAnnotation = "fairlead.dev/hand-over";
export const inboundPortsAnnotation = "traffic.sidecar.istio.io/includeInboundPorts";
export const injectLabel = "sidecar.istio.io/inject";
export const revisionLabel = "istio.io/rev";
export const dataplaneLabel = "istio.io/dataplane-mode";
export const networkLabel = "topology.istio.io/network";
/** `gateway`: the pod is a gateway, not a service with a sidecar. */
export const templatesAnnotation = "inject.istio.io/templates";

/** Keys of a pod template's labels and annotations that are read whatever else it carries. */
export function wantedKeys({ discovery, names, filters }: MeshSettings): readonly string[] {
  const keys = [
    discovery.identityKey,
    discovery.policyIdentityKey,
    discovery.envKey,
    "env",
    discovery.injectAnnotation,
    injectLabel,
    revisionLabel,
    dataplaneLabel,
    discovery.ignoreLabel,
    discovery.ignoreAnnotation,
    names.keepCaseAnnotation,
    inboundPortsAnnotation,
    templatesAnnotation,
    handOverAnnotation,
    filters.clientLabel,
    ...names.additional.labels,
  ];
  return discovery.partitionKey === undefined ? keys : [...keys, discovery.partitionKey];
}
