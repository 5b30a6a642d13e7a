import type { JsonObject } from "@fairlead/apimachinery";
import { packed } from "./generated/custom-openapi.ts";
import { unpack } from "./unpack.ts";

/** What the documents say of any custom resource, with placeholders for its names (see openapi/custom-documents.ts). */
export interface CustomOpenApiTemplate {
  readonly v3: { readonly paths: JsonObject; readonly schemas: JsonObject; readonly list: JsonObject };
  readonly v2: { readonly paths: JsonObject; readonly list: JsonObject };
}

let loaded: Readonly<Record<"namespaced" | "cluster", CustomOpenApiTemplate>> | undefined;

export function customOpenApiTemplate(): Readonly<Record<"namespaced" | "cluster", CustomOpenApiTemplate>> {
  loaded ??= JSON.parse(unpack(packed).toString("utf8")) as NonNullable<typeof loaded>;
  return loaded;
}
