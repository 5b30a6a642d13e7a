import type { KrmObject } from "@fairlead/krm";

const localConfig = "config.kubernetes.io/local-config";
const pathAnnotations = ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"] as const;
const indexAnnotations = ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"] as const;

/** Orchestrators know an item again by its internal annotations, so an updated item keeps them. */
export function withPlace(object: KrmObject, annotations: { readonly [key: string]: string } | undefined): KrmObject {
  const kept = Object.entries(annotations ?? {}).filter(([key]) =>
    /^(internal\.)?config\.(kubernetes|k8s)\.io\//.test(key),
  );
  return withAnnotations(object, Object.fromEntries(kept));
}

/** New items of a package go into one file per declaration, beside the declaration's. */
export function withNewPlace(
  object: KrmObject,
  owner: { readonly [key: string]: string },
  name: string,
  counts: Map<string, number>,
): KrmObject {
  const path = pathAnnotations.map((key) => owner[key]).find((value) => value !== undefined);
  if (path === undefined) return object;
  const file = `${path.slice(0, path.lastIndexOf("/") + 1)}${name}.generated.yaml`;
  const index = counts.get(file) ?? 0;
  counts.set(file, index + 1);
  const places: { [key: string]: string } = {};
  for (const key of pathAnnotations) if (owner[key] !== undefined) places[key] = file;
  for (const key of indexAnnotations) if (owner[key] !== undefined) places[key] = String(index);
  return withAnnotations(object, places);
}

/** Marks a declaration, so that nobody applies it. */
export function asLocalConfig(object: KrmObject): KrmObject {
  const { metadata } = object as Partial<KrmObject>;
  return metadata?.annotations?.[localConfig] === "true" ? object : withAnnotations(object, { [localConfig]: "true" });
}

function withAnnotations(object: KrmObject, more: { readonly [key: string]: string }): KrmObject {
  if (Object.keys(more).length === 0) return object;
  // The predecessor's objects may have no metadata: their name is in the spec.
  const { metadata } = object as Partial<KrmObject>;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata?.annotations, ...more } } };
}
