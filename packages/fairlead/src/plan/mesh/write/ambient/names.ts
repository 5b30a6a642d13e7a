import type { MeshSettings } from "../../model/settings.ts";

export const gatewayApi = "gateway.networking.k8s.io/v1";

/** The waypoint that requests for all names of a cluster pass, in the sync namespace. */
export const waypointName = "waypoint";

/** The Gateway by which other clusters come in, in the namespace of gateways. */
export const eastWestName = "fairlead-mesh";

/** The `Hostname` of Istio: a backend by its name in the mesh, whatever namespace it is of. */
export function hostname(name: string, port: number, weight?: number) {
  return { group: "networking.istio.io", kind: "Hostname", name, port, ...(weight === undefined ? {} : { weight }) };
}

export function isAmbient({ output }: MeshSettings): boolean {
  return output === "ambient";
}
