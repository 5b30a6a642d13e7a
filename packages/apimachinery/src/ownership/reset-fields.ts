import { textOf, type JsonObject } from "../json.ts";
import { emptyFieldSet, fieldSetFrom, type FieldSet } from "./field-set.ts";
import { fieldElement } from "./path-element.ts";

/** A set of fields of maps, each by its names. */
export function fieldNames(...paths: readonly (readonly string[])[]): FieldSet {
  return fieldSetFrom(paths.map((path) => path.map(fieldElement)));
}

const status = fieldNames(["status"]);
const spec = fieldNames(["spec"]);
const specAndMetadata = fieldNames(["metadata"], ["spec"]);

const requests = "certificates.k8s.io/v1/CertificateSigningRequest";
const byKind: ReadonlyMap<string, FieldSet> = new Map([
  [requests, fieldNames(["spec"], ["status"])],
  [`${requests}/status`, fieldNames(["spec"], ["status", "conditions"])],
  [`${requests}/approval`, fieldNames(["spec"], ["status", "certificate"])],
  ["apps/v1/Deployment/status", fieldNames(["metadata", "labels"], ["spec"])],
  ["v1/Pod/status", fieldNames(["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"], ["spec"])],
  ...[
    "apiextensions.k8s.io/v1/CustomResourceDefinition",
    "apps/v1/DaemonSet",
    "apps/v1/ReplicaSet",
    "apps/v1/StatefulSet",
    "autoscaling/v1/HorizontalPodAutoscaler",
    "autoscaling/v2/HorizontalPodAutoscaler",
    "batch/v1/CronJob",
    "batch/v1/Job",
    "networking.k8s.io/v1/Ingress",
    "policy/v1/PodDisruptionBudget",
    "v1/Namespace",
    "v1/Node",
    "v1/PersistentVolume",
    "v1/PersistentVolumeClaim",
    "v1/ReplicationController",
    "v1/ResourceQuota",
    "v1/Service",
  ].map((kind) => [`${kind}/status`, spec] as const),
]);

/** What an endpoint takes from the stored object whatever is sent to it, and which therefore nobody owns through it. */
export function resetFields(
  { apiVersion, kind }: JsonObject,
  { subresource = "", hasStatus = true }: { readonly subresource?: string; readonly hasStatus?: boolean },
): FieldSet {
  const key = `${textOf(apiVersion)}/${textOf(kind)}${subresource === "" ? "" : `/${subresource}`}`;
  const known = byKind.get(key);
  if (known !== undefined) return known;
  if (subresource === "") return hasStatus ? status : emptyFieldSet;
  return subresource === "status" ? specAndMetadata : emptyFieldSet;
}
