import { labelSelector, matchesSelector, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { InjectionConfig } from "./injection-config.ts";
import { annotationsOf, at, labelsOf } from "./pod-parts.ts";

/** Pods of these namespaces are never injected, whatever they say. */
export const ignoredNamespaces: readonly string[] = [
  "kube-system",
  "kube-public",
  "kube-node-lease",
  "local-path-storage",
];

export type Requirement = { readonly kind: "inject" } | { readonly kind: "skip"; readonly reason: SkipReason };

export type SkipReason = "host network" | "ignored namespace" | "opted out" | "never-inject selector" | "policy";

type Selection = Pick<InjectionConfig, "policy" | "neverInjectSelector" | "alwaysInjectSelector">;

/**
 * Whether istiod injects a pod that its webhook is asked about. The label `sidecar.istio.io/inject` stands over the
 * annotation; what neither says is decided by the selectors of the configuration, then by its policy.
 */
export function isRequired(pod: JsonObject, namespace: string, config: Selection): Requirement {
  if (at(pod, "spec", "hostNetwork") === true) return { kind: "skip", reason: "host network" };
  if (ignoredNamespaces.includes(namespace)) return { kind: "skip", reason: "ignored namespace" };
  const labels = labelsOf(pod["metadata"]);
  const wish = labels["sidecar.istio.io/inject"] ?? annotationsOf(pod["metadata"])["sidecar.istio.io/inject"];
  const isKnown = config.policy === "enabled" || config.policy === "disabled";
  if (!isKnown) return { kind: "skip", reason: "policy" };
  if (wish === "true") return { kind: "inject" };
  if (wish === "false") return { kind: "skip", reason: "opted out" };
  const selects = (selector: JsonValue): boolean => {
    const requirements = labelSelector(selector);
    // The empty selector selects nothing here.
    return requirements !== undefined && requirements.length > 0 && matchesSelector(requirements, labels);
  };
  if (config.neverInjectSelector.some(selects)) return { kind: "skip", reason: "never-inject selector" };
  if (config.alwaysInjectSelector.some(selects)) return { kind: "inject" };
  return config.policy === "enabled" ? { kind: "inject" } : { kind: "skip", reason: "policy" };
}
