import { isObject, type JsonValue } from "./json.ts";

/** Where a value stands in an object: keys of maps and indexes of lists, from the root. */
export type FieldPath = readonly (string | number)[];

/**
 * The form Kubernetes prints in its own errors: `spec.containers[0].ports[1].name`,
 * `metadata.annotations[example.com/x]`.
 */
export function formatPath(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${step}]`;
  }
  return text;
}

/** The value at `path`, or undefined where a step is missing. */
export function valueAt(root: JsonValue | undefined, path: FieldPath): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
    else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}
