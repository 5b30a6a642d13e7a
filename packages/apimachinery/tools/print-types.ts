import type { CompactDefinition, PublishedSchema } from "./compact-openapi.ts";

/** Groups whose types are printed; on a name clash the earlier group keeps the plain name. */
const groups = [
  "core.v1",
  "apps.v1",
  "batch.v1",
  "autoscaling.v2",
  "policy.v1",
  "networking.v1",
  "rbac.v1",
  "storage.v1",
  "meta.v1",
];

const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const json = "{ [key: string]: JsonValue }";

/** Type aliases, not interfaces: only an alias is assignable to a type with an index signature. */
export function printTypes(definitions: readonly CompactDefinition[]): string {
  const names = typeNames(definitions);
  const blocks = definitions
    .filter(({ name }) => names.has(name))
    .map((definition) => `export type ${names.get(definition.name)!} = ${print(definition, names)};\n`);
  return `import type { JsonValue } from "../../json.ts";\n\n${blocks.join("\n")}`;
}

function typeNames(definitions: readonly CompactDefinition[]): Map<string, string> {
  const names = new Map([
    [quantity, "Quantity"],
    [intOrString, "IntOrString"],
    ["io.k8s.apimachinery.pkg.runtime.RawExtension", "RawExtension"],
  ]);
  const taken = new Set(names.values());
  for (const group of groups) {
    for (const { name } of definitions) {
      const [, found, type] = /\.([a-z]+\.v\d+)\.([A-Za-z][A-Za-z0-9]*)$/.exec(name) ?? [];
      if (found !== group) continue;
      const [api = "", version = ""] = group.split(".");
      const free = taken.has(type!) ? `${api[0]!.toUpperCase()}${api.slice(1)}${version.toUpperCase()}${type!}` : type!;
      taken.add(free);
      names.set(name, free);
    }
  }
  return names;
}

function print({ name, kind, schema }: CompactDefinition, names: Map<string, string>): string {
  if (name === quantity || name === intOrString) return "string | number";
  if (schema["properties"] === undefined) return typeOf(schema, names);
  return printObject(schema, names, kind === "-" ? undefined : kind);
}

function printObject(schema: PublishedSchema, names: Map<string, string>, kind?: string): string {
  const slash = kind?.lastIndexOf("/") ?? -1;
  const literals: Record<string, string> =
    kind === undefined
      ? {}
      : { apiVersion: JSON.stringify(kind.slice(0, slash)), kind: JSON.stringify(kind.slice(slash + 1)) };
  const required = new Set((schema["required"] ?? []) as string[]);
  const fields = Object.entries(schema["properties"] as Record<string, PublishedSchema>).map(([field, value]) => {
    const type = Object.hasOwn(literals, field) ? literals[field]! : typeOf(value, names);
    const always =
      required.has(field) || Object.hasOwn(literals, field) || (kind !== undefined && field === "metadata");
    const key = /^[A-Za-z_$][\w$]*$/.test(field) ? field : JSON.stringify(field);
    return `  ${key}${always ? "" : "?"}: ${type};\n`;
  });
  return `{\n${fields.join("")}}`;
}

function typeOf(schema: PublishedSchema, names: Map<string, string>): string {
  const ref = schema["$ref"];
  if (typeof ref === "string") {
    const name = names.get(ref);
    if (name === undefined) throw new Error(`no type is printed for ${ref}`);
    return name;
  }
  const enumeration = schema["enum"] as string[] | undefined;
  if (enumeration !== undefined) return enumeration.map((value) => JSON.stringify(value)).join(" | ");
  switch (schema["type"]) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "array": {
      const item = typeOf(schema["items"] as PublishedSchema, names);
      return /[|{]/.test(item) ? `Array<${item}>` : `${item}[]`;
    }
    case "object": {
      const values = schema["additionalProperties"] as PublishedSchema | undefined;
      return values === undefined ? json : `{ [key: string]: ${typeOf(values, names)} }`;
    }
    default:
      return "JsonValue";
  }
}
