import { Buffer } from "node:buffer";
import { get, isObject, setOwn, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { Resource } from "../../resource.ts";
import { partOfLabel } from "./parent.ts";

/** What the server alone sets: sent back it would be a precondition, an error, or a difference for ever. */
const serverFields = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
];

/**
 * What is sent for a declared object: with the label of its set, in its namespace, without what only the server
 * writes. A Secret's `stringData` becomes `data`, as the server stores it, for the two to be comparable.
 */
export function desiredObject(
  object: KrmObject,
  resource: Resource,
  place: { readonly namespace: string | undefined; readonly id: string },
): KrmObject {
  const metadata: ObjectMeta = {};
  for (const [key, value] of Object.entries(object.metadata)) {
    if (key !== "namespace" && !serverFields.includes(key)) setOwn(metadata, key, value);
  }
  if (place.namespace !== undefined) metadata.namespace = place.namespace;
  metadata.labels = { ...(isObject(metadata.labels) ? metadata.labels : {}), [partOfLabel]: place.id };
  const result: KrmObject = { ...object, metadata };
  if (hasStatus(resource) && Object.hasOwn(result, "status")) delete result["status"];
  return resource.group === "" && resource.kind === "Secret" ? withData(result) : result;
}

/** Only of a kind without a subresource `status` is the field an ordinary one. */
export function hasStatus({ subresources }: Resource): boolean {
  return subresources === undefined || subresources.includes("status");
}

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ */
function withData(secret: KrmObject): KrmObject {
  const texts = get(secret, "stringData");
  if (!isObject(texts)) return secret;
  const { stringData: _, ...rest } = secret;
  const data: JsonObject = {};
  const given = get(secret, "data");
  for (const [key, value] of Object.entries(isObject(given) ? given : {})) setOwn(data, key, value);
  for (const [key, value] of Object.entries(texts)) {
    // What is no string is left for the server to refuse.
    setOwn(data, key, typeof value === "string" ? Buffer.from(value).toString("base64") : value);
  }
  return { ...(rest as KrmObject), data };
}
