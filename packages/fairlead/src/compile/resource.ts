import type { FieldPath, JsonValue } from "@fairlead/apimachinery";

/** A place in a source; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a value was read. Finding the place of a field costs a second parse, so it happens only for findings. */
export interface Source {
  readonly file: string;
  /** The place of the field's value, or of its nearest existing ancestor; `key` asks for the field's name. */
  locate(path: FieldPath, at: "key" | "value"): Place;
}

/** A document of the input with the place it came from. */
export interface Resource {
  readonly value: JsonValue;
  readonly source: Source;
}
