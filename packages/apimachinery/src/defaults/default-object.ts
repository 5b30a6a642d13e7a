import { isObject, setOwn, type JsonArray, type JsonObject, type JsonValue } from "../json.ts";
import { definitionName } from "../openapi/definitions.ts";
import { encodingOf } from "../openapi/encoding.ts";
import { canonicalQuantity, formatQuantity, parseQuantity, roundQuantity } from "../quantity/quantity.ts";
import { nodeOf, slotNode, typeBits, type Node, type Slot } from "../schema/node.ts";
import { compilerFor } from "../schema/validate.ts";
import { accessDefaults } from "./access.ts";
import { clusterDefaults } from "./cluster.ts";
import { coreDefaults } from "./core.ts";
import { copyOf, type Defaulter } from "./defaulter.ts";
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
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return node.items === undefined ? value : fillList(value, slotNode(node.items), depth);
  return isObject(value) ? fillObject(value, node, depth) : value;
}

function fillList(list: JsonArray, child: Node, depth: number): JsonArray {
  let result = list;
  for (let i = 0; i < list.length; i++) {
    const after = fill(list[i]!, child, depth + 1);
    if (after === list[i]) continue;
    if (result === list) result = list.slice();
    result[i] = after;
  }
  return result;
}

/** What is done to every object of a definition. */
type Plan = {
  readonly omitted: ReadonlySet<string>;
  readonly defaulter: Defaulter | undefined;
  readonly defaults: readonly (readonly [string, JsonValue])[];
  readonly structs: readonly string[];
  readonly texts: readonly string[];
};

const plans = new WeakMap<Node, Plan>();

function planOf(node: Node, properties: ReadonlyMap<string, Slot>): Plan {
  let plan = plans.get(node);
  if (plan === undefined) {
    const name = node.name ?? "";
    const { omitted, structs, texts } = encodingOf(name);
    plan = {
      omitted,
      defaulter: defaulters.get(name),
      defaults: [...properties].flatMap(([key, { schema }]) =>
        schema.default === undefined ? [] : [[key, schema.default] as const],
      ),
      structs: structs.filter((key) => key !== "status" && isStruct(properties.get(key))),
      texts,
    };
    plans.set(node, plan);
  }
  return plan;
}

/** The object itself where there is nothing to be done, which is what most parts of a stored one are. */
function fillObject(before: JsonObject, node: Node, depth: number): JsonObject {
  const { properties, values } = node;
  if (values !== undefined) return fillMap(before, values, depth);
  if (properties === undefined) return before;
  const { omitted, defaulter, defaults, structs, texts } = planOf(node, properties);
  let object = withoutDropped(before, properties, omitted);
  const own = (): JsonObject => (object === before ? (object = { ...before }) : object);
  defaulter?.(own());
  for (const [key, value] of defaults) if (!Object.hasOwn(object, key)) own()[key] = copyOf(value);
  for (const key of structs) if (!isObject(object[key])) own()[key] ??= {};
  for (const key of texts) if (object[key] === undefined || object[key] === null) own()[key] = "";
  for (const key of Object.keys(object)) {
    const slot = properties.get(key);
    if (slot === undefined || (key === "status" && depth === 0)) continue;
    const value = object[key]!;
    const after = fill(value, slotNode(slot), depth + 1);
    if (after !== value) setOwn(own(), key, after);
  }
  return object;
}

function withoutDropped(
  before: JsonObject,
  properties: ReadonlyMap<string, Slot>,
  omitted: ReadonlySet<string>,
): JsonObject {
  const keys = Object.keys(before);
  if (!keys.some((key) => isDropped(before[key]!, key, properties, omitted))) return before;
  const object: JsonObject = {};
  for (const key of keys) {
    if (!isDropped(before[key]!, key, properties, omitted)) setOwn(object, key, before[key]!);
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
  if (value === null) return properties.has(key);
  if (!isEmpty(value) || !properties.has(key) || !omitted.has(key)) return false;
  // The zero value of another type is a mistake, and kept for validation to find.
  const { types } = slotNode(properties.get(key)!);
  if (value === "") return (types & typeBits.string) !== 0;
  if (value === 0) return (types & typeBits.integer) !== 0;
  if (value === false) return (types & typeBits.boolean) !== 0;
  const isList = Array.isArray(value) && (types & typeBits.array) !== 0;
  const isMap = isObject(value) && (types & typeBits.object) !== 0;
  return (isList || isMap) && Object.keys(value).length === 0;
}

/** May be a zero value, of whatever type. */
function isEmpty(value: JsonValue): boolean {
  if (typeof value !== "object") return value === "" || value === 0 || value === false;
  if (value === null || Array.isArray(value)) return (value?.length ?? 0) === 0;
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return true;
}

function fillMap(before: JsonObject, values: Slot, depth: number): JsonObject {
  const child = slotNode(values);
  let object = before;
  for (const key of Object.keys(before)) {
    const value = before[key]!;
    const after =
      child.name === quantity
        ? resourceAmount(value)
        : value === null && child.types === typeBits.string
          ? ""
          : fill(value, child, depth + 1);
    if (after === value) continue;
    if (object === before) object = { ...before };
    setOwn(object, key, after);
  }
  return object;
}

/** Amounts of resources are rounded up to thousandths. */
function resourceAmount(value: JsonValue): JsonValue {
  if (value === null) return "0";
  const amount = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
  return amount === undefined ? value : formatQuantity(roundQuantity(amount, -3));
}
