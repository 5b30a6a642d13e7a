import { celList, celMap, run, type CelInput, type CelValue } from "@bufbuild/cel";
import { isObject, isRawNumber, type JsonValue } from "../json.ts";
import { slotNode, type Node } from "../schema/node.ts";

const metaFields = new Set(["apiVersion", "kind", "metadata"]);
const reserved = new Set([
  "true",
  "false",
  "null",
  "in",
  "as",
  "break",
  "const",
  "continue",
  "else",
  "for",
  "function",
  "if",
  "import",
  "let",
  "loop",
  "package",
  "namespace",
  "return",
  "var",
  "void",
  "while",
]);

/** The name under which a rule reaches a field, or undefined for a field that no rule can name. */
export function escapeName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(name)) return undefined;
  return name.replace(/__|\.|-|\//g, (one) => {
    switch (one) {
      case "__":
        return "__underscores__";
      case ".":
        return "__dot__";
      case "-":
        return "__dash__";
      default:
        return "__slash__";
    }
  });
}

/**
 * A value as rules see it: integers as int, the fields that the schema names (under their escaped names), maps with
 * their keys as they are, times, durations and bytes by their format. Nulls of fields that are not nullable are absent.
 */
export function toCel(value: JsonValue, node: Node | undefined, root = false): CelInput {
  if (value === null || typeof value === "boolean") return value;
  if (isRawNumber(value)) return BigInt(value.rawJSON);
  if (typeof value === "number") return isInteger(value, node) ? BigInt(value) : value;
  if (typeof value === "string") return text(value, node?.schema.format, node?.types === 4);
  if (Array.isArray(value)) {
    const item = node?.items === undefined ? undefined : slotNode(node.items);
    return celList(value.map((one) => toCel(one, item)));
  }
  return fields(value, node, root || node?.embedded === true);
}

function isInteger(value: number, node: Node | undefined): boolean {
  if (!Number.isInteger(value)) return false;
  return node === undefined || node.schema.type !== "number";
}

function fields(value: { [key: string]: JsonValue }, node: Node | undefined, resource: boolean): CelInput {
  const entries = new Map<string, CelInput>();
  for (const [key, one] of Object.entries(value)) {
    const slot = node?.properties?.get(key) ?? node?.values;
    const child = slot === undefined ? undefined : slotNode(slot);
    if (one === null && child !== undefined && !child.nullable) continue;
    const isMeta = resource && metaFields.has(key);
    if (isMeta && key === "metadata") entries.set(key, metadata(one));
    else if (node?.values !== undefined || node?.properties === undefined) {
      if (node === undefined || node.values !== undefined || !node.open || isMeta) entries.set(key, toCel(one, child));
    } else if (child !== undefined || isMeta) {
      const name = escapeName(key);
      if (name !== undefined) entries.set(name, toCel(one, child));
    }
  }
  return celMap(entries);
}

/** Of the metadata, rules see the two names alone. */
function metadata(value: JsonValue): CelInput {
  const entries = new Map<string, CelInput>();
  if (isObject(value)) {
    for (const key of ["name", "generateName"]) if (typeof value[key] === "string") entries.set(key, value[key]);
  }
  return celMap(entries);
}

function text(value: string, format: string | undefined, isText: boolean): CelInput {
  if (!isText) return value;
  switch (format) {
    case "byte":
      return new Uint8Array(Buffer.from(value, "base64"));
    case "date":
      return convert("timestamp(v)", `${value}T00:00:00Z`);
    case "date-time":
      return convert("timestamp(v)", value);
    case "duration":
      return convert("duration(v)", value);
    default:
      return value;
  }
}

function convert(expression: string, value: string): CelInput {
  return run(expression, { v: value }) as CelValue;
}
