import { labelAt } from "../observe/read.ts";
import { dataplaneLabel, injectLabel, revisionLabel } from "../observe/keys.ts";
import type { NamespaceFact, WorkloadFact } from "../model/facts.ts";
import type { DiscoverySettings } from "../model/settings.ts";

/** Where Istio never injects. */
const never = new Set(["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]);

/**
 * Whether a workload's pods are in the mesh. `annotation`: as the predecessor sees it. `istio`: as the webhooks of Istio's
 * injector decide (https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy),
 * or as its CNI does in ambient mode; and the old annotation counts where the namespace does not say no. What has no pods
 * here is in it.
 */
export function isInMesh(
  workload: WorkloadFact,
  namespace: NamespaceFact | undefined,
  settings: Pick<DiscoverySettings, "injection" | "injectAnnotation">,
): boolean {
  if (workload.kind === "WorkloadEntry" || workload.kind === "ServiceEntry") return true;
  const annotation = labelAt(workload.annotations, settings.injectAnnotation);
  if (settings.injection === "annotation") return annotation === "true";
  if (never.has(workload.namespace) || workload.hostNetwork === true) return false;
  const space = namespace?.labels ?? {};
  if (isAmbient(workload, namespace)) return true;
  const pod = labelAt(workload.labels, injectLabel) ?? annotation;
  if (pod === "false") return false;
  const injection = labelAt(space, "istio-injection");
  if (injection === "enabled") return true;
  if (injection !== undefined) return false;
  if (labelAt(space, revisionLabel) !== undefined) return true;
  return pod === "true" || labelAt(workload.labels, revisionLabel) !== undefined;
}

/** Whether its traffic goes through the node's ztunnel. */
export function isAmbient(workload: WorkloadFact, namespace: NamespaceFact | undefined): boolean {
  const mode = labelAt(workload.labels, dataplaneLabel) ?? labelAt(namespace?.labels ?? {}, dataplaneLabel);
  return mode === "ambient" && workload.hostNetwork !== true;
}
