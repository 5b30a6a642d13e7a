/** What tools/openapi prints. */
export type Published = {
  definitions: { [name: string]: PublishedSchema };
  /**
   * Per definition and field: `omit` when Go's encoder drops its zero value, `struct` when it writes `{}` for it,
   * `text` and `scalar` when it writes it as it is, `pointer` when it is told from none.
   */
  encoding: { [name: string]: { [field: string]: "omit" | "struct" | "text" | "scalar" | "pointer" } };
};

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
export function compactDefinitions({ definitions: published, encoding }: Published): {
  definitions: CompactDefinition[];
  descriptions: Descriptions;
} {
  const definitions: CompactDefinition[] = [];
  const descriptions: Descriptions = {};
  for (const name of Object.keys(published).filter(kept).sort()) {
    const source = published[name]!;
    const schema = compact(source);
    restoreDefaults(schema, source, encoding[name] ?? {});
    if (raw.test(name)) schema["x-kubernetes-preserve-unknown-fields"] = true;
    definitions.push({ name, kind: kindOf(source), schema });
    descriptions[name] = describe(source);
  }
  return { definitions, descriptions };
}

const marks: { [what: string]: string } = { omit: "-", struct: "+", text: "=" };

/** One line per definition: its name, the omitted fields after `-`, structs after `+`, texts after `=`. */
export function compactEncoding(encoding: Published["encoding"], definitions: readonly CompactDefinition[]): string[] {
  const lines: string[] = [];
  for (const { name, schema } of definitions) {
    const required = new Set((schema["required"] ?? []) as string[]);
    const fields = Object.entries(encoding[name] ?? {})
      .filter(([field, what]) => marks[what] !== undefined && !(what === "text" && required.has(field)))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const words = fields.map(([field, what]) => `${marks[what]}${field}`);
    if (words.length > 0) lines.push([name, ...words].join(" "));
  }
  return lines;
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

/** A zero that the API server does set: the field is a pointer, so it would be absent without. */
function restoreDefaults(
  schema: PublishedSchema,
  source: PublishedSchema,
  encoding: { [field: string]: string },
): void {
  const before = (source["properties"] ?? {}) as Record<string, PublishedSchema>;
  const after = (schema["properties"] ?? {}) as Record<string, PublishedSchema>;
  for (const [field, { default: value }] of Object.entries(before)) {
    if (value !== undefined && encoding[field] === "pointer") after[field]!["default"] = value;
  }
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
