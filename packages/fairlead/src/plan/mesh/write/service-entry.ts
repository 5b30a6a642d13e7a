import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { sharesAnnotations } from "../identity/shift/shares.ts";
import type { HostIntent, IdentityIntent } from "../model/intent.ts";
import type { MeshSettings } from "../model/settings.ts";
import { type Endpoint, endpointsOf } from "./endpoints.ts";
import { compact, hostMetadata, policyNote } from "./metadata.ts";
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
  const metadata = hostMetadata(intent, host, "-se", settings);
  const annotations = {
    ...metadata.annotations,
    ...(notesPolicy(host, settings) ? policyNote(host) : {}),
    ...sharesAnnotations(host.shares),
  };
  return {
    apiVersion: istioVersion,
    kind: "ServiceEntry",
    metadata: { ...metadata, annotations },
    spec,
  };
}

/**
 * The policy that made a host is noted here. One that shapes a host which is there anyway is noted in its
 * DestinationRule: the entry would be written anew for nothing but the note, in every cluster.
 */
function notesPolicy({ role }: HostIntent, { writing }: MeshSettings): boolean {
  return writing.marks === "predecessor" || role === "prefix" || role === "region";
}
