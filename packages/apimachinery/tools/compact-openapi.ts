/** A schema as kube-apiserver publishes it. */
export type PublishedSchema = { [key: string]: unknown };

export type CompactDefinition = {
  name: string;
  /** `apps/v1/Deployment` for the schema of one kind, `-` for every other definition. */
  kind: string;
  schema: PublishedSchema;
};

/** Descriptions by definition: its own under the empty key, its fields' under their names. */
export type Descriptions = { [definition: string]: { [field: string]: string } };

const stable =
  /^io\.k8s\.(api|apimachinery|apiextensions-apiserver)\..*\.(v\d+|resource|runtime|intstr)\.[A-Za-z][A-Za-z0-9]*$/;
const unserved = /\.(imagepolicy|apidiscovery)\./;
/** Kinds that stand for any JSON: Go reads them raw, the published schema does not say so. */
const raw = /\.(FieldsV1|RawExtension|JSON|JSONSchemaPropsOrBool|JSONSchemaPropsOrArray|JSONSchemaPropsOrStringArray)$/;

/** Drops what only people read and what says nothing; keeps the stable groups. */
export function compactDefinitions(published: { [name: string]: PublishedSchema }): {
  definitions: CompactDefinition[];
  descriptions: Descriptions;
} {
  const definitions: CompactDefinition[] = [];
  const descriptions: Descriptions = {};
  for (const name of Object.keys(published).filter(kept).sort()) {
    const source = published[name]!;
    const schema = compact(source);
    if (raw.test(name)) schema["x-kubernetes-preserve-unknown-fields"] = true;
    definitions.push({ name, kind: kindOf(source), schema });
    descriptions[name] = describe(source);
  }
  return { definitions, descriptions };
}

function kept(name: string): boolean {
  return stable.test(name) && !unserved.test(name);
}

/** DeleteOptions and WatchEvent name every group; such a definition is not the schema of one kind. */
function kindOf(schema: PublishedSchema): string {
  const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as { group: string; version: string; kind: string }[];
  if (kinds.length !== 1) return "-";
  const { group, version, kind } = kinds[0]!;
  return `${group === "" ? "" : `${group}/`}${version}/${kind}`;
}

function compact(source: PublishedSchema): PublishedSchema {
  const schema: PublishedSchema = {};
  for (const [key, value] of Object.entries(source)) {
    if (key === "description" || key === "x-kubernetes-group-version-kind") continue;
    if (key === "default" && isZero(value)) continue;
    if (key === "properties") schema[key] = mapValues(value as Record<string, PublishedSchema>, compact);
    else if (key === "items" || key === "additionalProperties") schema[key] = compact(value as PublishedSchema);
    else if (key === "oneOf" || key === "anyOf") schema[key] = (value as PublishedSchema[]).map(compact);
    else if (key === "allOf") Object.assign(schema, compact((value as PublishedSchema[])[0]!));
    else if (key === "$ref") schema[key] = (value as string).replace("#/components/schemas/", "");
    else schema[key] = value;
  }
  return schema;
}

/** Go's zero value of a field that is no pointer: the generator writes it everywhere, the API server never sets it. */
function isZero(value: unknown): boolean {
  return value === "" || value === 0 || value === false || JSON.stringify(value) === "{}";
}

function describe(source: PublishedSchema): { [field: string]: string } {
  const texts: { [field: string]: string } = {};
  if (typeof source["description"] === "string") texts[""] = source["description"];
  for (const [field, schema] of Object.entries((source["properties"] ?? {}) as Record<string, PublishedSchema>)) {
    if (typeof schema["description"] === "string") texts[field] = schema["description"];
  }
  return texts;
}

function mapValues<A, B>(object: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
