import { definition, type Schema } from "@fairlead/apimachinery";
import { alone } from "./alone.ts";

const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

/** Keywords that a CustomResourceDefinition's schema may not have; they matter for merging built-in kinds only. */
const dropped = new Set([
  "x-fairlead-completed-by-base",
  "x-kubernetes-patch-merge-key",
  "x-kubernetes-patch-strategy",
  "x-kubernetes-unions",
  "title",
  "example",
  "$ref",
]);

/** Parts that the API server fills in itself, or whose fields every object has: spelling them out would only cost room. */
const opaque = /\.(ObjectMeta|[A-Za-z]+Status)$/;

/**
 * A schema as apiextensions/v1 wants it: structural, without references. Passed-through fields lose their
 * descriptions (a CRD with them would be larger than client-side `kubectl apply` can carry); ours keep theirs.
 */
export function inline(schema: Schema, described = true): Schema {
  if (schema.$ref === quantity || schema.$ref === intOrString)
    return withDescription({ "x-kubernetes-int-or-string": true }, schema, described);
  if (schema.$ref !== undefined && opaque.test(schema.$ref)) {
    return withDescription({ type: "object", "x-kubernetes-preserve-unknown-fields": true }, schema, described);
  }
  if (schema.$ref !== undefined) {
    const target = definition(schema.$ref);
    if (target === undefined) throw new Error(`no such definition: ${schema.$ref}`);
    return withDescription(inline(target, false), schema, described);
  }
  if (schema.anyOf !== undefined && schema["x-kubernetes-preserve-unknown-fields"] === true) {
    return withDescription({ "x-kubernetes-preserve-unknown-fields": true }, schema, described);
  }
  if (schema["x-kubernetes-int-or-string"] === true)
    return withDescription({ "x-kubernetes-int-or-string": true }, schema, described);
  const result: { [keyword: string]: unknown } = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (dropped.has(keyword) || (keyword === "description" && !described)) continue;
    if (keyword === "default" && isEmptyObject(value)) continue;
    // The server drops an empty list, and whoever compares what is applied with what is stored sees a difference.
    if (keyword === "required" && isEmptyObject(value)) continue;
    if (keyword === "properties")
      result[keyword] = mapValues(value as { [name: string]: Schema }, (child) => inline(child, described));
    else if (keyword === "items") result[keyword] = inline(value as Schema, described);
    else if (keyword === "additionalProperties" && typeof value === "object")
      result[keyword] = inline(value as Schema, described);
    else result[keyword] = value;
  }
  return withKeys(alone(result as Schema, schema));
}

/** apiextensions wants the keys of a list map required or defaulted; Kubernetes' own OpenAPI leaves some open. */
function withKeys(schema: Schema): Schema {
  const { items, "x-kubernetes-list-map-keys": keys } = schema;
  if (items === undefined || keys === undefined) return schema;
  const open = keys.filter((key) => !items.required?.includes(key) && items.properties?.[key]?.default === undefined);
  return open.length === 0
    ? schema
    : { ...schema, items: { ...items, required: [...(items.required ?? []), ...open] } };
}

function withDescription(target: Schema, source: Schema, described: boolean): Schema {
  return described && source.description !== undefined ? { ...target, description: source.description } : target;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function mapValues<A, B>(object: { readonly [key: string]: A }, map: (value: A) => B): { [key: string]: B } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
