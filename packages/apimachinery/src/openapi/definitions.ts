import type { Schema } from "../schema/schema.ts";
import { kubernetesVersion, lines } from "./generated/definitions.ts";

export { kubernetesVersion };

type Entry = { text: string; schema: Schema | undefined };

type Index = {
  readonly byName: Map<string, Entry>;
  /** `apps/v1/Deployment` to the name of its definition. */
  readonly byKind: Map<string, string>;
};

let index: Index | undefined;
const parsed = new WeakSet<Schema>();

/** Splits the vendored text once; each definition is parsed when it is first asked for. */
function loaded(): Index {
  if (index !== undefined) return index;
  const byName = new Map<string, Entry>();
  const byKind = new Map<string, string>();
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const first = line.indexOf(" ");
    const second = line.indexOf(" ", first + 1);
    const name = line.slice(0, first);
    const kind = line.slice(first + 1, second);
    byName.set(name, { text: line.slice(second + 1), schema: undefined });
    if (kind !== "-") byKind.set(kind, name);
  }
  index = { byName, byKind };
  return index;
}

/** The schema of a built-in definition such as `io.k8s.api.core.v1.PodSpec`; the same object at every call. */
export function definition(name: string): Schema | undefined {
  const entry = loaded().byName.get(name);
  if (entry === undefined) return undefined;
  if (entry.schema === undefined) {
    entry.schema = JSON.parse(entry.text) as Schema;
    parsed.add(entry.schema);
  }
  return entry.schema;
}

/** Whether the schema is one that `definition` gave. */
export function isBuiltinDefinition(schema: Schema): boolean {
  return parsed.has(schema);
}

/** The name of the definition of a built-in kind: `definitionName("apps/v1", "Deployment")`. */
export function definitionName(apiVersion: string, kind: string): string | undefined {
  return loaded().byKind.get(`${apiVersion}/${kind}`);
}

/** The schema of a built-in kind, or undefined for any other. */
export function schemaForKind(apiVersion: string, kind: string): Schema | undefined {
  const name = definitionName(apiVersion, kind);
  return name === undefined ? undefined : definition(name);
}

/** Every built-in kind whose schema is vendored, sorted by apiVersion, then kind; lists and options included. */
export function builtinKinds(): { apiVersion: string; kind: string }[] {
  return [...loaded().byKind.keys()].sort().map((key) => {
    const slash = key.lastIndexOf("/");
    return { apiVersion: key.slice(0, slash), kind: key.slice(slash + 1) };
  });
}

/** Parses the definition and all it refers to, so that the first validation is as fast as the later ones. */
export function loadDefinitions(...names: readonly string[]): void {
  const seen = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    collectReferences(definition(name), waiting);
  }
}

function collectReferences(schema: Schema | undefined, into: string[]): void {
  if (schema === undefined) return;
  if (schema.$ref !== undefined) into.push(schema.$ref);
  if (schema.items !== undefined) collectReferences(schema.items, into);
  if (typeof schema.additionalProperties === "object") collectReferences(schema.additionalProperties, into);
  for (const property of Object.values(schema.properties ?? {})) collectReferences(property, into);
}
