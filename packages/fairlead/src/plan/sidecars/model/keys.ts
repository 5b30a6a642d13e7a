import type { WorkloadKey } from "./decision.ts";

export interface KeyParts {
  readonly cluster: string;
  readonly namespace: string;
  /** With its group: `Deployment.apps`. */
  readonly kind: string;
  readonly name: string;
  /** `KIND/NAME`. */
  readonly local: string;
}

// Keys are read from their end: of their parts only the cluster's name may hold slashes, as contexts of EKS do.

/** The parts of `CLUSTER/NAMESPACE/KIND/NAME`. */
export function partsOf(key: WorkloadKey): KeyParts {
  const place = placeOf(key);
  const local = key.slice(place.length + 1);
  const [kind = "", name = ""] = local.split("/");
  return { ...placeParts(place), kind, name, local };
}

/** `CLUSTER/NAMESPACE` of a workload's key. */
export function placeOf(key: WorkloadKey): string {
  return before(before(key));
}

/** The parts of `CLUSTER/NAMESPACE`. */
export function placeParts(place: string): Pick<KeyParts, "cluster" | "namespace"> {
  const cluster = before(place);
  return { cluster, namespace: place.slice(cluster.length + 1) };
}

export function clusterOf(key: WorkloadKey): string {
  return before(placeOf(key));
}

export function namespaceOf(key: WorkloadKey): string {
  return placeParts(placeOf(key)).namespace;
}

function before(text: string): string {
  return text.slice(0, Math.max(0, text.lastIndexOf("/")));
}
