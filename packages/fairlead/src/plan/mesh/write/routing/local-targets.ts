import { compareText } from "@fairlead/apimachinery";
import type { Backend, HostIntent, MeshPort } from "../../model/intent.ts";
import { equalShares } from "../weights.ts";

/** A Service of a cluster that serves a host there. */
export interface LocalTarget {
  /** Its name in the cluster, without a dot at its end. */
  readonly address: string;
  readonly ports: Backend["local"]["ports"];
  /** In percent; undefined if it is the only one. */
  readonly weight: number | undefined;
}

/** Those with a weight if any has one, else all with equal shares; sorted by address. */
export function localTargets(host: HostIntent, cluster: string): readonly LocalTarget[] {
  const found = host.backends
    .filter((backend) => backend.cluster === cluster && !backend.retained && !backend.external)
    .map(({ local, weight }) => ({ address: local.address.replace(/\.$/, ""), ports: local.ports, weight }))
    .sort((a, b) => compareText(a.address, b.address));
  const weighted = found.filter(({ weight }) => weight !== undefined && weight > 0);
  const targets = weighted.length > 0 ? weighted : found;
  if (targets.length < 2) return targets.map((target) => ({ ...target, weight: undefined }));
  if (weighted.length > 0) return weighted;
  const shares = equalShares(targets.length);
  return targets.map((target, at) => ({ ...target, weight: shares[at]! }));
}

/** The Service's number for a port of the host. */
export function localPort({ ports }: LocalTarget, { name }: MeshPort): number | undefined {
  return Object.hasOwn(ports, name) ? ports[name] : undefined;
}
