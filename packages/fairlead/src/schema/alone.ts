import type { Schema } from "@fairlead/apimachinery";

const completedByBase = "x-fairlead-completed-by-base";

/**
 * A schema for who sees each object alone, as a CRD, an editor and an OpenAPI client do: they cannot ask for what a base or a template may
 * bring along. `source` is the schema of the kind that says so.
 */
export function alone<T extends object>(schema: T, source: Schema): T {
  const { [completedByBase]: open } = source as { readonly [completedByBase]?: readonly string[] };
  const { required, ...rest } = schema as T & { readonly required?: readonly string[] };
  if (open === undefined || required === undefined) return schema;
  const kept = required.filter((name) => !open.includes(name));
  return (kept.length === 0 ? rest : { ...rest, required: kept }) as T;
}
