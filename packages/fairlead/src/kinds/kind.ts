import type { JsonObject, Schema } from "@fairlead/apimachinery";

/** A kind as everything but its own file sees it: generated from the definition, so TypeBox stays at home. */
export interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly capability: string;
  /** The schema of `spec`, with references into Kubernetes' OpenAPI and `x-fairlead-extends` for passed-through fields. */
  readonly spec: Schema;
  readonly columns: readonly PrinterColumn[];
  readonly example: JsonObject;
}

/** A column of `kubectl get`, as in apiextensions/v1. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
}
