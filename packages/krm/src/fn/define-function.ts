import type { FieldPath, JsonObject, JsonValue, Schema } from "@fairlead/apimachinery";
import type { Severity } from "../finding/finding.ts";
import type { KrmObject, ObjectRef } from "../object.ts";

/** What a function says about an item, its configuration or the run as a whole. */
export interface Report {
  readonly message: string;
  /** `error` unless told: the run fails and changes nothing. */
  readonly severity?: Severity;
  readonly hint?: string;
  /** The object that it is about, itself or by name; with it and `field` the finding points at file, line and column. */
  readonly object?: JsonObject | ObjectRef;
  /** A path, also as text: `spec.containers[0].name`. */
  readonly field?: FieldPath | string;
  /** A code of the function's own, for its documentation. */
  readonly code?: string;
  readonly currentValue?: JsonValue;
  readonly proposedValue?: JsonValue;
}

export interface FunctionContext<Config> {
  /** The functionConfig, checked by the schema, with its defaults filled in. */
  readonly config: Config;
  /** The items; they may be changed in place, added and removed. */
  readonly items: KrmObject[];
  readonly report: (report: Report) => void;
}

export interface FunctionDefinition<Config = KrmObject> {
  /** As it is called on the command line. */
  readonly name: string;
  readonly description?: string;
  /** Where given, a functionConfig of another kind is refused, and `--crd` prints a CustomResourceDefinition. */
  readonly apiVersion?: string;
  readonly kind?: string;
  /**
   * The functionConfig without apiVersion, kind and metadata: a structural schema, or what TypeBox makes of
   * `Type.Object`. With `kind: ConfigMap` as configuration it describes `data`, whose values are text.
   */
  readonly schema?: Schema | object;
  /** Changes `items`, or returns others. What it throws becomes a finding. */
  readonly run: (
    context: FunctionContext<Config>,
  ) => void | readonly JsonObject[] | Promise<void | readonly JsonObject[]>;
}

/** A function whose configuration is typed by `Config`; run it with `runAsMain` or `applyFunction`. */
export function defineFunction<Config = KrmObject>(definition: FunctionDefinition<Config>): FunctionDefinition<Config> {
  return definition;
}

/** The schema of the whole functionConfig. */
export function configSchema({ schema, apiVersion, kind }: FunctionDefinition<never>): Schema {
  const own = (schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true }) as Schema;
  return {
    ...own,
    type: "object",
    properties: {
      apiVersion: { type: "string", ...(apiVersion === undefined ? {} : { enum: [apiVersion] }) },
      kind: { type: "string", ...(kind === undefined ? {} : { enum: [kind] }) },
      metadata: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      ...own.properties,
    },
  };
}
