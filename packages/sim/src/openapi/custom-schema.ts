import { get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { publishedSchema } from "./published-schema.ts";

/** A kind as the documents name it. */
export interface PublishedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const ownApiVersion =
  "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
const ownKind =
  "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
const embeddedApiVersion =
  "apiVersion defines the versioned schema of this representation of an object. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
const embeddedKind =
  "kind is a string value representing the type of this object. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
const metadataText =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/**
 * The definition of a custom kind in the documents: its schema with apiVersion, kind and metadata. `declared` is one of
 * `spec.versions` of its CustomResourceDefinition.
 * @param free Whether the definition has `spec.preserveUnknownFields`.
 */
export function customSchema(of: PublishedKind, declared: JsonValue, free: boolean, version: 2 | 3): JsonObject {
  const schema = get(get(declared, "schema"), "openAPIV3Schema");
  return {
    ...body(isObject(schema) ? schema : undefined, free, version),
    "x-kubernetes-group-version-kind": [{ group: of.group, kind: of.kind, version: of.version }],
    ...selectableFields(declared),
  };
}

/** `x-kubernetes-selectable-fields`, of the kind and of its list; nothing when there are none. */
export function selectableFields(declared: JsonValue): JsonObject {
  const fields = get(declared, "selectableFields");
  if (!Array.isArray(fields) || fields.length === 0) return {};
  const paths = fields.map((field) => get(field, "jsonPath")).filter((path) => typeof path === "string");
  return { "x-kubernetes-selectable-fields": paths.map((path) => ({ fieldPath: path.replace(/^\./, "") })) };
}

function body(schema: JsonObject | undefined, free: boolean, version: 2 | 3): JsonObject {
  const unknown = free || schema?.["x-kubernetes-preserve-unknown-fields"] === true;
  // kubectl would take the fields that are listed for all there are.
  if (schema === undefined || (version === 2 && unknown)) return { type: "object" };
  const printed = withEmbedded(publishedSchema(schema, version), version);
  return {
    ...printed,
    properties: {
      ...(isObject(printed["properties"]) ? printed["properties"] : {}),
      apiVersion: { description: ownApiVersion, type: "string" },
      kind: { description: ownKind, type: "string" },
      metadata: metadata(version),
    },
  };
}

/** In version 3 nothing may stand beside a reference. */
function metadata(version: 2 | 3): JsonObject {
  return version === 2
    ? { description: metadataText, $ref: `#/definitions/${objectMeta}` }
    : { description: metadataText, allOf: [{ $ref: `#/components/schemas/${objectMeta}` }] };
}

/** Objects within the object have apiVersion, kind and metadata too. */
function withEmbedded(schema: JsonObject, version: 2 | 3): JsonObject {
  const copy = { ...schema };
  const properties: JsonObject = {};
  if (isObject(schema["properties"])) {
    for (const name of Object.keys(schema["properties"])) {
      setOwn(properties, name, withEmbedded(schema["properties"][name] as JsonObject, version));
    }
    copy["properties"] = properties;
  }
  if (isObject(schema["items"])) copy["items"] = withEmbedded(schema["items"], version);
  if (isObject(schema["additionalProperties"])) {
    copy["additionalProperties"] = withEmbedded(schema["additionalProperties"], version);
  }
  if (schema["x-kubernetes-embedded-resource"] !== true) return copy;
  if (version === 2 && schema["x-kubernetes-preserve-unknown-fields"] === true) return copy;
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return {
    ...copy,
    properties: {
      ...properties,
      apiVersion: { description: embeddedApiVersion, type: "string" },
      kind: { description: embeddedKind, type: "string" },
      metadata: metadata(version),
    },
    required: [...required, ...["kind", "apiVersion"].filter((name) => !required.includes(name))],
  };
}
