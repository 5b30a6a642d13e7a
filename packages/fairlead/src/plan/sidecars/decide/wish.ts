import type { Labels } from "../model/facts.ts";
import { injectionLabel, injectLabel, revisionLabel } from "../observe/keys.ts";
import { labelOf } from "../observe/read.ts";

/**
 * Whether labels ask for injection as Istio documents them. Only used where no webhook answers: it then tells a workload that
 * left the mesh from one whose injector is missing.
 */
export function asksForInjection(pod: Labels, namespace: Labels): boolean {
  const own = labelOf(pod, injectLabel);
  if (own === "false" || labelOf(namespace, injectionLabel) === "disabled") return false;
  return (
    own === "true" ||
    labelOf(namespace, injectionLabel) === "enabled" ||
    labelOf(namespace, revisionLabel) !== undefined ||
    labelOf(pod, revisionLabel) !== undefined
  );
}
