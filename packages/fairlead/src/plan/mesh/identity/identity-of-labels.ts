import { labelAt } from "../observe/read.ts";
import type { Labels } from "../model/facts.ts";
import { defaultSettings } from "../model/presets.ts";

/**
 * The identity that a pod template names: its label, else its annotation of the mesh's key, in lower case as names of the
 * mesh are; empty: none. What Services say of it, and an identity that nobody names, are the fleet's to know.
 */
export function identityOfLabels(
  labels: Labels,
  annotations: Labels,
  key: string = defaultSettings.discovery.identityKey,
): string {
  return (labelAt(labels, key) ?? labelAt(annotations, key) ?? "").toLowerCase();
}
