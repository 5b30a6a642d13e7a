import { defaultObject, get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { formatRef, refKey, refOf, type KrmObject } from "@fairlead/krm";
import { compile } from "../../src/compile/compile.ts";
import { importObjects, type Imported } from "../../src/import/import.ts";

/** The one annotation that rendering adds, and the fields and notes that a cluster or kubectl writes itself. */
const ignoredAnnotations = [
  "fairlead.dev/owner",
  "kubectl.kubernetes.io/last-applied-configuration",
  "deployment.kubernetes.io/revision",
];
const ignoredMetadata = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid", "selfLink"];

/**
 * Every way in which `after` differs from `before`, after the API server's defaulting: lost objects, new objects, and
 * fields by their paths. Written apart from the comparison inside import, so that one is checked by the other.
 */
export function differences(before: readonly KrmObject[], after: readonly KrmObject[]): string[] {
  const found: string[] = [];
  const index = (objects: readonly KrmObject[]) => {
    const map = new Map<string, KrmObject[]>();
    for (const object of objects) map.set(refKey(refOf(object)), [...(map.get(refKey(refOf(object))) ?? []), object]);
    return map;
  };
  const [left, right] = [index(before), index(after)];
  for (const [key, objects] of left) {
    const others = right.get(key) ?? [];
    const title = formatRef(refOf(objects[0]!));
    if (others.length !== objects.length) found.push(`${title}: ${objects.length} before, ${others.length} after`);
    else objects.forEach((object, at) => compareValues(comparable(object), comparable(others[at]!), title, found));
  }
  for (const [key, [object]] of right) if (!left.has(key)) found.push(`${formatRef(refOf(object!))}: new`);
  return found;
}

function comparable(object: KrmObject): JsonObject {
  const copy = structuredClone(object) as KrmObject;
  delete copy["status"];
  for (const field of ignoredMetadata) delete copy.metadata[field];
  const { annotations } = copy.metadata;
  if (isObject(annotations)) {
    for (const key of ignoredAnnotations) delete annotations[key];
    if (Object.keys(annotations).length === 0) delete copy.metadata.annotations;
  }
  return defaultObject(withOneAccountName(copy) as KrmObject);
}

/** A pod's `serviceAccount` and `serviceAccountName` are two names of one field. */
function withOneAccountName(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withOneAccountName);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) setOwn(result, key, withOneAccountName(child));
  if (Array.isArray(result["containers"]) && typeof result["serviceAccount"] === "string") {
    result["serviceAccountName"] ??= result["serviceAccount"];
    delete result["serviceAccount"];
  }
  return result;
}

function compareValues(a: JsonValue | undefined, b: JsonValue | undefined, path: string, into: string[]): void {
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
      compareValues(get(a, key), get(b, key), `${path}.${key}`, into);
  } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    a.forEach((item, at) => compareValues(item, b[at], `${path}[${at}]`, into));
  } else if (JSON.stringify(a) !== JSON.stringify(b)) {
    into.push(`${path}: ${JSON.stringify(a)?.slice(0, 80)} became ${JSON.stringify(b)?.slice(0, 80)}`);
  }
}

export interface RoundTrip {
  readonly imported: Imported;
  /** What rendering gives: generated objects and those that pass through. */
  readonly rendered: readonly KrmObject[];
  readonly errors: readonly string[];
  readonly differences: readonly string[];
}

/** Imports, renders what came out with everything that stayed, and compares. */
export async function roundTrip(objects: readonly KrmObject[]): Promise<RoundTrip> {
  const imported = await importObjects(objects.map((object) => ({ object, file: "input.yaml" })));
  const { rendered, errors } = await render([...imported.declarations, ...imported.untouched]);
  return { imported, rendered, errors, differences: differences(objects, rendered) };
}

export async function render(objects: readonly KrmObject[]): Promise<{ rendered: KrmObject[]; errors: string[] }> {
  const source = { file: "imported.yaml", locator: () => () => ({ file: "imported.yaml", line: 1, column: 1 }) };
  const compiled = await compile(objects.map((value) => ({ value, source })));
  return {
    rendered: [...compiled.generated.map(({ object }) => object), ...compiled.passed],
    errors: compiled.findings
      .filter(({ severity }) => severity === "error")
      .map(({ code, message }) => `${code} ${message}`),
  };
}
