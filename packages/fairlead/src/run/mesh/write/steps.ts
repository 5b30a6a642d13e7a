import { refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import type { SidecarFact, WrittenFact } from "../../../plan/mesh/model/facts.ts";
import type { ClusterPlan, Edit } from "../../../plan/mesh/model/plan.ts";
import { withSidecarHosts } from "../../../plan/mesh/write/sidecar-edit.ts";
import { meshHostsAnnotation } from "../../../plan/mesh/write/sidecar.ts";
import { isWritten } from "./compare.ts";

/** One write that is needed in a cluster. */
export type Step =
  | { readonly kind: "create"; readonly object: ObjectRef; readonly desired: KrmObject }
  | { readonly kind: "update"; readonly object: ObjectRef; readonly desired: KrmObject }
  | { readonly kind: "delete"; readonly object: ObjectRef }
  | { readonly kind: "edit"; readonly object: ObjectRef; readonly edit: Edit };

export interface Seen {
  /** What the key owns in this cluster. */
  readonly written: readonly WrittenFact[];
  sidecars(namespace: string): readonly SidecarFact[];
  /** Whether the server made of these desired contents what is there, and would again. */
  isAsAnswered(desired: KrmObject, observed: WrittenFact): boolean;
}

/** What must be written so that a cluster is as planned: what is right already is not touched. */
export function stepsOf(plan: ClusterPlan, seen: Seen): Step[] {
  const written = new Map(seen.written.map((fact) => [idOf(fact.apiVersion, fact), fact]));
  const steps: Step[] = [];
  for (const desired of plan.desired) {
    const object = refOf(desired);
    const id = idOf(desired.apiVersion, object);
    const found = written.get(id);
    written.delete(id);
    if (found === undefined) steps.push({ kind: "create", object, desired });
    else if (!isWritten(desired, found.object) && !seen.isAsAnswered(desired, found)) {
      steps.push({ kind: "update", object, desired });
    }
  }
  for (const edit of plan.edits) {
    const { namespace = "", name } = edit.object;
    const fact = seen.sidecars(namespace).find((one) => one.name === name);
    if (fact !== undefined && withSidecarHosts(sidecarOf(fact, edit.object), edit) !== undefined)
      steps.push({ kind: "edit", object: edit.object, edit });
  }
  for (const object of plan.left ?? []) written.delete(idOf(object.apiVersion, object));
  if (plan.complete) {
    // What refers to a host goes before the host.
    for (const { apiVersion, kind, namespace, name } of [...written.values()].toReversed()) {
      steps.push({ kind: "delete", object: { apiVersion, kind, namespace, name } });
    }
  }
  return steps;
}

/** What a watch has told of a Sidecar, as far as an edit looks at it. */
function sidecarOf({ namespace, name, spec, ours = [] }: SidecarFact, { apiVersion, kind }: ObjectRef): KrmObject {
  const annotations = ours.length === 0 ? {} : { [meshHostsAnnotation]: ours.join(",") };
  return { apiVersion, kind, metadata: { name, namespace, annotations }, spec };
}

/** An object is the same one in all versions of its group. */
export function idOf(apiVersion: string, { kind, namespace = "", name }: Omit<ObjectRef, "apiVersion">): string {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return `${group} ${kind} ${namespace} ${name}`;
}
