import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { ApiError, forbidden } from "../errors.ts";
import type { AdmissionRequest } from "./admission.ts";

/** The value at a path of own keys, undefined where the path ends early. */
export function field(object: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let value = object;
  for (const key of path) value = get(value, key);
  return value;
}

/** The objects of a list at a path; none where there is no list. */
export function items(object: JsonValue | undefined, ...path: readonly string[]): JsonObject[] {
  const value = field(object, ...path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function texts(object: JsonValue | undefined, ...path: readonly string[]): string[] {
  const value = field(object, ...path);
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

export function text(object: JsonValue | undefined, ...path: readonly string[]): string {
  const value = field(object, ...path);
  return typeof value === "string" ? value : "";
}

/** A copy in which the value at the path is another: what lies beside the path is shared. */
export function withField(object: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return { ...object, [key]: value };
  const child = get(object, key);
  return { ...object, [key]: withField(isObject(child) ? child : {}, rest, value) };
}

export function added(object: JsonObject, path: readonly string[], more: readonly JsonValue[]): JsonObject {
  if (more.length === 0) return object;
  const before = field(object, ...path);
  return withField(object, path, [...(Array.isArray(before) ? before : []), ...more]);
}

export function annotation(object: JsonValue | undefined, key: string): string | undefined {
  const value = field(object, "metadata", "annotations", key);
  return typeof value === "string" ? value : undefined;
}

export function labelsOf(object: JsonValue | undefined): Record<string, string> {
  const labels = field(object, "metadata", "labels");
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  if (isObject(labels))
    for (const key of Object.keys(labels)) if (typeof labels[key] === "string") found[key] = labels[key];
  return found;
}

export const nameOf = (object: JsonValue | undefined): string => text(object, "metadata", "name");

/** Whether the request is of this resource of a group (`` is core), and of a subresource where told. */
export function isFor(request: AdmissionRequest, group: string, plural: string, subresource = ""): boolean {
  return request.resource.plural === plural && request.resource.group === group && request.subresource === subresource;
}

/** What messages call the object: its name, or what its name will begin with. */
export function shownName({ name, object }: AdmissionRequest): string {
  if (name !== "") return name;
  return nameOf(object) || text(object, "metadata", "generateName") || "Unknown";
}

/** `pods "x" is forbidden: …`, as admission plugins refuse. */
export function refuse(request: AdmissionRequest, why: string, causes: readonly JsonObject[] = []): ApiError {
  const { group, plural } = request.resource;
  const error = forbidden({ group, plural }, shownName(request), why);
  if (causes.length === 0) return error;
  const details = error.status["details"] as JsonObject;
  return new ApiError(error.code, error.reason, error.message, { ...details, causes: [...causes] });
}
