import type { JsonObject } from "@fairlead/apimachinery";
import { labelsOf, objectsIn, textAt } from "./pod-parts.ts";

/** What a pod says that it belongs to. */
export interface Owner {
  readonly name: string;
  readonly kind: string;
  readonly apiVersion: string;
}

/** As istiod guesses it from the pod alone, without asking for the owners. */
export function ownerOf(pod: JsonObject): Owner {
  const { metadata } = pod;
  const labels = labelsOf(metadata);
  const alone: Owner = { name: textAt(metadata, "name"), kind: "Pod", apiVersion: "v1" };
  if (textAt(metadata, "generateName") === "") return alone;
  const controller = objectsIn(metadata, "ownerReferences").find((one) => one["controller"] === true);
  if (controller === undefined) return alone;
  const [name, kind, apiVersion] = ["name", "kind", "apiVersion"].map((key) => textAt(controller, key)) as [
    string,
    string,
    string,
  ];
  const hash = labels["pod-template-hash"] ?? "";
  const rolloutHash = labels["rollouts-pod-template-hash"] ?? "";
  if (kind === "ReplicaSet" && hash !== "" && name.endsWith(hash))
    return { name: without(name, `-${hash}`), kind: "Deployment", apiVersion };
  if (kind === "ReplicaSet" && rolloutHash !== "" && name.endsWith(rolloutHash))
    return { name: without(name, `-${rolloutHash}`), kind: "Rollout", apiVersion: "v1alpha1" };
  if (kind === "ReplicationController" && (labels["deploymentconfig"] ?? "") !== "")
    return { name: labels["deploymentconfig"]!, kind: "DeploymentConfig", apiVersion };
  const scheduled = kind === "Job" ? /^(.+)-\d{8,10}$/.exec(name) : null;
  if (scheduled !== null) return { name: scheduled[1]!, kind: "CronJob", apiVersion: "batch/v1" };
  return { name, kind, apiVersion };
}

const without = (text: string, end: string): string => (text.endsWith(end) ? text.slice(0, -end.length) : text);
