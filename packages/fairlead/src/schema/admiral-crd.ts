import type { JsonValue, Schema } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import {
  admiralApiVersion,
  admiralGroup,
  admiralVersion,
  list,
  object,
  text,
  texts,
  type AdmiralKind,
} from "../kinds/admiral/admiral-kind.ts";
import { inline } from "./inline.ts";
import type { SchemaKind } from "./schema-kind.ts";
import { conditions } from "./conditions.ts";

const clusters: Schema = {
  ...list("What is written because of the object, by cluster.", {
    ...object("One cluster.", {
      name: text("The cluster's name."),
      conflicts: texts("What stands in the way there: objects of others, or what the cluster refuses."),
    }),
    required: ["name"],
  }),
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
};

function statusOf(kind: AdmiralKind): Schema {
  return {
    ...object("What became of the object.", {
      observedGeneration: {
        type: "integer",
        format: "int64",
        description: "The generation of the object that this is about.",
      },
      conditions,
      hosts: texts("The hosts that the object shapes."),
      clusters,
      ...kind.status,
    }),
    // Others may have written there before.
    "x-kubernetes-preserve-unknown-fields": true,
  };
}

const statusColumns = [
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
  { name: "Hosts", type: "string", jsonPath: ".status.hosts", priority: 1 },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

/** The whole object, as editors and validation see it. */
export function admiralSchema(kind: AdmiralKind): Schema {
  return {
    type: "object",
    description: kind.description,
    ...(kind.specRequired && { required: ["spec"] }),
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: kind.spec,
      status: statusOf(kind),
    },
  };
}

/** The kind as JSON Schema and OpenAPI see it: metadata is that of every object. */
export function admiralSchemaKind(kind: AdmiralKind): SchemaKind {
  const schema = admiralSchema(kind);
  return {
    kind: kind.kind,
    plural: kind.plural,
    apiVersion: admiralApiVersion,
    schema: {
      ...schema,
      required: ["apiVersion", "kind", "metadata", ...(schema.required ?? [])],
      properties: {
        ...schema.properties,
        apiVersion: { type: "string", enum: [admiralApiVersion], description: "The version of this kind's schema." },
        kind: { type: "string", enum: [kind.kind] },
        metadata: { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" },
      },
    },
  };
}

/**
 * The CustomResourceDefinition of a kind of `admiral.io`: the predecessor's shape, with a status subresource. Whatever
 * its own definition accepts is accepted and kept.
 */
export function admiralCrdOf(kind: AdmiralKind): KrmObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${admiralGroup}` },
    spec: {
      group: admiralGroup,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: [...kind.shortNames],
        categories: ["fairlead-mesh"],
      },
      scope: "Namespaced",
      versions: [
        {
          name: admiralVersion,
          served: true,
          storage: true,
          additionalPrinterColumns: [...kind.columns.map((column) => ({ ...column })), ...statusColumns],
          subresources: { status: {} },
          schema: { openAPIV3Schema: inline(admiralSchema(kind)) as unknown as JsonValue },
        },
      ],
    },
  };
}
