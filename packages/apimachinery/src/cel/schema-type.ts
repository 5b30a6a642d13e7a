import { slotNode, typeBits, type Node } from "../schema/node.ts";
import type { DeclaredType } from "./types.ts";
import { escapeName } from "./value.ts";

const objects = new WeakMap<Node, DeclaredType>();

/** The type that rules see of a value with this schema; undefined for what they cannot name. */
export function schemaType(node: Node, isRoot = false): DeclaredType | undefined {
  const { schema, types } = node;
  if (schema["x-kubernetes-int-or-string"] === true) return "dyn";
  switch (types) {
    case typeBits.array: {
      const item = node.items === undefined ? undefined : schemaType(slotNode(node.items));
      return item === undefined ? undefined : { list: item };
    }
    case typeBits.object:
      return objectType(node, isRoot || node.embedded);
    case typeBits.string:
      return texts[schema.format ?? ""] ?? "string";
    case typeBits.boolean:
      return "bool";
    case typeBits.integer:
      return "int";
    case typeBits.number:
      return "double";
    default:
      return undefined;
  }
}

const texts: Readonly<Record<string, DeclaredType>> = {
  byte: "bytes",
  date: "timestamp",
  "date-time": "timestamp",
  duration: "duration",
};

function objectType(node: Node, isResource: boolean): DeclaredType | undefined {
  if (node.values !== undefined && node.properties === undefined) {
    const value = schemaType(slotNode(node.values));
    return value === undefined ? undefined : { key: "string", map: value };
  }
  const known = objects.get(node);
  if (known !== undefined) return known;
  const fields: Record<string, DeclaredType> = {};
  const type = { name: "object", fields };
  // Before the fields are made: a schema may refer to itself.
  objects.set(node, type);
  const add = (name: string, value: DeclaredType | undefined): void => {
    if (value !== undefined) Object.defineProperty(fields, name, { value, enumerable: true, configurable: true });
  };
  for (const [name, slot] of node.properties ?? []) {
    const escaped = escapeName(name);
    if (escaped !== undefined) add(escaped, schemaType(slotNode(slot)));
  }
  if (isResource) {
    add("apiVersion", "string");
    add("kind", "string");
    add("metadata", { name: "object", fields: { name: "string", generateName: "string" } });
  }
  return type;
}
