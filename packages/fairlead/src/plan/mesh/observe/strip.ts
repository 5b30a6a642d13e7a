import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

/** What is kept of a value: all of it, or these members. */
type Kept = true | ReadonlyMap<string, Kept>;

/** What an informer needs of every object, and facts of most. */
const always = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
].map((field) => ["metadata", field]);

/**
 * Keeps parts of an object that facts are made of: paths of members, through lists as well. The object given is not
 * changed. Whatever is of the wrong type stays as it is: whoever reads it says so.
 */
export function keepOnly(...paths: readonly (readonly string[])[]): (object: KrmObject) => KrmObject {
  const root = new Map<string, Kept>();
  for (const path of [["apiVersion"], ["kind"], ...always, ...paths]) mark(root, path);
  return (object) => keep(object, root) as KrmObject;
}

/** Everything but who manages which field: for objects that plans are compared with, or made of. */
export function dropManagers(object: KrmObject): KrmObject {
  if (!isObject(object.metadata) || object.metadata["managedFields"] === undefined) return object;
  const metadata = { ...object.metadata };
  delete metadata["managedFields"];
  return { ...object, metadata };
}

function mark(tree: Map<string, Kept>, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const known = tree.get(name);
  if (known === true) return;
  if (rest.length === 0) {
    tree.set(name, true);
    return;
  }
  const members = new Map(known);
  tree.set(name, members);
  mark(members, rest);
}

function keep(value: JsonValue, kept: Kept): JsonValue {
  if (kept === true) return value;
  if (Array.isArray(value)) return value.map((item) => keep(item, kept));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const [name, members] of kept) {
    if (Object.hasOwn(value, name)) setOwn(copy, name, keep(value[name]!, members));
  }
  return copy;
}
