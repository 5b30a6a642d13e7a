import { clone, get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { ownerAnnotation } from "../plan/names.ts";

/** Metadata that the API server writes; a manifest that has it was read from a cluster. */
const serverMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];
/** Annotations by which tools remember what they did; wrong as soon as somebody else applies the object. */
const toolAnnotations = [
  "kubectl.kubernetes.io/last-applied-configuration",
  "deployment.kubernetes.io/revision",
  "deprecated.daemonset.template.generation",
  ownerAnnotation,
];
const toolPrefixes = [
  "config.kubernetes.io/",
  "internal.config.kubernetes.io/",
  "config.k8s.io/",
  "kustomize.config.k8s.io/",
  "internal.kpt.dev/",
];

export interface Cleaned {
  readonly object: KrmObject;
  /** What was left out, as field paths for people. */
  readonly dropped: readonly string[];
}

/** The object without what the cluster or a tool wrote into it: what somebody wants. */
export function clean(object: KrmObject): Cleaned {
  const copy = clone(object as JsonObject) as KrmObject;
  const dropped: string[] = [];
  if (copy["status"] !== undefined) {
    if (isObject(copy["status"]) && Object.keys(copy["status"]).length > 0) dropped.push("status");
    delete copy["status"];
  }
  for (const field of serverMetadata) {
    if (copy.metadata[field] === undefined) continue;
    if (copy.metadata[field] !== null) dropped.push(`metadata.${field}`);
    delete copy.metadata[field];
  }
  const annotations = copy.metadata.annotations;
  if (isObject(annotations)) {
    for (const key of Object.keys(annotations)) {
      if (!toolAnnotations.includes(key) && !toolPrefixes.some((prefix) => key.startsWith(prefix))) continue;
      delete annotations[key];
      dropped.push(`metadata.annotations[${key}]`);
    }
    if (Object.keys(annotations).length === 0) delete copy.metadata.annotations;
  }
  return { object: copy, dropped };
}

/** Whether an object is made by a controller from another one, such as a CronJob's Jobs or KEDA's HPA. */
export function isControlled(object: KrmObject): boolean {
  const owners = object.metadata["ownerReferences"];
  return Array.isArray(owners) && owners.some((owner) => get(owner, "controller") === true);
}
