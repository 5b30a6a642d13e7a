import type { FieldPath } from "@fairlead/apimachinery";
import type { Finding, KrmObject, ObjectRef } from "@fairlead/krm";
import { originalPath, type FieldMap } from "../dialects/dialects.ts";
import type { LoadedKind } from "../kinds/load.ts";
import type { Source } from "./resource.ts";

/** Where a declaration was written, and how its fields are called there if it was written in a dialect. */
export interface Origin {
  readonly source: Source;
  readonly fields: FieldMap | undefined;
}

/** A declaration as it was written: of a known kind, with a name, checked by the schema as far as it stands alone. */
export interface Written {
  readonly kind: LoadedKind;
  readonly ref: ObjectRef;
  readonly object: KrmObject;
  readonly origin: Origin;
}

export type Decoded =
  | { readonly kind: "declaration"; readonly written: Written }
  | { readonly kind: "object"; readonly object: KrmObject; readonly source: Source }
  | { readonly kind: "nothing" };

export interface DecodeResult {
  readonly decoded: Decoded;
  readonly findings: readonly Finding[];
  /** What the dialect said; it speaks of the fields as they are called in the file. */
  readonly foreignFindings: readonly Finding[];
  readonly origin: Origin;
}

/** A document that came to nothing, and why. */
export function undecoded(origin: Origin, ...findings: readonly Finding[]): DecodeResult {
  return { decoded: { kind: "nothing" }, findings, foreignFindings: [], origin };
}

/** The path of a declaration's field in the document it was written in. */
export function writtenPath(origin: Origin, path: FieldPath): FieldPath {
  return origin.fields === undefined ? path : originalPath(origin.fields, path);
}
