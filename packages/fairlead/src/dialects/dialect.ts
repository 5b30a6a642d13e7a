import type { FieldPath, JsonObject } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";

/** One field that stands elsewhere in the modern object: where it was written, and where it is now. */
export type FieldMapping = readonly [from: FieldPath, to: FieldPath];
export type FieldMap = readonly FieldMapping[];

/** A foreign object in Fairlead's spelling. */
export interface Conversion {
  /** An object of group fairlead.dev. It shares no structure that the caller may change with the input. */
  readonly object: JsonObject;
  /** Fields whose path changed; a field that no row covers has kept its path. */
  readonly fields: FieldMap;
  /** What the conversion has to say. `field` is a path of the foreign object. */
  readonly findings: readonly Finding[];
}

export interface ConvertOptions {
  /** The object will be rendered as the predecessor did, so what it ignored stays without effect. */
  readonly compat?: boolean | undefined;
}

/** A foreign kind and how it is read. `convert` is total: it accepts any JSON object and never throws. */
export interface Dialect {
  /** Fairlead's kind that the object becomes, such as `App`. */
  readonly kind: string;
  convert(value: JsonObject, options?: ConvertOptions): Conversion;
}

const indexes = new WeakMap<FieldMap, ReadonlyMap<string, FieldPath>>();

/**
 * Where the field `path` of the modern object was written: findings about an App point at the LummoDeployment's field.
 * The row with the longest match counts; below it the rest of the path is the same in both.
 */
export function originalPath(fields: FieldMap, path: FieldPath): FieldPath {
  let index = indexes.get(fields);
  if (index === undefined) indexes.set(fields, (index = indexFields(fields.map(([from, to]) => [to, from]))));
  return translatedPath(index, path) ?? path;
}

/** Rows by their first path; the first row of a path counts. */
export function indexFields(rows: FieldMap): ReadonlyMap<string, FieldPath> {
  const index = new Map<string, FieldPath>();
  for (const [key, value] of rows) {
    const name = JSON.stringify(key);
    if (!index.has(name)) index.set(name, value);
  }
  return index;
}

/** The other path of the row that covers most of `path`, with the rest of it behind; undefined where no row does. */
export function translatedPath(index: ReadonlyMap<string, FieldPath>, path: FieldPath): FieldPath | undefined {
  for (let length = path.length; length >= 0; length--) {
    const found = index.get(JSON.stringify(path.slice(0, length)));
    if (found !== undefined) return [...found, ...path.slice(length)];
  }
  return undefined;
}
