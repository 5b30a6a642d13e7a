import type { JsonObject, JsonValue, Schema } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { group, version } from "../kinds/group.ts";
import type { LoadedKind } from "../kinds/load.ts";
import { conditions } from "./conditions.ts";
import { inline } from "./inline.ts";

const status: Schema = {
  type: "object",
  description: "What a controller observed.",
  "x-kubernetes-preserve-unknown-fields": true,
  properties: {
    observedGeneration: { type: "integer", format: "int64" },
    conditions,
  },
};

/** What `kubectl get` and `kubectl get -o wide` show of how a declaration stands. */
const statusColumns = [
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Status", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].message', priority: 1 },
];

/** The age comes last, as people are used to. */
function columnsOf({ columns }: LoadedKind) {
  const isAge = ({ type }: { readonly type: string }): boolean => type === "date";
  return [...columns.filter((column) => !isAge(column)), ...statusColumns, ...columns.filter(isAge)];
}

/** The CustomResourceDefinition of a kind. */
export function crdOf(kind: LoadedKind): KrmObject {
  const { plural, singular, shortNames } = kind;
  const names: JsonObject = {
    kind: kind.kind,
    listKind: `${kind.kind}List`,
    plural,
    singular,
    categories: ["fairlead"],
  };
  if (shortNames.length > 0) names["shortNames"] = [...shortNames];
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    // A declaration is the parent of the set of objects that it becomes (KEP-3659).
    metadata: { name: `${plural}.${group}`, labels: { "applyset.kubernetes.io/is-parent-type": "true" } },
    spec: {
      group,
      names,
      scope: "Namespaced",
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: columnsOf(kind).map((column) => ({ ...column })),
          subresources: { status: {} },
          schema: { openAPIV3Schema: objectSchema(kind) as unknown as JsonValue },
        },
      ],
    },
  };
}

function objectSchema(kind: LoadedKind): Schema {
  const spec = kind.schema.properties!["spec"]!;
  return {
    type: "object",
    description: kind.description,
    // A Topic that has only a name, for instance, needs no spec.
    ...((spec.required ?? []).length > 0 && { required: ["spec"] }),
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: inline(spec),
      status,
    },
  };
}
