import { identityOfLabels } from "../../mesh/identity/identity-of-labels.ts";
import type { PodTemplate } from "../model/facts.ts";
import type { SelectSettings } from "../model/settings.ts";

/** The identity of a workload in the mesh; empty: it names none. */
export function identityOf(
  { labels, annotations }: Pick<PodTemplate, "labels" | "annotations">,
  { identityKey }: Pick<SelectSettings, "identityKey">,
): string {
  return identityOfLabels(labels, annotations, identityKey);
}
