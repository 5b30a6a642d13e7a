import { get, isObject, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import { translateContainer } from "./container.ts";
import { flag, integer, text } from "./readers.ts";
import { describe, type Translation } from "./translation.ts";

/** What names a workload: the code read `app`, an earlier README wrote `name`. */
export const workloadNames: readonly FieldPath[] = [
  ["spec", "app"],
  ["spec", "name"],
];

/**
 * Takes metadata over and names the object: after `nameFields`, as the predecessor did, or else after metadata.name.
 * Returns the name, empty when there is none.
 */
export function translateMetadata(t: Translation, nameFields: readonly FieldPath[]): string {
  const metadata = t.map(["metadata"]);
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (key !== "name" && value !== null) t.put(["metadata", key], value);
  }
  const written = get(metadata, "name") ?? undefined;
  for (const field of nameFields) {
    const value = t.read(field);
    if (value === undefined) continue;
    const name = text(value);
    t.put(["metadata", "name"], name, field);
    if (written !== undefined && text(written) !== name) {
      t.report("FL158", ["metadata", "name"], {
        message: `metadata.name is ${describe(written)}, but the objects are named ${JSON.stringify(name)} after ${field.join(".")}`,
        hint: "Write one name only.",
      });
    }
    return typeof name === "string" ? name : "";
  }
  if (written !== undefined) {
    t.put(["metadata", "name"], text(written));
    return typeof written === "string" ? written : "";
  }
  const field = nameFields[0] ?? ["metadata", "name"];
  t.report("FL156", field, {
    message: `${field.join(".")} is missing, so the objects have no name`,
    hint: `Write ${field.join(".")}.`,
  });
  return "";
}

/** What all workloads have in common: partOf, containers, monitoring, reload. */
export function translatePod(t: Translation, name: string): void {
  t.map(["spec"]);
  t.move(["spec", "part-of"], ["spec", "partOf"], text);
  translateContainers(t, name);
  translateMonitoring(t);
  t.move(["spec", "reloader"], ["spec", "reload"], flag);
}

/**
 * `containers` and the README's `container`, each a list or one container; an item that is only a name is the
 * LummoContainer as it is. A container without a name gets the app's when it is the only one, else its base's.
 */
function translateContainers(t: Translation, name: string): void {
  const places: FieldPath[] = [];
  for (const field of ["container", "containers"]) {
    const value = t.read(["spec", field]);
    if (Array.isArray(value)) value.forEach((_, index) => places.push(["spec", field, index]));
    else if (value !== undefined) places.push(["spec", field]);
  }
  const taken = new Set<JsonValue>();
  for (const from of places) taken.add(t.read([...from, "name"]) ?? "");
  places.forEach((from, index) => {
    const to: FieldPath = ["spec", "containers", index];
    const container = t.read(from);
    const base = typeof container === "string" ? container : (get(container, "extends") ?? get(container, "base"));
    const own = places.length > 1 && typeof base === "string" && base !== "" ? base : name;
    const unnamed = (get(container, "name") ?? undefined) === undefined;
    const given = unnamed && own !== "" ? unused(own, taken) : undefined;
    if (given !== undefined) taken.add(given);
    if (typeof container === "string") t.put(to, { name: given ?? container, extends: container }, from);
    else translateContainer(t, from, to, { name: given });
  });
}

function unused(name: string, taken: ReadonlySet<JsonValue>): string {
  let candidate = name;
  for (let count = 2; taken.has(candidate); count++) candidate = `${name}-${count}`;
  return candidate;
}

function translateMonitoring(t: Translation): void {
  const monitoring = t.map(["spec", "monitoring"]);
  if (monitoring === undefined) return;
  t.put(["spec", "monitoring"], {});
  t.move(["spec", "monitoring", "datadog"], ["spec", "monitoring", "datadog"], flag);
  const place = ["spec", "monitoring", "prometheus"];
  if (t.map(place) !== undefined) {
    t.put(place, {});
    if (!t.move([...place, "endpoint"], [...place, "path"], text)) t.move([...place, "path"], [...place, "path"], text);
    t.move([...place, "port"], [...place, "port"], integer);
    t.rest(place, place, ["endpoint", "path", "port"], () => ["interval", "labels", "via"]);
  }
  t.rest(["spec", "monitoring"], ["spec", "monitoring"], ["datadog", "prometheus"], () => []);
}

/** The environment of the predecessor's spec; only a LummoRollout made something of it. */
export function environmentWithoutEffect(t: Translation): void {
  if (t.read(["spec", "env"]) === undefined) return;
  t.report("FL158", ["spec", "env"], {
    message: "spec.env has no effect on this kind",
    hint: "Remove it; the environment is chosen with --environment NAME or by an Environment object.",
  });
}

/** Fields beside apiVersion, kind, metadata and the one that holds the specification. */
export function restOfObject(t: Translation, known: readonly string[]): void {
  t.rest([], [], ["apiVersion", "kind", "metadata", "status", ...known], () => []);
}

export function isEmpty(value: JsonValue | undefined): boolean {
  return value === undefined || (isObject(value) && Object.keys(value).length === 0);
}
