import { equal, isRawNumber, type JsonObject, type JsonValue } from "../json.ts";
import { definition, isBuiltinDefinition } from "../openapi/definitions.ts";
import { nodeOf, slotNode, typeBits, type Compiler, type Node, type Slot } from "./node.ts";
import { checkKeys, checkSet } from "./check-list.ts";
import { checkCount, checkScalar } from "./check-scalar.ts";
import { describeValue, type Problem } from "./problem.ts";
import type { Resolve, Schema } from "./schema.ts";
import { nearest } from "./suggest.ts";
import { report, type Walk } from "./walk.ts";

export type ValidateOptions = {
  /** Finds the target of a `$ref`; the vendored definitions unless said otherwise. */
  readonly resolve?: Resolve;
  /**
   * The value is a whole object of the API: `apiVersion`, `kind` and `metadata` are known and checked without being in
   * the schema, as they are for a custom resource.
   */
  readonly resource?: boolean;
  /** Problems after which the walk stops; 1000 unless said otherwise. */
  readonly limit?: number;
};

const deepest = 200;
const metaFields = new Set(["apiVersion", "kind", "metadata"]);
const objectMeta: Schema = { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };
const compilers = new WeakMap<Resolve, Compiler>();

export function compilerFor(resolve: Resolve = definition): Compiler {
  let compiler = compilers.get(resolve);
  if (compiler === undefined) {
    compiler = { resolve, nodes: new WeakMap(), isBuiltin: isBuiltinDefinition };
    compilers.set(resolve, compiler);
  }
  return compiler;
}

/**
 * What of `value` the schema forbids, in document order. Judges as the API server does a custom resource, with unknown
 * fields reported (`fieldValidation=Strict`) and nulls of fields that are not nullable taken as absent. Inside a
 * built-in definition it judges as Go's decoder and the published schema do.
 */
export function validate(value: JsonValue, schema: Schema, options: ValidateOptions = {}): Problem[] {
  const walk: Walk = { path: [], problems: [], limit: options.limit ?? 1000 };
  const compiler = compilerFor(options.resolve);
  const node = nodeOf(schema, compiler, false);
  visit(value, options.resource === true ? { ...node, embedded: true } : node, walk, true, compiler);
  return walk.problems;
}

/** `whole` is false under allOf, anyOf, oneOf and not, whose schemas only add checks to the structure around them. */
function visit(value: JsonValue, node: Node, walk: Walk, whole: boolean, compiler: Compiler): void {
  if (value === null) {
    if (!node.nullable && node.types !== 0) report(walk, "type", typeNames(node.types), "null");
    return;
  }
  if (walk.path.length > deepest) {
    report(walk, "depth", "", `nested deeper than ${deepest} levels`);
    return;
  }
  const type = bitOf(value);
  if (node.types !== 0 && (node.types & type) === 0) {
    report(walk, "type", typeNames(node.types), describeValue(value));
    return;
  }
  if (node.enumeration !== undefined) checkEnum(value, node.enumeration, walk);
  if (type === typeBits.object) visitObject(value as JsonObject, node, walk, whole || node.complete, compiler);
  else if (type === typeBits.array) visitList(value as JsonValue[], node, walk, whole || node.complete, compiler);
  else checkScalar(value, type, node, walk);
  if (node.junctors) checkJunctors(value, node, walk, compiler);
}

function bitOf(value: JsonValue): number {
  switch (typeof value) {
    case "string":
      return typeBits.string;
    case "number":
      return Number.isInteger(value) ? typeBits.integer : 16;
    case "boolean":
      return typeBits.boolean;
    default:
      if (Array.isArray(value)) return typeBits.array;
      if (isRawNumber(value)) return /^-?\d+$/.test(value.rawJSON) ? typeBits.integer : 16;
      return typeBits.object;
  }
}

function typeNames(types: number): string {
  const names: string[] = [];
  if (types & typeBits.object) names.push("an object");
  if (types & typeBits.array) names.push("a list");
  if (types & 16) names.push("number");
  else if (types & typeBits.integer) names.push("integer");
  if (types & typeBits.string) names.push("string");
  if (types & typeBits.boolean) names.push("boolean");
  return names.join(" or ");
}

function checkEnum(value: JsonValue, allowed: readonly JsonValue[], walk: Walk): void {
  if (allowed.includes(value) || allowed.some((one) => equal(one, value))) return;
  const words = allowed.filter((one) => typeof one === "string");
  const suggestion = typeof value === "string" ? nearest(value, words) : undefined;
  report(
    walk,
    "enum",
    `one of ${enumNames(allowed)}`,
    describeValue(value),
    suggestion === undefined ? {} : { suggestion },
  );
}

function enumNames(values: readonly JsonValue[]): string {
  return values.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ");
}

function visitObject(object: JsonObject, node: Node, walk: Walk, whole: boolean, compiler: Compiler): void {
  for (const name of node.required) {
    if (!Object.hasOwn(object, name) || isAbsentNull(object[name]!, node, name)) {
      report(walk, "required", "", name);
    }
  }
  if (node.embedded && whole) checkResource(object, node, walk, compiler);
  const { properties, values, path } = { properties: node.properties, values: node.values, path: walk.path };
  let size = 0;
  for (const key of Object.keys(object)) {
    const value = object[key]!;
    const slot = properties?.get(key);
    size++;
    if (slot !== undefined) {
      const child = slotNode(slot);
      if (value === null && !child.nullable) {
        size--;
        continue;
      }
      path.push(key);
      // A CRD may narrow metadata (a pattern for the name, say); which fields it has is ObjectMeta's to tell.
      visit(value, child, walk, whole && !(node.embedded && key === "metadata"), compiler);
      path.pop();
    } else if (values !== undefined) {
      const child = slotNode(values);
      if (value === null && !child.nullable) {
        size--;
        continue;
      }
      path.push(key);
      visit(value, child, walk, whole, compiler);
      path.pop();
    } else if (whole && !node.open && !(node.embedded && metaFields.has(key)) && isClosed(node)) {
      const known = [...(properties?.keys() ?? []), ...(node.embedded ? metaFields : [])];
      path.push(key);
      const suggestion = nearest(key, known);
      report(walk, "unknown", "", key, suggestion === undefined ? { known } : { suggestion });
      path.pop();
    }
  }
  if (node.limits) checkCount(size, node.schema, walk, "minProperties", "maxProperties", "fields");
}

/** Without a type and without fields a schema says nothing of an object; the empty one is not even structural. */
function isClosed(node: Node): boolean {
  return node.types !== 0 || node.properties !== undefined;
}

function isAbsentNull(value: JsonValue, node: Node, name: string): boolean {
  if (value !== null) return false;
  const slot = node.properties?.get(name) ?? node.values;
  return slot !== undefined && !slotNode(slot).nullable;
}

function checkResource(object: JsonObject, node: Node, walk: Walk, compiler: Compiler): void {
  for (const field of ["apiVersion", "kind"]) {
    const value = Object.hasOwn(object, field) ? object[field]! : null;
    if (value === null || value === "") {
      if (!node.required.includes(field)) report(walk, "required", "", field);
    } else if (typeof value !== "string" && !node.properties?.has(field)) {
      walk.path.push(field);
      report(walk, "type", "string", describeValue(value));
      walk.path.pop();
    }
  }
  const metadata = Object.hasOwn(object, "metadata") ? object["metadata"]! : null;
  if (metadata === null || node.properties?.get("metadata")?.schema.$ref !== undefined) return;
  walk.path.push("metadata");
  visit(metadata, nodeOf(objectMeta, compiler, true), walk, true, compiler);
  walk.path.pop();
}

function visitList(list: JsonValue[], node: Node, walk: Walk, whole: boolean, compiler: Compiler): void {
  if (node.limits) checkCount(list.length, node.schema, walk, "minItems", "maxItems", "items");
  if (node.items !== undefined) {
    const child = slotNode(node.items);
    for (let index = 0; index < list.length; index++) {
      walk.path.push(index);
      visit(list[index]!, child, walk, whole, compiler);
      walk.path.pop();
    }
  }
  if (node.listKeys !== undefined && list.length > 1) checkKeys(list, node.listKeys, node, walk);
  else if (node.set && list.length > 1) checkSet(list, node, walk);
}

/** The problems of one alternative, found apart from the walk around it. */
function probe(value: JsonValue, slot: Slot, walk: Walk, compiler: Compiler): Problem[] {
  const inner: Walk = { path: [...walk.path], problems: [], limit: walk.limit };
  visit(value, slotNode(slot), inner, false, compiler);
  return inner.problems;
}

function checkJunctors(value: JsonValue, node: Node, walk: Walk, compiler: Compiler): void {
  for (const slot of node.allOf) visit(value, slotNode(slot), walk, false, compiler);
  if (node.anyOf.length > 0) checkAnyOf(value, node.anyOf, walk, compiler);
  if (node.oneOf.length > 0) checkOneOf(value, node.oneOf, walk, compiler);
  if (node.not !== undefined && probe(value, node.not, walk, compiler).length === 0) {
    report(walk, "not", "a value that does not match the schema under `not`", describeValue(value));
  }
}

function checkAnyOf(value: JsonValue, alternatives: readonly Slot[], walk: Walk, compiler: Compiler): void {
  const results: Problem[][] = [];
  for (const slot of alternatives) {
    const problems = probe(value, slot, walk, compiler);
    if (problems.length === 0) return;
    results.push(problems);
  }
  failAlternatives("anyOf", value, alternatives, results, walk);
}

function checkOneOf(value: JsonValue, alternatives: readonly Slot[], walk: Walk, compiler: Compiler): void {
  const results = alternatives.map((slot) => probe(value, slot, walk, compiler));
  const matching = alternatives.filter((_, index) => results[index]!.length === 0);
  if (matching.length === 1) return;
  if (matching.length === 0) failAlternatives("oneOf", value, alternatives, results, walk);
  else
    report(
      walk,
      "oneOf",
      `exactly one of ${alternativeNames(alternatives)}`,
      `${matching.length}: ${alternativeNames(matching)}`,
    );
}

/** When one alternative alone fits the value's type, its problems say more than that none matches. */
function failAlternatives(
  kind: "anyOf" | "oneOf",
  value: JsonValue,
  alternatives: readonly Slot[],
  results: Problem[][],
  walk: Walk,
): void {
  const depth = walk.path.length;
  const near = results.filter(
    (problems) => !problems.some((problem) => problem.kind === "type" && problem.path.length === depth),
  );
  if (near.length === 1 && alternatives.length > 1) {
    for (const problem of near[0]!) {
      if (walk.problems.length < walk.limit) walk.problems.push(problem);
    }
    return;
  }
  const quantifier = kind === "anyOf" ? "at least one of" : "exactly one of";
  report(walk, kind, `${quantifier} ${alternativeNames(alternatives)}`, describeValue(value));
}

function alternativeNames(alternatives: readonly Slot[]): string {
  return alternatives
    .map(({ schema }) => {
      if (schema.required !== undefined) return schema.required.join(" with ");
      if (schema.enum !== undefined) return enumNames(schema.enum);
      if (schema.pattern !== undefined) return schema.title ?? schema.pattern;
      if (schema.format !== undefined) return schema.format;
      return schema.type ?? schema.$ref?.split(".").at(-1) ?? JSON.stringify(schema);
    })
    .join(", ");
}
