import type { FieldPath, JsonObject, JsonValue } from "@fairlead/apimachinery";
import { formatRef, hasErrors, refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { compile, type Compiled } from "../compile/compile.ts";
import { ownerOf } from "../compile/finish.ts";
import type { CompileOptions } from "../compile/options.ts";
import type { Locate, Resource, Source } from "../compile/resource.ts";
import { ownerAnnotation } from "../plan/names.ts";
import { readConfig } from "./config.ts";
import { fnFinding } from "./findings.ts";

/** An item of a ResourceList and how to find its places. */
export interface FunctionItem extends Source {
  readonly object: JsonObject;
}

export interface FunctionInput {
  readonly items: readonly FunctionItem[];
  readonly config: FunctionItem | undefined;
}

export interface FunctionResult {
  /** The items that go out, in order; an unchanged one is the same object that came in. */
  readonly items: readonly JsonObject[];
  readonly findings: readonly Finding[];
}

const localConfig = "config.kubernetes.io/local-config";
const pathAnnotations = ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"] as const;
const indexAnnotations = ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"] as const;

/**
 * Compiles the items of a ResourceList. What Fairlead made earlier from a declaration of the list is updated in place
 * or removed; declarations stay, marked as local configuration so that nobody applies them; everything else is left
 * alone. With an error of severity the items go out as they came.
 */
export async function applyFairlead(
  input: FunctionInput,
  options: CompileOptions & { readonly validate?: boolean | undefined } = {},
): Promise<FunctionResult> {
  const before = input.items.map(({ object }) => object);
  const settings = readConfig(input.config?.object);
  const config = input.config;
  const findings = settings.findings.map((finding) =>
    config === undefined ? finding : { ...finding, ...config.locator()(finding.field ?? [], "key") },
  );
  const compiled = await compile(resourcesOf(input, settings.declarations), {
    environment: options.environment ?? settings.environment,
    compat: options.compat === true || settings.compat,
  });
  findings.push(...compiled.findings);
  const failed = hasErrors(findings);
  if (failed || options.validate === true || settings.validate) return { items: before, findings };
  return { ...replaceOwned(input, compiled, findings) };
}

/** The items and the declarations of the functionConfig; kustomize gives a generator its own config as an item, too. */
function resourcesOf({ items, config }: FunctionInput, declarations: readonly JsonValue[]): Resource[] {
  const resources: Resource[] = items
    .filter(({ object }) => config === undefined || !isSame(object, config.object))
    .map((item) => ({ value: item.object, source: item }));
  if (config === undefined) return resources;
  for (const [index, value] of declarations.entries()) {
    const prefix: FieldPath = value === config.object ? [] : ["spec", "items", index];
    const locator = (): Locate => {
      const locate = config.locator();
      return (path, at) => locate([...prefix, ...path], at);
    };
    resources.push({ value, source: { file: config.file, locator } });
  }
  return resources;
}

function isSame(a: JsonObject, b: JsonObject): boolean {
  return refKey(refOf(a)) === refKey(refOf(b));
}

function replaceOwned({ items, config }: FunctionInput, compiled: Compiled, findings: Finding[]): FunctionResult {
  const wanted = new Map(compiled.generated.map((one) => [refKey(refOf(one.object)), one.object]));
  const declared = new Map(compiled.written.map(({ value, ref }) => [value, ref]));
  const owners = new Set(compiled.written.map(({ ref }) => ownerOf(ref)));
  const result: JsonObject[] = [];
  for (const { object } of items) {
    const ref = refOf(object);
    const key = refKey(ref);
    const annotations = (object as KrmObject).metadata?.annotations;
    const owner = annotations?.[ownerAnnotation];
    if (config !== undefined && isSame(object, config.object)) continue;
    if (typeof owner === "string") {
      const next = wanted.get(key);
      wanted.delete(key);
      if (next !== undefined) result.push(withPlace(next, annotations));
      else if (!owners.has(owner)) {
        findings.push(
          fnFinding("FL651", {
            message: `${formatRef(ref)} was made from ${owner}, which is not among the items`,
            object: ref,
          }),
        );
        result.push(object);
      }
    } else {
      result.push(declared.has(object) ? asLocalConfig(object as KrmObject) : object);
    }
  }
  const places = new Map(
    [...declared].map(([value, ref]) => [refKey(ref), (value as KrmObject).metadata?.annotations]),
  );
  const counts = new Map<string, number>();
  for (const { object, owner } of compiled.generated) {
    const key = refKey(refOf(object));
    if (!wanted.has(key)) continue;
    const folder = places.get(refKey(owner));
    result.push(
      folder === undefined ? object : withNewPlace(object, folder, `${owner.kind.toLowerCase()}-${owner.name}`, counts),
    );
  }
  return { items: result, findings };
}

/** Orchestrators know an item again by its internal annotations, so an updated item keeps them. */
function withPlace(object: KrmObject, annotations: { readonly [key: string]: string } | undefined): KrmObject {
  const kept = Object.entries(annotations ?? {}).filter(([key]) =>
    /^(internal\.)?config\.(kubernetes|k8s)\.io\//.test(key),
  );
  return withAnnotations(object, Object.fromEntries(kept));
}

/** New items of a package go into one file per declaration, beside the declaration's. */
function withNewPlace(
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

function asLocalConfig(object: KrmObject): KrmObject {
  const { metadata } = object as Partial<KrmObject>;
  return metadata?.annotations?.[localConfig] === "true" ? object : withAnnotations(object, { [localConfig]: "true" });
}

function withAnnotations(object: KrmObject, more: { readonly [key: string]: string }): KrmObject {
  if (Object.keys(more).length === 0) return object;
  // The predecessor's objects may have no metadata: their name is in the spec.
  const { metadata } = object as Partial<KrmObject>;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata?.annotations, ...more } } };
}
