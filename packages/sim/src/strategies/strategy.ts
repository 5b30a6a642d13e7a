import type { JsonObject } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import type { FieldProblem } from "../errors.ts";
import type { Resource } from "../resources/resource.ts";

/** What a strategy may look at besides the object: the store as it is now, in storage versions. */
export interface StrategyContext {
  readonly resource: Resource;
  /** Of the request: two groups share their events. */
  readonly group: string;
  /** `status`, `scale`, `binding` …; empty for the object itself. */
  readonly subresource: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of an update: the object before what the endpoint does not own came back. */
  readonly sent?: JsonObject;
  /** Who asks. */
  readonly user?: User;
  readonly random: () => number;
  get(collection: string, namespace: string, name: string): JsonObject | undefined;
  list(collection: string, namespace?: string): readonly JsonObject[];
  /** Nothing that is decided now is kept. */
  readonly dryRun: boolean;
  /** Pods are programs of this machine: their addresses are loopback addresses. */
  readonly loopbackPods: boolean;
}

/**
 * What a kind does besides what all kinds do, as the strategies of kube-apiserver's registries. Objects are in the
 * storage version. `prepare…` change the object they get, which is a copy; the rest change nothing.
 */
export interface Strategy {
  /** How names are checked; DNS-1123 subdomain unless told. Gives what is wrong. */
  readonly nameProblem?: (name: string) => string | undefined;
  /** False: no `metadata.generation`. */
  readonly hasGeneration?: boolean;
  /** What else counts as a change of what is wanted, besides everything but metadata and status. */
  readonly countsAsWanted?: (object: JsonObject, old: JsonObject) => boolean;
  /** PUT creates what is not there. */
  readonly createsOnUpdate?: boolean;
  /** An update needs `metadata.resourceVersion`. */
  readonly needsVersion?: boolean;
  /** DELETE answers the object instead of a Status. */
  readonly answersDeleted?: boolean;
  /** Owners leave their dependents behind unless a request says otherwise. */
  readonly orphansByDefault?: boolean;
  readonly prepareForCreate?: (object: JsonObject, context: StrategyContext) => void;
  readonly prepareForUpdate?: (object: JsonObject, old: JsonObject, context: StrategyContext) => void;
  readonly validate?: (object: JsonObject, context: StrategyContext) => readonly FieldProblem[];
  /** In place of `validate`, not besides it. */
  readonly validateUpdate?: (object: JsonObject, old: JsonObject, context: StrategyContext) => readonly FieldProblem[];
  readonly warnings?: (object: JsonObject, old: JsonObject | undefined, context: StrategyContext) => readonly string[];
  /** What the server gives out (addresses, ports) right before the object is stored; throws ApiError where none is left. */
  readonly allocate?: (object: JsonObject, old: JsonObject | undefined, context: StrategyContext) => void;
  /** Runs once an object is stored (not in a dry run). */
  readonly afterWrite?: (object: JsonObject | undefined, old: JsonObject | undefined, context: StrategyContext) => void;
  /** The grace period of a deletion, in seconds; undefined deletes at once. `asked` is what the request says. */
  readonly gracePeriod?: (object: JsonObject, asked: number | undefined) => number | undefined;
  /** Holds an object of the kind from the moment at which its deletion is asked for. */
  readonly finalizerOfDeletion?: string;
  /** How the object looks once its deletion was asked for and it waits to go. */
  readonly whileGoing?: (object: JsonObject) => JsonObject;
  /** Whether the object may go once nothing holds it (namespaces wait for `spec.finalizers`). */
  readonly mayGo?: (object: JsonObject) => boolean;
  /** Fields that a field selector may name besides `metadata.name` and `metadata.namespace`. */
  readonly selectableFields?: Readonly<Record<string, (object: JsonObject) => string>>;
}
