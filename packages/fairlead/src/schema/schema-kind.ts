import type { Schema } from "@fairlead/apimachinery";

/** A kind with the schema of the whole object. */
export interface SchemaKind {
  readonly kind: string;
  readonly plural: string;
  /** That of Fairlead's own kinds unless told. */
  readonly apiVersion?: string;
  readonly schema: Schema;
}
