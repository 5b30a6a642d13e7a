import { setOwn, type JsonValue } from "@fairlead/apimachinery";
import type { ObjectMeta } from "@fairlead/krm";
import type { Declaration } from "../declaration.ts";
import { fieldManager, managedByLabel, nameLabel, partOfLabel } from "../names.ts";
import type { World } from "../world.ts";
import { filled } from "./fields.ts";
import { stringMap, text } from "./read.ts";

/**
 * How objects are labelled. `standard`: the app.kubernetes.io labels and what the declaration and the environment say,
 * on every object. `exact` (`standardLabels: false`): each object carries what is written for it and nothing else.
 * `compat`: the predecessor's two labels.
 */
export type Mode = "standard" | "exact" | "compat";

type Labelled = { readonly standardLabels?: boolean; readonly partOf?: string };

export function modeOf(declaration: Declaration<Labelled>): Mode {
  if (declaration.compat) return "compat";
  return declaration.spec?.standardLabels === false ? "exact" : "standard";
}

/** Labels that every object of a declaration carries. */
export function commonLabels(declaration: Declaration<Labelled>, world: World): { [key: string]: string } {
  const mode = modeOf(declaration);
  if (mode === "exact") return {};
  const partOf = text(declaration.spec?.partOf);
  if (mode === "compat") {
    return { app: declaration.name, ...(partOf === undefined ? {} : { "part-of": partOf }) };
  }
  return {
    [nameLabel]: declaration.name,
    ...(partOf === undefined ? {} : { [partOfLabel]: partOf }),
    ...stringMap(world.environment.settings.labels),
    ...stringMap(declaration.metadata.labels),
    [managedByLabel]: fieldManager,
  };
}

const toolPrefixes = [
  "fairlead.dev/",
  "config.kubernetes.io/",
  "internal.config.kubernetes.io/",
  "config.k8s.io/",
  "kustomize.config.k8s.io/",
  "internal.kpt.dev/",
];

/** Annotations of the declaration that its objects carry too; those by which tools remember things are not. */
export function carriedAnnotations(declaration: Declaration): { [key: string]: string } {
  const written = stringMap(declaration.metadata.annotations);
  const kept = Object.entries(written).filter(
    ([key]) =>
      key !== "kubectl.kubernetes.io/last-applied-configuration" &&
      !toolPrefixes.some((prefix) => key.startsWith(prefix)),
  );
  return Object.fromEntries(kept);
}

export interface ObjectNaming {
  readonly name: string;
  /** Labels and annotations of this object only; they win over the common ones. */
  readonly labels?: { readonly [key: string]: string } | undefined;
  readonly annotations?: { readonly [key: string]: string } | undefined;
  /** In exact mode, metadata.labels and metadata.annotations are this object's. */
  readonly primary?: boolean;
}

/** The metadata of a generated object. */
export function objectMetadata(declaration: Declaration<Labelled>, world: World, naming: ObjectNaming): ObjectMeta {
  const mode = modeOf(declaration);
  const own = mode === "exact" && naming.primary === true;
  const labels = {
    ...commonLabels(declaration, world),
    ...(own || mode === "compat" ? stringMap(declaration.metadata.labels) : {}),
    ...stringMap(naming.labels),
  };
  const annotations = {
    ...(mode !== "exact" || own ? carriedAnnotations(declaration) : {}),
    ...stringMap(naming.annotations),
  };
  const meta: { [field: string]: JsonValue } = { name: naming.name };
  if (declaration.namespace !== undefined) meta["namespace"] = declaration.namespace;
  if (filled(labels) !== undefined) meta["labels"] = sorted(labels);
  if (filled(annotations) !== undefined) meta["annotations"] = sorted(annotations);
  return meta;
}

/** Maps are written by key, so that the writer's order plays no part. */
export function sorted(map: { readonly [key: string]: string }): { [key: string]: string } {
  const result: { [key: string]: string } = {};
  for (const key of Object.keys(map).sort()) setOwn(result, key, map[key]!);
  return result;
}
