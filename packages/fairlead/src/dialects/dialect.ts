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

/**
 * Where the field `path` of the modern object was written: findings about an App point at the LummoDeployment's field.
 * The row with the longest match counts; below it the rest of the path is the same in both.
 */
export function originalPath(fields: FieldMap, path: FieldPath): FieldPath {
  let best: FieldMapping | undefined;
  for (const row of fields) {
    if (isPrefix(row[1], path) && (best === undefined || row[1].length > best[1].length)) best = row;
  }
  return best === undefined ? path : [...best[0], ...path.slice(best[1].length)];
}

function isPrefix(prefix: FieldPath, path: FieldPath): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => step === path[index]);
}
