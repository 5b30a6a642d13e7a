import type { JsonObject, Schema } from "@fairlead/apimachinery";
import type { PrinterColumn } from "../kind.ts";

/** The group of the system that Fairlead takes over from: its kinds, in their shape, with a status. */
export const admiralGroup = "admiral.io";
export const admiralVersion = "v1alpha1";
export const admiralApiVersion = `${admiralGroup}/${admiralVersion}`;

/** A kind of this group. Every object that the predecessor's own definition accepts is accepted, and nothing is dropped. */
export interface AdmiralKind {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: Schema;
  readonly specRequired: boolean;
  /** What the predecessor's status holds, beside our own fields. */
  readonly status: { readonly [field: string]: Schema };
  readonly columns: readonly PrinterColumn[];
  readonly example: JsonObject;
}

export const text = (description: string): Schema => ({ type: "string", description });
export const texts = (description: string): Schema => ({ type: "array", items: { type: "string" }, description });
export const flag = (description: string): Schema => ({ type: "boolean", description });
export const int = (description: string): Schema => ({ type: "integer", description });
export const int32 = (description: string): Schema => ({ type: "integer", format: "int32", description });
export const int64 = (description: string): Schema => ({ type: "integer", format: "int64", description });
export const textMap = (description: string): Schema => ({
  type: "object",
  additionalProperties: { type: "string" },
  description,
});
export const object = (description: string, properties: { readonly [field: string]: Schema }): Schema => ({
  type: "object",
  description,
  properties,
});
export const list = (description: string, items: Schema): Schema => ({ type: "array", description, items });
/** A name of an enumeration, or its number in the protocol. */
export const nameOrNumber = (description: string): Schema => ({ "x-kubernetes-int-or-string": true, description });
/** The same field under the name that the protocol's JSON mapping gives it. */
export const alias = (schema: Schema, name: string): Schema => ({ ...schema, description: `The same as \`${name}\`.` });

export const selector: Schema = textMap(
  "Names the identity and the environment where labels and annotations of the object do not. Workloads are those of the object's namespace.",
);

/** Seconds and counts of an outlier detection, in the protocol's two spellings. */
export function outlierFields(): { readonly [field: string]: Schema } {
  const time = int64("How many seconds an endpoint is out. 0: as the mesh's configuration says.");
  const errors = int32(
    "After how many gateway errors in a row an endpoint is out. 0: as the mesh's configuration says.",
  );
  return {
    base_ejection_time: time,
    baseEjectionTime: alias(time, "base_ejection_time"),
    consecutive_gateway_errors: errors,
    consecutiveGatewayErrors: alias(errors, "consecutive_gateway_errors"),
    interval: int64("How many seconds lie between two looks. 0: as the mesh's configuration says."),
  };
}

/** The status that the predecessor defines; neither it nor we write it. */
export const syncedStatus: { readonly [field: string]: Schema } = {
  clustersSynced: int32("Of the predecessor; nothing writes it."),
  state: text("Of the predecessor; nothing writes it."),
};

export const identityColumn: PrinterColumn = {
  name: "Identity",
  type: "string",
  jsonPath: ".metadata.labels.identity",
};
