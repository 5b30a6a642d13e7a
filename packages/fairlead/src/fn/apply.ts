import type { FieldPath, JsonObject, JsonValue } from "@fairlead/apimachinery";
import { formatRef, hasErrors, refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { compile, type Compiled } from "../compile/compile.ts";
import { ownerOf } from "../compile/finish.ts";
import type { CompileOptions } from "../compile/options.ts";
import type { Locate, Resource, Source } from "../compile/resource.ts";
import { ownerAnnotation } from "../plan/names.ts";
import { readConfig } from "./config.ts";
import { fnFinding } from "./findings.ts";
import { asLocalConfig, withNewPlace, withPlace } from "./places.ts";

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

/**
 * Compiles the items of a ResourceList. What Fairlead made earlier from a declaration of the list is updated in place
 * or removed; declarations stay, marked as local configuration so that nobody applies them; everything else is left
 * alone. With a finding of severity error the items go out as they came.
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
  return replaceOwned(input, compiled, findings);
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
