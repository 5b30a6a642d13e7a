import type { JsonValue } from "@fairlead/apimachinery";
import { refKey, refOf, formatRef, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import type { KindName } from "../kinds/load.ts";
import type { Declaration } from "../plan/declaration.ts";
import type { Plan } from "../plan/plan.ts";
import type { Planner } from "../plan/planner.ts";
import { decode, loadKindsOf, type Origin, type Written } from "./decode.ts";
import { chooseEnvironment } from "./environment.ts";
import { compileFinding } from "./findings.ts";
import { finish, isOwned, type Generated } from "./finish.ts";
import { link } from "./link.ts";
import { locate, locateIn } from "./locate.ts";
import type { CompileOptions } from "./options.ts";
import { compareForApply } from "./order.ts";
import { loadPlanners } from "./planners.ts";
import type { Resource } from "./resource.ts";
import { compareRefs, createWorld } from "./world.ts";

/** What a set of documents became. */
export interface Compiled {
  /** The generated objects with the declaration each came from, in the order in which they can be applied. */
  readonly generated: readonly Generated[];
  /** Objects of the input that pass through, in the same order; what Fairlead made in an earlier run is left out. */
  readonly passed: readonly KrmObject[];
  readonly declarations: readonly Declaration[];
  /** Every object of ours in the input, bases and templates too, with the document it was read from. */
  readonly written: readonly { readonly ref: ObjectRef; readonly value: JsonValue }[];
  readonly plans: readonly Plan[];
  readonly findings: readonly Finding[];
}

/**
 * Turns documents into objects: decode, link, plan, finish. Pure apart from loading Fairlead's own code; the order of
 * `resources` makes no difference to any byte of the result.
 */
export async function compile(resources: readonly Resource[], options: CompileOptions = {}): Promise<Compiled> {
  const kinds = await loadKindsOf(resources);
  const findings: Finding[] = [];
  const written: Written[] = [];
  const objects: KrmObject[] = [];
  const origins = new Map<string, Origin>();
  const readFrom: { ref: ObjectRef; value: JsonValue }[] = [];
  const located: Finding[] = [];
  for (const resource of resources) {
    const result = decode(resource, kinds, options.compat === true);
    for (const finding of result.findings) located.push(locateIn(finding, result.origin));
    for (const finding of result.foreignFindings)
      located.push(locateIn(finding, { source: resource.source, fields: undefined }));
    if (result.decoded.kind === "nothing") continue;
    const object = result.decoded.kind === "object" ? result.decoded.object : result.decoded.written.object;
    const key = refKey(refOf(object));
    const twin = origins.get(key);
    if (result.decoded.kind === "object") {
      objects.push(object);
      if (twin === undefined) origins.set(key, result.origin);
      continue;
    }
    if (twin !== undefined) {
      located.push(locateIn(duplicate(object, twin), result.origin));
      continue;
    }
    origins.set(key, result.origin);
    written.push(result.decoded.written);
    readFrom.push({ ref: result.decoded.written.ref, value: resource.value });
  }
  written.sort((a, b) => compareRefs(a.ref, b.ref));

  const environment = chooseEnvironment(written, options.environment);
  const linked = link(written, environment.name, options.compat === true);
  findings.push(...environment.findings, ...linked.findings);

  const world = createWorld({
    environment: environment.name,
    settings: environment.settings,
    declarations: linked.declarations,
    objects,
  });
  const planners = await loadPlanners(kinds.keys() as Iterable<KindName>);
  const plans: Plan[] = [];
  for (const declaration of linked.declarations) {
    const planner = planners.get(declaration.kind) as Planner<unknown> | undefined;
    if (planner !== undefined) plans.push(planner.plan(declaration, world));
  }
  for (const planner of planners.values()) if (planner.check !== undefined) findings.push(...planner.check(world));
  for (const plan of plans) findings.push(...plan.findings);

  const finished = finish(plans, objects);
  findings.push(...finished.findings);
  return {
    generated: [...finished.generated].sort((a, b) => compareForApply(a.object, b.object)),
    passed: objects.filter((object) => !isOwned(object)).sort(compareForApply),
    declarations: linked.declarations,
    written: readFrom,
    plans,
    findings: [...located, ...locate(findings, origins)],
  };
}

function duplicate(object: KrmObject, first: Origin): Finding {
  const ref = refOf(object);
  const { file, line } = first.source.locate([], "value");
  return compileFinding("FL105", {
    message: `${formatRef(ref)} is declared twice; the other declaration is at ${file}:${line}`,
    hint: "rename one of them, or remove it",
    object: ref,
    field: ["metadata", "name"],
  });
}
