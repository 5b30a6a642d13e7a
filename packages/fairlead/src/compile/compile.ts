import type { JsonValue } from "@fairlead/apimachinery";
import { formatRef, isError, refKey, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { isKindName, type KindName } from "../kinds/load.ts";
import type { Declaration } from "../plan/declaration.ts";
import { ownerAnnotation } from "../plan/names.ts";
import type { Planner } from "../plan/planner.ts";
import { decode, loadKindsOf } from "./decode.ts";
import type { Origin, Written } from "./decoded.ts";
import { chooseEnvironment } from "./environment.ts";
import { compileFinding } from "./findings.ts";
import { createFinisher, ownerOf, type Generated } from "./finish.ts";
import { link } from "./link.ts";
import { findingLocator } from "./locate.ts";
import type { CompileOptions } from "./options.ts";
import { applyKey, compareApplyKeys, compareForApply, type ApplyKey } from "./order.ts";
import { loadPlanners } from "./planners.ts";
import type { Resource } from "./resource.ts";
import { compareRefs, createWorld } from "./world.ts";

/** What a set of documents became. */
export interface Compiled extends Compilation {
  /** The generated objects with the declaration each came from, in the order in which they can be applied. */
  readonly generated: readonly Generated[];
}

export interface Compilation {
  /**
   * Objects of the input that pass through, in the order for applying. What an earlier run made of these declarations
   * is left out; what it made of others, such as a rendered file alone, is kept.
   */
  readonly passed: readonly KrmObject[];
  readonly declarations: readonly Declaration[];
  /** Every object of ours in the input, bases and templates too, with the document it was read from. */
  readonly written: readonly { readonly ref: ObjectRef; readonly value: JsonValue }[];
  /** How many documents there were, whatever they are. */
  readonly documents: number;
  readonly findings: readonly Finding[];
}

/** As `Compiled`, with what the caller kept of each generated object. */
export interface CompiledTo<Kept> extends Compilation {
  readonly kept: readonly Kept[];
}

/**
 * Turns documents into objects: decode, link, plan, finish. Pure apart from loading Fairlead's own code; the order of
 * `resources` makes no difference to any byte of the result.
 */
export async function compile(resources: readonly Resource[], options: CompileOptions = {}): Promise<Compiled> {
  const { kept, ...rest } = await compileTo(resources, options, (generated) => generated);
  return { ...rest, generated: kept };
}

/**
 * As `compile`, keeping only what `keep` makes of each object: the text of thousands of objects needs a fifth of the
 * memory of the objects themselves.
 */
export async function compileTo<Kept>(
  resources: readonly Resource[],
  options: CompileOptions,
  keep: (generated: Generated) => Kept,
): Promise<CompiledTo<Kept>> {
  const kinds = await loadKindsOf(resources);
  const findings: Finding[] = [];
  const written: Written[] = [];
  const objects: KrmObject[] = [];
  const origins = new Map<string, Origin>();
  const readFrom: { ref: ObjectRef; value: JsonValue }[] = [];
  const broken: ObjectRef[] = [];
  const located: Finding[] = [];
  const locator = findingLocator();
  const counts = (finding: Finding) => isError(finding) || options.errorsOnly !== true;
  const tell = (finding: Finding, origin: Origin) => {
    if (counts(finding)) located.push(locator.in(finding, origin));
  };
  for (const resource of resources) {
    const result = decode(resource, kinds, options.compat === true);
    for (const finding of result.findings) tell(finding, result.origin);
    for (const finding of result.foreignFindings) tell(finding, { source: resource.source, fields: undefined });
    if (result.decoded.kind === "nothing") {
      const ref = result.findings.find(({ object }) => object !== undefined)?.object;
      if (ref !== undefined && isKindName(ref.kind)) broken.push(ref);
      continue;
    }
    const object = result.decoded.kind === "object" ? result.decoded.object : result.decoded.written.object;
    const key = refKey(refOf(object));
    const twin = origins.get(key);
    if (result.decoded.kind === "object") {
      objects.push(object);
      if (twin === undefined) origins.set(key, result.origin);
      continue;
    }
    if (twin !== undefined) {
      tell(duplicate(object, twin), result.origin);
      continue;
    }
    origins.set(key, result.origin);
    written.push(result.decoded.written);
    readFrom.push({ ref: result.decoded.written.ref, value: resource.value });
  }
  written.sort((a, b) => compareRefs(a.ref, b.ref));

  const environment = chooseEnvironment(written, options.environment);
  const linked = link(written, { environment: environment.name, compat: options.compat === true, broken });
  findings.push(...environment.findings, ...linked.findings);

  // What an earlier run made of these declarations is made anew: a planner that saw it would take it for the user's.
  const owners = new Set(linked.declarations.map(({ ref }) => ownerOf(ref)));
  const world = createWorld({
    environment: environment.name,
    settings: environment.settings,
    declarations: linked.declarations,
    broken: linked.broken,
    objects: objects.filter((object) => !isMadeBy(object, owners)),
  });
  const planners = await loadPlanners(kinds.keys() as Iterable<KindName>);
  const finisher = createFinisher(objects);
  const outputs: { readonly key: ApplyKey; readonly kept: Kept }[] = [];
  for (const declaration of linked.declarations) {
    const planner = planners.get(declaration.kind) as Planner<unknown> | undefined;
    if (planner === undefined) continue;
    const plan = planner.plan(declaration, world);
    findings.push(...plan.findings);
    for (const generated of finisher.add(plan, declaration))
      outputs.push({ key: applyKey(generated.object), kept: keep(generated) });
  }
  for (const planner of planners.values()) if (planner.check !== undefined) findings.push(...planner.check(world));
  findings.push(...finisher.findings);
  return {
    kept: outputs.sort((a, b) => compareApplyKeys(a.key, b.key)).map(({ kept }) => kept),
    passed: objects.filter((object) => !isMadeBy(object, owners) && !finisher.makes(object)).sort(compareForApply),
    declarations: linked.declarations,
    written: readFrom,
    documents: resources.length,
    findings: [...located, ...findings.filter(counts).map((finding) => locator.of(finding, origins))],
  };
}

function isMadeBy({ metadata }: KrmObject, owners: ReadonlySet<string>): boolean {
  return owners.has(metadata?.annotations?.[ownerAnnotation] ?? "");
}

function duplicate(object: KrmObject, first: Origin): Finding {
  const ref = refOf(object);
  const { file, line } = first.source.locator()([], "value");
  return compileFinding("FL105", {
    message: `${formatRef(ref)} is declared twice; the other declaration is at ${line === undefined ? file : `${file}:${line}`}`,
    hint: "rename one of them, or remove it",
    object: ref,
    field: ["metadata", "name"],
  });
}
