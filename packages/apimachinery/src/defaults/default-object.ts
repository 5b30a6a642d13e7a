import { isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import { definitionName } from "../openapi/definitions.ts";
import { encodingOf } from "../openapi/encoding.ts";
import { canonicalQuantity, formatQuantity, parseQuantity, roundQuantity } from "../quantity/quantity.ts";
import { nodeOf, slotNode, typeBits, type Node, type Slot } from "../schema/node.ts";
import { compilerFor } from "../schema/validate.ts";
import { accessDefaults } from "./access.ts";
import { clusterDefaults } from "./cluster.ts";
import { coreDefaults } from "./core.ts";
import type { Defaulter } from "./defaulter.ts";
import { workloadDefaults } from "./workloads.ts";

const defaulters = new Map<string, Defaulter>([
  ...coreDefaults,
  ...workloadDefaults,
  ...accessDefaults,
  ...clusterDefaults,
]);

const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const deepest = 200;

/**
 * A built-in object as kube-apiserver 1.36 would give it back after a create, as far as defaulting decides it: missing
 * fields filled in, quantities in canonical form, nulls and empty values dropped where Go's encoder drops them. What
 * admission, allocation (cluster IPs, UIDs) and controllers add is not added; `status` is left as it is. Two objects
 * that mean the same to the API server become equal. Other kinds and their unknown fields come back as they are. The
 * input is not changed.
 */
export function defaultObject<T extends JsonObject>(object: T): T {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return object;
  const name = definitionName(apiVersion, kind);
  return name === undefined ? object : (defaultValue(object, name) as T);
}

/** The same for one definition, such as `io.k8s.api.core.v1.PodTemplateSpec`. */
export function defaultValue(value: JsonObject, definition: string): JsonObject {
  const node = nodeOf(reference(definition), compilerFor(), true);
  return fillObject(value, node, 0);
}

const references = new Map<string, { readonly $ref: string }>();

/** One schema object per name, so that its node is made once. */
function reference(name: string): { readonly $ref: string } {
  const found = references.get(name) ?? { $ref: name };
  references.set(name, found);
  return found;
}

function fill(value: JsonValue, node: Node, depth: number): JsonValue {
  if (depth > deepest) return value;
  if (node.name === quantity)
    return typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : value;
  if (Array.isArray(value)) {
    const child = node.items === undefined ? undefined : slotNode(node.items);
    return child === undefined ? value : value.map((item) => fill(item, child, depth + 1));
  }
  return isObject(value) ? fillObject(value, node, depth) : value;
}

function fillObject(before: JsonObject, node: Node, depth: number): JsonObject {
  const { properties, values } = node;
  if (values !== undefined) return fillMap(before, values, depth);
  if (properties === undefined) return before;
  const encoding = encodingOf(node.name ?? "");
  const object: JsonObject = {};
  for (const key of Object.keys(before)) {
    if (!isDropped(before[key]!, key, properties, encoding.omitted)) setOwn(object, key, before[key]!);
  }
  defaulters.get(node.name ?? "")?.(object);
  for (const [key, slot] of properties) {
    if (slot.schema.default !== undefined && !Object.hasOwn(object, key))
      object[key] = structuredClone(slot.schema.default);
  }
  for (const key of encoding.structs) {
    if (key !== "status" && isStruct(properties.get(key)) && !isObject(object[key])) object[key] ??= {};
  }
  for (const key of encoding.texts) object[key] ??= "";
  for (const key of Object.keys(object)) {
    const slot = properties.get(key);
    if (slot !== undefined && !(key === "status" && depth === 0))
      setOwn(object, key, fill(object[key]!, slotNode(slot), depth + 1));
  }
  return object;
}

function isStruct(slot: Slot | undefined): boolean {
  return slot !== undefined && slotNode(slot).properties !== undefined;
}

function isDropped(
  value: JsonValue,
  key: string,
  properties: ReadonlyMap<string, Slot>,
  omitted: ReadonlySet<string>,
): boolean {
  if (!properties.has(key)) return false;
  if (value === null) return true;
  if (!omitted.has(key)) return false;
  // The zero value of another type is a mistake, and kept for validation to find.
  const { types } = slotNode(properties.get(key)!);
  if (value === "") return (types & typeBits.string) !== 0;
  if (value === 0) return (types & typeBits.integer) !== 0;
  if (value === false) return (types & typeBits.boolean) !== 0;
  const isList = Array.isArray(value) && (types & typeBits.array) !== 0;
  const isMap = isObject(value) && (types & typeBits.object) !== 0;
  return (isList || isMap) && Object.keys(value).length === 0;
}

function fillMap(before: JsonObject, values: Slot, depth: number): JsonObject {
  const child = slotNode(values);
  const object: JsonObject = {};
  for (const key of Object.keys(before)) {
    const value = before[key]!;
    if (child.name === quantity) setOwn(object, key, resourceAmount(value));
    else setOwn(object, key, value === null && child.types === 4 ? "" : fill(value, child, depth + 1));
  }
  return object;
}

/** Amounts of resources are rounded up to thousandths. */
function resourceAmount(value: JsonValue): JsonValue {
  if (value === null) return "0";
  const amount = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
  return amount === undefined ? value : formatQuantity(roundQuantity(amount, -3));
}
