import type { JsonObject, JsonValue, Schema } from "@fairlead/apimachinery";
import { groupOf } from "../object.ts";
import type { FunctionDefinition } from "./define-function.ts";

/** The CustomResourceDefinition of a functionConfig, which editors and `kpt fn doc` read; undefined without apiVersion and kind. */
export function functionCrd({ apiVersion, kind, schema }: FunctionDefinition<never>): JsonObject | undefined {
  if (apiVersion === undefined || kind === undefined) return undefined;
  const singular = kind.toLowerCase();
  const plural = pluralOf(singular);
  const group = groupOf(apiVersion);
  // Symbols and functions, which TypeBox adds, are no JSON.
  const own = JSON.parse(JSON.stringify(schema ?? {})) as Schema;
  const openAPIV3Schema = {
    ...own,
    type: "object",
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      ...own.properties,
    },
  } as unknown as JsonValue;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular },
      scope: "Namespaced",
      versions: [
        {
          name: apiVersion.slice(apiVersion.indexOf("/") + 1),
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
        },
      ],
    },
  };
}

/** As kubebuilder names resources: SetLabels is setlabels already. */
function pluralOf(singular: string): string {
  if (/(?:ss|x|ch|sh)$/.test(singular)) return `${singular}es`;
  if (singular.endsWith("s")) return singular;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
