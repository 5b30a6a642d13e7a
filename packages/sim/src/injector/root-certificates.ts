import type { Cluster } from "../cluster/create-cluster.ts";

const name = "istio-ca-root-cert";

/**
 * Keeps the ConfigMap `istio-ca-root-cert` in every namespace, as istiod does: proxies mount it, and the nodes of process
 * pods wait for what is mounted. Returns what ends it.
 */
export function distributeRoot({ api, core }: Cluster, certificate: string): () => void {
  const put = (namespace: string): void => {
    if (api.get("configmaps", { namespace, name }) !== undefined) return;
    const metadata = { name, namespace, labels: { "istio.io/config": "true" } };
    const made = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "root-cert.pem": certificate } };
    // The namespace ends, or the cluster does: then nobody wants it.
    api.create("configmaps", made).catch(() => {});
  };
  const { store } = core;
  const end = store.watch("namespaces", store.revision, ({ kind, stored }) => {
    if (kind === "added") put(stored.key);
  });
  for (const { key } of store.range("namespaces")) put(key);
  return end ?? (() => {});
}
