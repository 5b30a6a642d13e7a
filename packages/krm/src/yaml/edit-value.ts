import { clone, isObject, setOwn, formatPath, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import type { Edit, Refusal } from "./edit.ts";

/** What the document must be after the edit. */
export function expectedValue(before: JsonValue, edit: Edit): { value: JsonValue } | Refusal {
  const root: JsonValue[] = [clone(before)];
  const path: FieldPath = [0, ...edit.path];
  let parent: JsonValue = root;
  for (let i = 0; i < path.length - 1; i++) {
    const step = path[i]!;
    let child: JsonValue | undefined = childOf(parent, step);
    if (
      (child === undefined || child === null) &&
      (edit.op === "set" || edit.op === "insert") &&
      typeof path[i + 1] === "string"
    ) {
      child = {};
      if (!assign(parent, step, child)) return wrongShape;
    }
    if (child === undefined) return missing(edit.path.slice(0, i));
    parent = child;
  }
  const last = path[path.length - 1]!;
  const failure = change(parent, last, edit);
  return failure ?? { value: root[0]! };
}

const wrongShape: Refusal = {
  code: "FL037",
  message: "there is a list where a map is needed, a map where a list is needed, or a single value",
};

function missing(path: FieldPath): Refusal {
  return { code: "FL035", message: `${formatPath(path) || "the place"} does not exist` };
}

function childOf(parent: JsonValue, step: string | number): JsonValue | undefined {
  if (typeof step === "number") return Array.isArray(parent) ? parent[step] : undefined;
  return isObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
}

function assign(parent: JsonValue, step: string | number, value: JsonValue): boolean {
  if (typeof step === "number") {
    if (!Array.isArray(parent) || step > parent.length || step < 0) return false;
    parent[step] = value;
    return true;
  }
  if (!isObject(parent)) return false;
  setOwn(parent, step, value);
  return true;
}

function change(parent: JsonValue, step: string | number, edit: Edit): Refusal | undefined {
  const exists = childOf(parent, step) !== undefined;
  switch (edit.op) {
    case "set":
      return assign(parent, step, edit.value) ? undefined : wrongShape;
    case "insert":
      if (Array.isArray(parent) && typeof step === "number" && step >= 0 && step <= parent.length) {
        parent.splice(step, 0, edit.value);
        return undefined;
      }
      if (exists) return { code: "FL037", message: "the key exists already" };
      return typeof step === "string" && assign(parent, step, edit.value) ? undefined : wrongShape;
    case "delete":
      if (!exists) return missing(edit.path);
      if (Array.isArray(parent)) parent.splice(step as number, 1);
      else if (isObject(parent)) delete parent[step];
      return undefined;
    case "rename":
      if (!exists || !isObject(parent)) return missing(edit.path);
      if (Object.hasOwn(parent, edit.to)) return { code: "FL037", message: `the key \`${edit.to}\` exists already` };
      setOwn(parent, edit.to, parent[step]!);
      delete parent[step];
      return undefined;
  }
}
