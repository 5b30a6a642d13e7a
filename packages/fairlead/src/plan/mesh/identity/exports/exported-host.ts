import type { Place } from "../../model/facts.ts";
import type { NameSettings } from "../../model/settings.ts";

/**
 * The name of an exported Service in all clusters, `NAME.NAMESPACE.svc.clusterset.local` (KEP-1645); undefined where
 * exports do not count. It is also the identity under which the exports and imports of that Service are planned: those of
 * its workloads may differ from cluster to cluster, or be missing.
 */
export function exportedHost(
  { namespace, name }: Pick<Place, "namespace" | "name">,
  { clusterSet }: NameSettings,
): string | undefined {
  return clusterSet === undefined ? undefined : `${name}.${namespace}.${clusterSet}`.toLowerCase();
}
