import { definition, formatProblem, get, schemaForKind, validate } from "@fairlead/apimachinery";
import { formatRef, refKey, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import type { Declaration } from "../plan/declaration.ts";
import { ownerAnnotation } from "../plan/names.ts";
import type { Plan } from "../plan/plan.ts";
import { compileFinding } from "./findings.ts";

/** A generated object and the declaration that it came from. */
export interface Generated {
  readonly object: KrmObject;
  readonly owner: ObjectRef;
}

/** Takes plans one by one, so that nobody has to hold all objects at once. */
export interface Finisher {
  /** The objects of a plan that may go out, marked with their owner. */
  add(plan: Plan, declaration: Declaration): Generated[];
  /** Whether one of the plans makes an object of this kind and name. */
  makes(object: KrmObject): boolean;
  readonly findings: readonly Finding[];
}

/** Marks every object with its owner, and refuses two of one name and what the API server would refuse. */
export function createFinisher(objects: readonly KrmObject[]): Finisher {
  const findings: Finding[] = [];
  const foreign = new Set(objects.filter((object) => !isOwned(object)).map((object) => refKey(refOf(object))));
  const takenBy = new Map<string, ObjectRef>();
  const add = ({ scope, desired }: Plan, declaration: Declaration): Generated[] => {
    const generated: Generated[] = [];
    for (const object of desired) {
      const ref = refOf(object);
      const key = refKey(ref);
      const other = takenBy.get(key);
      if (other !== undefined) findings.push(twice(scope, other, ref));
      else if (foreign.has(key)) findings.push(handWritten(scope, ref));
      else {
        takenBy.set(key, scope);
        generated.push({ object: withOwner(object, scope), owner: scope });
      }
    }
    // Everything else was checked where it was written; a patch can make anything of an object.
    if (declaration.spec["patches"] !== undefined)
      for (const { object } of generated) findings.push(...broken(object, scope));
    return generated;
  };
  return { add, makes: (object) => takenBy.has(refKey(refOf(object))), findings };
}

/** The value of the owner annotation: `App/shop/orders-api`; the middle is empty without a namespace. */
export function ownerOf(ref: ObjectRef): string {
  return `${ref.kind}/${ref.namespace ?? ""}/${ref.name}`;
}

/** Whether an object was made by Fairlead in an earlier run, so that this run may replace or remove it. */
export function isOwned(object: KrmObject): boolean {
  // What passes through may lack metadata, or have anything in its place.
  return get(get(object["metadata"], "annotations"), ownerAnnotation) !== undefined;
}

function withOwner(object: KrmObject, owner: ObjectRef): KrmObject {
  const annotations = { ...object.metadata.annotations, [ownerAnnotation]: ownerOf(owner) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function twice(scope: ObjectRef, other: ObjectRef, ref: ObjectRef): Finding {
  return compileFinding("FL106", {
    message: `${formatRef(scope)} and ${formatRef(other)} both make ${formatRef(ref)}`,
    hint: "rename one of them",
    object: scope,
    field: ["metadata", "name"],
  });
}

function handWritten(scope: ObjectRef, ref: ObjectRef): Finding {
  return compileFinding("FL107", {
    message: `${formatRef(scope)} makes ${formatRef(ref)}, which is in the input already and was not made by Fairlead`,
    hint: `remove the hand-written ${ref.kind}, or rename ${formatRef(scope)}`,
    object: scope,
    field: ["metadata", "name"],
  });
}

function broken(object: KrmObject, scope: ObjectRef): Finding[] {
  const schema = schemaForKind(object.apiVersion, object.kind);
  if (schema === undefined) return [];
  return validate(object, schema, { resolve: definition })
    .filter(({ tolerated }) => tolerated !== true)
    .map((problem) =>
      compileFinding("FL130", {
        message: `${formatRef(refOf(object))} would be refused: ${formatProblem(problem)}`,
        object: scope,
        field: ["spec", "patches"],
      }),
    );
}
