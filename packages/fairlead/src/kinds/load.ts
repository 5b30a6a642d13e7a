import { definition, type Schema } from "@fairlead/apimachinery";
import { apiVersion, group } from "./group.ts";
import { kindLoaders } from "./generated/index.ts";
import type { Kind } from "./kind.ts";

export { apiVersion, group };

export type KindName = keyof typeof kindLoaders;

/** The names of Fairlead's kinds, in the order of the reference. */
export const kindNames = Object.keys(kindLoaders) as readonly KindName[];

export function isKindName(name: string): name is KindName {
  return Object.hasOwn(kindLoaders, name);
}

/** A kind with the schema of the whole object, passed-through fields expanded. */
export interface LoadedKind extends Kind {
  readonly schema: Schema;
}

const loaded = new Map<KindName, Promise<LoadedKind>>();

/** Reads a kind's generated data; the same object at every call. */
export function loadKind(name: KindName): Promise<LoadedKind> {
  let kind = loaded.get(name);
  if (kind === undefined) {
    kind = kindLoaders[name]().then((data: Kind) => ({ ...data, schema: objectSchema(data, expand(data.spec)) }));
    loaded.set(name, kind);
  }
  return kind;
}

function objectSchema(kind: Kind, spec: Schema): Schema {
  return {
    type: "object",
    description: kind.description,
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: {
      apiVersion: { type: "string", enum: [apiVersion], description: "The version of this kind's schema." },
      kind: { type: "string", enum: [kind.kind] },
      metadata: { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" },
      spec,
      status: {
        type: "object",
        "x-kubernetes-preserve-unknown-fields": true,
        description: "What a controller observed.",
      },
    },
  };
}

/** A schema that passes the fields of a Kubernetes definition through (`PassThrough` in schema.ts). */
type Extending = Schema & { readonly "x-fairlead-extends"?: string; readonly "x-fairlead-without"?: readonly string[] };

/** Puts the fields of `x-fairlead-extends` beside our own. References stay references: the validator follows them. */
export function expand(schema: Schema): Schema {
  const { "x-fairlead-extends": base, "x-fairlead-without": without = [], ...own } = schema as Extending;
  const properties = own.properties && mapValues(own.properties, expand);
  const expanded: Schema = {
    ...own,
    ...(properties && { properties }),
    ...(own.items && { items: expand(own.items) }),
    ...(typeof own.additionalProperties === "object" && { additionalProperties: expand(own.additionalProperties) }),
    ...(own.anyOf && { anyOf: own.anyOf.map(expand) }),
  };
  if (base === undefined) return expanded;
  const inherited = definition(base);
  if (inherited?.properties === undefined) throw new Error(`no such definition to pass through: ${base}`);
  const inheritedRequired = (inherited.required ?? []).filter((name) => properties?.[name] === undefined);
  const required = [...new Set([...(own.required ?? []), ...inheritedRequired])];
  return {
    ...expanded,
    properties: { ...omit(inherited.properties, without), ...properties },
    // OpenAPI wants the list to hold something.
    ...(required.length > 0 && { required }),
  };
}

function omit<A>(object: { readonly [key: string]: A }, without: readonly string[]): { [key: string]: A } {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !without.includes(key)));
}

function mapValues<A, B>(object: { readonly [key: string]: A }, map: (value: A) => B): { [key: string]: B } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
