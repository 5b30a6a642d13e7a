import type { JsonValue } from "@fairlead/apimachinery";
import type { Finding, KrmObject, ObjectRef } from "@fairlead/krm";

/**
 * What a planner wants. `desired` is the full wanted state of `scope`; what to write is its difference from what is
 * observed, computed by one shared function. `complete: false` (a stale or partial view) forbids every deletion in the
 * scope. `needs` are facts that the shell fetches before it calls again.
 */
export interface Plan {
  readonly scope: ObjectRef;
  readonly desired: readonly KrmObject[];
  readonly complete: boolean;
  readonly actions: readonly Action[];
  readonly needs: readonly Need[];
  readonly findings: readonly Finding[];
}

/** An imperative step that objects cannot express. */
export interface Action {
  readonly kind: string;
  readonly object: ObjectRef;
  readonly reason: string;
  readonly arguments: { readonly [key: string]: JsonValue };
}

/** A fact that the planner asks for. */
export interface Need {
  readonly kind: string;
  readonly object: ObjectRef;
  readonly reason: string;
}
