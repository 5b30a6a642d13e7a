import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../../findings.ts";
import type { RoutingFact } from "../../model/facts.ts";
import { networking } from "../mark.ts";

/** A routing object that is not copied, because an older one has the name of its copy. */
export function leftOut(fact: RoutingFact, holder: RoutingFact): Finding {
  const message = `${textOf(fact)} is not copied: the copy of ${textOf(holder)} has the same name, and that one is older`;
  return meshFinding("FL818", { message, object: refOf(fact) });
}

/** A routing object that is not copied, because its copy would have the name of an object of the mesh. */
export function nameTaken(fact: RoutingFact): Finding {
  const message = `${textOf(fact)} is not copied: its copy would have the name of an object that is written for a host`;
  return meshFinding("FL818", { message, object: refOf(fact) });
}

export function refOf({ kind, namespace, name }: RoutingFact) {
  return { apiVersion: networking, kind, namespace, name };
}

function textOf({ kind, cluster, namespace, name }: RoutingFact): string {
  return `${kind} ${namespace}/${name} of cluster ${cluster}`;
}
