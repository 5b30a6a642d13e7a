/** Annotations of ours, on a workload, its pod template or its namespace. */
export const ownPrefix = "sidecars.fairlead.dev/";
export const restartAnnotation = `${ownPrefix}restart`;
export const windowAnnotation = `${ownPrefix}window`;
export const orderAnnotation = `${ownPrefix}order`;
export const modeAnnotation = `${ownPrefix}mode`;
/** On a pod template (of a Rollout: on itself): the target that its pods were last restarted for. */
export const restartedForAnnotation = `${ownPrefix}restarted-for`;
export const restartedAtAnnotation = "kubectl.kubernetes.io/restartedAt";
export const fortsaAnnotation = "fortsa.scaffidi.net/restartedAt";

/** Istio's. */
export const revisionLabel = "istio.io/rev";
export const tagLabel = "istio.io/tag";
export const injectionLabel = "istio-injection";
export const injectLabel = "sidecar.istio.io/inject";
export const statusAnnotation = "sidecar.istio.io/status";
export const templatesAnnotation = "inject.istio.io/templates";
/** On what istiod makes of a Gateway of the Gateway API. */
export const gatewayNameLabels = ["gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name"] as const;

/** Labels that controllers give to their pods beside those of the template. */
export const templateHashLabels = ["rollouts-pod-template-hash", "pod-template-hash", "controller-revision-hash"];

/** Whether an annotation only says when, or why, pods were restarted, or is read by nobody but us and kubectl. */
export function isMark(key: string): boolean {
  return (
    key === restartedAtAnnotation ||
    key === fortsaAnnotation ||
    key === "kubectl.kubernetes.io/last-applied-configuration" ||
    key.startsWith(ownPrefix)
  );
}
