import { formatRef, refKey, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { ownerAnnotation } from "../plan/names.ts";
import type { Plan } from "../plan/plan.ts";
import { compileFinding } from "./findings.ts";

/** A generated object and the declaration that it came from. */
export interface Generated {
  readonly object: KrmObject;
  readonly owner: ObjectRef;
}

export interface Finished {
  readonly generated: readonly Generated[];
  readonly findings: readonly Finding[];
}

/** Marks every object with its owner, and refuses two of one name. */
export function finish(plans: readonly Plan[], objects: readonly KrmObject[]): Finished {
  const findings: Finding[] = [];
  const foreign = new Map(objects.map((object) => [refKey(refOf(object)), object]));
  const taken = new Map<string, Generated>();
  for (const { scope, desired } of plans) {
    for (const object of desired) {
      const ref = refOf(object);
      const key = refKey(ref);
      const other = taken.get(key);
      if (other !== undefined) {
        findings.push(
          compileFinding("FL106", {
            message: `${formatRef(scope)} and ${formatRef(other.owner)} both make ${formatRef(ref)}`,
            hint: "rename one of them",
            object: scope,
            field: ["metadata", "name"],
          }),
        );
        continue;
      }
      const existing = foreign.get(key);
      if (existing !== undefined && !isOwned(existing)) {
        findings.push(
          compileFinding("FL107", {
            message: `${formatRef(scope)} makes ${formatRef(ref)}, which is in the input already and was not made by Fairlead`,
            hint: `remove the hand-written ${ref.kind}, or rename ${formatRef(scope)}`,
            object: scope,
            field: ["metadata", "name"],
          }),
        );
        continue;
      }
      taken.set(key, { object: withOwner(object, scope), owner: scope });
    }
  }
  return { generated: [...taken.values()], findings };
}

/** The value of the owner annotation: `App/shop/orders-api`; the middle is empty without a namespace. */
export function ownerOf(ref: ObjectRef): string {
  return `${ref.kind}/${ref.namespace ?? ""}/${ref.name}`;
}

/** Whether an object was made by Fairlead in an earlier run, so that this run may replace or remove it. */
export function isOwned(object: KrmObject): boolean {
  return object.metadata.annotations?.[ownerAnnotation] !== undefined;
}

function withOwner(object: KrmObject, owner: ObjectRef): KrmObject {
  const annotations = { ...object.metadata.annotations, [ownerAnnotation]: ownerOf(owner) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
