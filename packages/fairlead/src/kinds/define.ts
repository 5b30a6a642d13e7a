import type { JsonObject } from "@fairlead/apimachinery";
import type { TSchema } from "typebox";
import type { PrinterColumn } from "./kind.ts";

/** What a kind file says: the generator turns it into the data that everything else reads. */
export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  /** One sentence for `kubectl explain`, the reference page and `fairlead explain`. */
  readonly description: string;
  /** The planner that compiles it: the name of a folder in `src/plan`. */
  readonly capability: string;
  readonly spec: TSchema;
  readonly columns: readonly PrinterColumn[];
  /** An example that the reference page shows and a test renders. */
  readonly example: JsonObject;
}
