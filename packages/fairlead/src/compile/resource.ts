import type { FieldPath, JsonValue } from "@fairlead/apimachinery";

/** A place in a source; line and column count from 1, and are missing where only the file is known. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** The place of the field's value, or of its nearest existing ancestor; `key` asks for the field's name. */
export type Locate = (path: FieldPath, at: "key" | "value") => Place;

/** Where a value was read. */
export interface Source {
  readonly file: string;
  /** Reads the document a second time to find places in it: only findings need that, and nobody should keep it. */
  locator(): Locate;
}

/** A document of the input with the place it came from. */
export interface Resource {
  readonly value: JsonValue;
  readonly source: Source;
}
