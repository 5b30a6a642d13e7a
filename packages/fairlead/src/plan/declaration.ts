import type { JsonObject } from "@fairlead/apimachinery";
import type { ObjectMeta, ObjectRef } from "@fairlead/krm";

/**
 * One of Fairlead's objects, ready for a planner: dialect translated, environment patch and `extends` merged,
 * defaults filled, schema checked. Planners may trust the types of `spec`, nothing else.
 */
export interface Declaration<Spec = JsonObject> {
  readonly ref: ObjectRef;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  /** Renders what the predecessor rendered: annotation `fairlead.dev/compat: krm-functions`, or `--compat`. */
  readonly compat: boolean;
}
