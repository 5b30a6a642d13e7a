import {
  clone,
  formatPath,
  get,
  isObject,
  nearest,
  setOwn,
  valueAt,
  type FieldPath,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import type { Finding, FindingDetails, ObjectRef } from "@fairlead/krm";
import { apiVersion, group } from "../kinds/group.ts";
import {
  indexFields,
  translatedPath,
  type Conversion,
  type ConvertOptions,
  type FieldMap,
  type FieldMapping,
} from "./dialect.ts";
import { dialectFinding } from "./findings.ts";
import { asIs, type Reader } from "./readers.ts";

/** Asks for compat mode on one object; also read by the compiler. */
const compatAnnotation = `${group}/compat`;

type Code = keyof typeof dialectFinding.definitions;

/** A conversion under way: reads the foreign object, writes the modern one, and remembers which field went where. */
export interface Translation {
  readonly input: JsonObject;
  readonly compat: boolean;
  /** A value of the input; null and absent are the same, as in Kubernetes. */
  read(from: FieldPath): JsonValue | undefined;
  /** A map of the input; anything else than a map is a finding. */
  map(from: FieldPath): JsonObject | undefined;
  /** Sets a field; `from` is where it was written. */
  put(to: FieldPath, value: JsonValue, from?: FieldPath): void;
  /** Reads and sets; false when there is nothing. */
  move(from: FieldPath, to: FieldPath, reader?: Reader): boolean;
  /**
   * Reports the fields of the map at `from` that are not in `known`. Those that the modern kind has (`modern`, asked
   * only then) are taken over to `to`; in compat mode they stay without effect, as they were.
   */
  rest(from: FieldPath, to: FieldPath, known: readonly string[], modern: () => Iterable<string>): void;
  report(code: Code, field: FieldPath, details: FindingDetails): void;
  finish(name: string): Conversion;
}

export function startTranslation(
  input: JsonObject,
  kind: string,
  modern: string,
  options: ConvertOptions = {},
): Translation {
  const output: JsonObject = { apiVersion, kind: modern, metadata: {}, spec: {} };
  const fields: FieldMapping[] = [];
  const findings: { code: Code; details: FindingDetails }[] = [];
  const compat =
    options.compat === true || get(get(get(input, "metadata"), "annotations"), compatAnnotation) === "krm-functions";

  const translation: Translation = {
    input,
    compat,
    read: (from) => valueAt(input, from) ?? undefined,
    map(from) {
      const value = translation.read(from);
      if (value === undefined || isObject(value)) return value;
      translation.report("FL157", from, {
        message: `${formatPath(from)} has to be a mapping, not ${describe(value)}`,
        hint: `Write the fields of ${formatPath(from)} below it, one a line.`,
      });
      return undefined;
    },
    put(to, value, from) {
      setAt(output, to, clone(value));
      if (from !== undefined && !samePath(from, to)) fields.push([from, to]);
    },
    move(from, to, reader = asIs) {
      const value = translation.read(from);
      if (value === undefined) return false;
      translation.put(to, reader(value), from);
      return true;
    },
    rest(from, to, known, modernNames) {
      const map = translation.read(from);
      if (!isObject(map)) return;
      const unknown = Object.keys(map).filter((key) => !known.includes(key));
      if (unknown.length === 0) return;
      const names = new Set(modernNames());
      for (const key of unknown) {
        const field = [...from, key];
        if (!names.has(key)) {
          const meant = nearest(key, [...known, ...names]);
          translation.report("FL152", field, {
            message: `${kind} has no field ${formatPath(field)}`,
            hint: meant === undefined ? "Remove it, or correct its name." : `Did you mean ${meant}?`,
          });
          continue;
        }
        const value = map[key]!;
        if (!compat && value !== null && valueAt(output, [...to, key]) === undefined) {
          translation.put([...to, key], value, field);
        }
        translation.report("FL153", field, {
          message: `${kind} has no field ${formatPath(field)} and ignored it; ${modern} has it${compat ? "" : ", so it takes effect now"}`,
          hint: compat
            ? "It stays without effect in compat mode. Remove it."
            : "Check that its effect is wanted, or remove it.",
        });
      }
    },
    report(code, field, details) {
      findings.push({ code, details: { ...details, field } });
    },
    finish(name) {
      const namespace = get(get(output, "metadata"), "namespace");
      const object: ObjectRef = {
        apiVersion: typeof input["apiVersion"] === "string" ? input["apiVersion"] : "",
        kind,
        ...(typeof namespace === "string" && namespace !== "" ? { namespace } : {}),
        name,
      };
      const spoken: Finding[] = [
        dialectFinding("FL150", {
          message: `${kind} is read as ${modern}`,
          hint: modernSpelling(modern, fields),
          object,
          field: ["kind"],
        }),
      ];
      for (const { code, details } of findings) spoken.push(dialectFinding(code, { ...details, object }));
      return { object: output, fields, findings: spoken };
    },
  };
  return translation;
}

const shown = 12;

/** How the object is spelled today: the kind, and each field whose name or place is another. */
function modernSpelling(modern: string, fields: FieldMap): string {
  // One row for all items of a list.
  const rows = new Map<string, FieldMapping>();
  for (const row of fields) {
    const key = generalPath(row[1]);
    if (!rows.has(key)) rows.set(key, row);
  }
  const index = indexFields([...rows.values()].map(([from, to]) => [to, from]));
  const renamed: string[] = [];
  for (const [after, [from, to]] of rows) {
    const before = generalPath(from);
    // What follows from the row of its parent, as a container's fields follow from the container, says nothing new.
    const parent = translatedPath(index, to.slice(0, -1)) ?? to.slice(0, -1);
    if (before !== after && before !== generalPath([...parent, ...to.slice(-1)])) renamed.push(`${before} → ${after}`);
  }
  const lines = [`apiVersion: ${apiVersion}, kind: ${modern}`, ...renamed.slice(0, shown)];
  if (renamed.length > shown) lines.push(`${renamed.length - shown} more`);
  return `The modern spelling is ${lines.join("; ")}. \`fairlead convert\` rewrites the file.`;
}

function generalPath(path: FieldPath): string {
  return formatPath(path).replaceAll(/\[\d+\]/g, "[]");
}

export function describe(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "a mapping";
  const written = JSON.stringify(value);
  return `the ${typeof value === "object" ? "number" : typeof value} ${written.length > 60 ? `${written.slice(0, 57)}…` : written}`;
}

function samePath(a: FieldPath, b: FieldPath): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}

/** Sets a value of the output, whose maps and lists on the way are made when they are missing. */
function setAt(root: JsonObject, path: FieldPath, value: JsonValue): void {
  let container: JsonValue = root;
  for (let depth = 0; depth < path.length; depth++) {
    const step = path[depth]!;
    const last = depth === path.length - 1;
    const fresh = (): JsonValue => (typeof path[depth + 1] === "number" ? [] : {});
    if (typeof step === "number") {
      if (!Array.isArray(container)) return;
      if (last) container[step] = value;
      else container = container[step] ??= fresh();
    } else {
      if (!isObject(container)) return;
      if (last) setOwn(container, step, value);
      else {
        let next: JsonValue | undefined = get(container, step);
        if (next === undefined) setOwn(container, step, (next = fresh()));
        container = next;
      }
    }
  }
}
