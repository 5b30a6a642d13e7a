import { applyDefaults, definition, formatProblem, validate, type JsonObject } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import { nameProblem } from "../compile/names.ts";
import { loadPlanners } from "../compile/planners.ts";
import { createWorld } from "../compile/world.ts";
import { loadKind, type KindName, type LoadedKind } from "../kinds/load.ts";
import type { Declaration } from "../plan/declaration.ts";
import type { Planner } from "../plan/planner.ts";
import type { World } from "../plan/world.ts";

/** What a declaration becomes, or why it cannot stand. */
export type Rendered =
  | { readonly kind: "objects"; readonly objects: readonly KrmObject[] }
  | { readonly kind: "problem"; readonly problem: string };

/** Renders one declaration among the objects of the input, those in `claimed` (by `refKey`) left out. */
export type Render = (declaration: KrmObject, claimed: Claimed) => Rendered;

export interface Claimed {
  has(key: string): boolean;
}

const names = ["App", "Task", "Route"] as const satisfies readonly KindName[];

/**
 * Loads what rendering needs; `declared` are the declarations that others may refer to. The returned function waits for nothing,
 * so that it can be asked often.
 */
export async function createRender(input: readonly KrmObject[], declared: readonly KrmObject[]): Promise<Render> {
  const kinds = new Map<string, LoadedKind>();
  for (const name of names) kinds.set(name, await loadKind(name));
  const planners = await loadPlanners(names);
  const complete = (object: KrmObject, kind: LoadedKind): Declaration<unknown> => ({
    ref: refOf(object),
    kind: object.kind,
    name: object.metadata.name!,
    namespace: object.metadata.namespace,
    metadata: object.metadata,
    spec: applyDefaults(object["spec"] as JsonObject, kind.schema.properties!["spec"]!, { resolve: definition }),
    compat: false,
  });
  const declarations = declared.map((object) => complete(object, kinds.get(object.kind)!) as Declaration);
  const all = createWorld({ environment: undefined, settings: {}, declarations, objects: input });
  return (object, claimed) => {
    const kind = kinds.get(object.kind);
    const planner = planners.get(object.kind) as Planner<unknown> | undefined;
    if (kind === undefined || planner === undefined) throw new Error(`no planner for ${object.kind}`);
    const name = nameProblem(object.metadata.name);
    if (name !== undefined) return { kind: "problem", problem: name.message };
    const problem = validate(object, kind.schema, { resolve: definition }).find(({ tolerated }) => tolerated !== true);
    if (problem !== undefined) return { kind: "problem", problem: formatProblem(problem) };
    const plan = planner.plan(complete(object, kind), without(all, claimed));
    const error = plan.findings.find(({ severity }) => severity === "error");
    return error === undefined
      ? { kind: "objects", objects: plan.desired }
      : { kind: "problem", problem: error.message };
  };
}

function without(world: World, claimed: Claimed): World {
  const free = (object: KrmObject | undefined) =>
    object === undefined || claimed.has(refKey(refOf(object))) ? undefined : object;
  return {
    ...world,
    object: (kind, namespace, name) => free(world.object(kind, namespace, name)),
    allObjects: (kind) => world.allObjects(kind).filter((object) => free(object) !== undefined),
  };
}
