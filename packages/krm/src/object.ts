import type { JsonObject, JsonValue } from "@fairlead/apimachinery";

/** The part of ObjectMeta that Fairlead reads; every other field stays in place. */
export type ObjectMeta = JsonObject & {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
};

/** A Kubernetes Resource Model object as a plain JSON value. */
export type KrmObject = { apiVersion: string; kind: string; metadata: ObjectMeta; [field: string]: JsonValue };

/** The four parts that identify an object in one cluster, plus its version. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** The reference of an object; an object without a name gets the empty one. */
export function refOf(object: JsonObject): ObjectRef {
  const meta = object["metadata"] as ObjectMeta | undefined;
  const namespace = typeof meta?.namespace === "string" && meta.namespace !== "" ? { namespace: meta.namespace } : {};
  return {
    apiVersion: typeof object["apiVersion"] === "string" ? object["apiVersion"] : "",
    kind: typeof object["kind"] === "string" ? object["kind"] : "",
    ...namespace,
    name: typeof meta?.name === "string" ? meta.name : "",
  };
}

/** `apps` of `apps/v1`; the empty group of `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** A map key that ignores the version, as the API server does: two versions of a kind are one object. */
export function refKey(ref: ObjectRef): string {
  return `${groupOf(ref.apiVersion)}|${ref.kind}|${ref.namespace ?? ""}|${ref.name}`;
}

/** `Deployment shop/orders`, for people. */
export function formatRef(ref: ObjectRef): string {
  const name = ref.name === "" ? "(unnamed)" : ref.name;
  return `${ref.kind} ${ref.namespace === undefined ? name : `${ref.namespace}/${name}`}`;
}
