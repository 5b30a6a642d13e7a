import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { HostIntent, IdentityIntent } from "../model/intent.ts";
import type { MeshSettings } from "../model/settings.ts";
import { type Endpoint, endpointsOf } from "./endpoints.ts";
import { compact, hostMetadata } from "./metadata.ts";
import type { IdentityInput, Output, Placed } from "./output.ts";

export const istioVersion = "networking.istio.io/v1";

/** The ServiceEntry of each host in each cluster that gets it and can reach it. */
export function writeServiceEntries({ fleet, intent }: IdentityInput): Output {
  const objects: Placed[] = [];
  for (const host of intent.hosts) {
    for (const { cluster, exportTo } of host.audience) {
      const endpoints = endpointsOf(host, cluster, fleet);
      if (endpoints.length === 0) continue;
      objects.push({ cluster, object: serviceEntry(intent, host, endpoints, exportTo, fleet.settings) });
    }
  }
  return { objects };
}

function serviceEntry(
  intent: IdentityIntent,
  host: HostIntent,
  endpoints: readonly Endpoint[],
  exportTo: readonly string[] | undefined,
  settings: MeshSettings,
): KrmObject {
  const spec: JsonObject = compact({
    hosts: [host.host],
    addresses: [...host.addresses],
    ports: host.ports.map(({ number, name, protocol }) => ({ number, name, protocol })),
    location: endpoints.every(({ backend }) => backend.external) ? "MESH_EXTERNAL" : "MESH_INTERNAL",
    resolution: "DNS",
    subjectAltNames: [...host.subjectAltNames],
    exportTo: [...(exportTo ?? [])],
    endpoints: endpoints.map(({ object }) => object),
  });
  return {
    apiVersion: istioVersion,
    kind: "ServiceEntry",
    metadata: hostMetadata(intent, host, "-se", settings),
    spec,
  };
}
