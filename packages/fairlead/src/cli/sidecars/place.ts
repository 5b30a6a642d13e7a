import { isKubeError, type Client, type Resource } from "@fairlead/kube";
import { sidecarsAccount, sidecarsNamespace } from "../../plan/sidecars/config/access.ts";
import type { JournalPlace } from "../../run/sidecars/journal/place.ts";
import type { ClusterFlags } from "../cluster/flags.ts";

/** Where the controller keeps its journal, unless -n says otherwise. */
export function journalPlace({ namespace }: Pick<ClusterFlags, "namespace">): JournalPlace {
  return { namespace: namespace ?? sidecarsNamespace, name: sidecarsAccount };
}

/** The Lease of the one process that restarts. */
export function leaseOf({ namespace, name }: JournalPlace) {
  return { namespace, name };
}

const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

/** Makes the namespace of Lease and journal for whoever works from a terminal. Rejects with a KubeError. */
export async function ensureNamespace(client: Client, { namespace: name }: JournalPlace): Promise<void> {
  try {
    if ((await client.find(namespaces, { name })) !== undefined) return;
    const metadata = { name, labels: { "istio-injection": "disabled" } };
    await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata });
  } catch (error) {
    // Who may neither look nor make one may write into one that is there: the write itself tells.
    if (!isKubeError(error, "already-exists", "forbidden")) throw error;
  }
}
