import { formatPath, loadDescriptions, type Descriptions, type Schema } from "@fairlead/apimachinery";
import type { LoadedKind } from "../kinds/load.ts";
import { fieldsOf, resolve, typeName, type Field } from "../schema/field.ts";
import { paint } from "./paint.ts";
import { wrap } from "./wrap.ts";

/** A field of a kind, and where it was found. */
export interface FieldSubject {
  readonly kind: LoadedKind;
  readonly path: readonly string[];
  readonly field: Field;
  /** The definition whose fields are passed through here. */
  readonly passed: string | undefined;
}

export interface FieldPageOptions {
  readonly color: boolean;
  /** All fields below, too, by name and type only. */
  readonly recursive: boolean;
}

/** What a field is, what it takes, and the fields below it. */
export async function fieldPage(
  { kind, path, field, passed }: FieldSubject,
  options: FieldPageOptions,
): Promise<string> {
  const descriptions = await loadDescriptions();
  const { bold, dim, cyan } = paint(options.color);
  const head = (name: string, { schema, required }: Field) =>
    `${bold(name)}  ${cyan(`<${typeName(schema)}>`)}${required ? "  required" : ""}`;
  const brief = (name: string, child: Field): string[] => {
    const text = textOf(child, descriptions);
    const line = `  ${head(name, child)}`;
    return text === undefined ? [line] : [line, wrap(firstSentence(text), 74, "      ")];
  };
  const tree = (name: string, child: Field, indent: string, above: readonly Schema[]): string[] => {
    const line = `${indent}${head(name, child)}`;
    const target = resolve(child.schema).schema;
    if (above.includes(target)) return [line];
    const below = [...fieldsOf(child.schema)];
    return [line, ...below.flatMap(([inner, one]) => tree(inner, one, `${indent}  `, [...above, target]))];
  };
  const entry = ([name, child]: readonly [string, Field]) =>
    options.recursive ? tree(name, child, "  ", []) : brief(name, child);

  // A kind as a whole is not a field that anybody could leave out.
  const subject = path.length === 0 ? { ...field, required: false } : field;
  const out: string[] = [head(formatPath([kind.kind, ...path]), subject)];
  const text = textOf(field, descriptions);
  if (text !== undefined) out.push("", wrap(text, 80));
  const facts = factsOf(field.schema);
  if (facts.length > 0) out.push("", ...facts.map((fact) => dim(fact)));
  const fields = [...fieldsOf(field.schema, passed)];
  const own = fields.filter(([, { described }]) => described === undefined);
  const foreign = fields.filter(([, { described }]) => described !== undefined);
  if (fields.length > 0) out.push("", bold("FIELDS"));
  out.push(...own.flatMap(entry));
  if (own.length > 0 && foreign.length > 0) {
    const definition = passed ?? resolve(field.schema).definition ?? "Kubernetes";
    out.push("", dim(`passed through under their Kubernetes names (${definition}):`));
  }
  out.push(...foreign.flatMap(entry));
  return `${out.join("\n")}\n`;
}

function textOf({ schema, described }: Field, descriptions: Descriptions): string | undefined {
  if (schema.description !== undefined || described === undefined) return schema.description;
  return descriptions.describe(described.definition, described.field);
}

function factsOf(schema: Schema): string[] {
  const facts: string[] = [];
  if (schema.enum !== undefined) facts.push(`one of: ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`);
  if (schema.default !== undefined) facts.push(`default: ${JSON.stringify(schema.default)}`);
  if (schema.minimum !== undefined || schema.maximum !== undefined)
    facts.push(`between ${schema.minimum ?? "…"} and ${schema.maximum ?? "…"}`);
  if (schema.pattern !== undefined)
    facts.push(schema.title === undefined ? `matches: ${schema.pattern}` : `written as: ${schema.title}`);
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys !== undefined) facts.push(`a list merged by ${keys.join(", ")}`);
  return facts;
}

function firstSentence(text: string): string {
  return /^[\s\S]*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
}
