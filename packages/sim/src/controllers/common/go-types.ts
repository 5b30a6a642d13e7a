import { podTypes } from "./generated/pod-types.ts";

export interface GoField {
  readonly name: string;
  /** In JSON; empty where the fields of the type are the struct's own. */
  readonly json: string;
  readonly type: string;
}

export type GoType =
  | { readonly kind: "struct"; readonly fields: readonly GoField[] }
  | { readonly kind: "pointer" | "slice" | "map"; readonly element: string }
  | { readonly kind: "text" | "number" | "bool" };

const named = new Map<string, string>();
const known = new Map<string, GoType | undefined>();

/** What a type is that occurs in pod templates, by the name that Go prints; undefined for any other. */
export function goType(name: string): GoType | undefined {
  if (!known.has(name)) known.set(name, resolve(name));
  return known.get(name);
}

function resolve(name: string): GoType | undefined {
  if (name.startsWith("*")) return { kind: "pointer", element: name.slice(1) };
  if (name.startsWith("[]")) return { kind: "slice", element: name.slice(2) };
  if (name.startsWith("map[")) return { kind: "map", element: name.slice(name.indexOf("]") + 1) };
  if (name === "string") return { kind: "text" };
  if (name === "bool") return { kind: "bool" };
  if (/^u?int\d*$/.test(name)) return { kind: "number" };
  if (named.size === 0) readNames();
  const definition = named.get(name);
  if (definition === undefined) return undefined;
  if (definition.startsWith("=")) return resolve(definition.slice(1));
  const fields = definition
    .slice(1)
    .split(",")
    .map((text): GoField => {
      const [field = "", json = "", type = ""] = text.split(" ");
      return { name: field, json, type };
    });
  return { kind: "struct", fields };
}

function readNames(): void {
  for (const line of podTypes.split("\n")) {
    const end = line.search(/[={]/);
    if (end > 0) named.set(line.slice(0, end), line.slice(end));
  }
}
