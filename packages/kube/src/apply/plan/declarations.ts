import { equal, get } from "@fairlead/apimachinery";
import { formatRef, refKey, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import type { Resource } from "../../resource.ts";
import type { ApplySetOptions } from "../apply-set.ts";
import { applyFinding } from "../findings.ts";
import type { ResourceLookup } from "./custom-resource.ts";
import { desiredObject } from "./desired.ts";
import { compareRefs } from "./phase.ts";

/** One object to apply, as it is sent. */
export interface Declared {
  readonly ref: ObjectRef;
  readonly resource: Resource;
  readonly desired: KrmObject;
}

export interface Declarations {
  /** In the order in which they are applied. */
  readonly objects: readonly Declared[];
  /** `refKey`s of all that was declared, also of what cannot be applied: none of it is superfluous. */
  readonly keys: readonly string[];
  readonly findings: readonly Finding[];
}

interface Context {
  readonly resources: ResourceLookup;
  readonly options: ApplySetOptions;
  readonly id: string;
}

/** Brings declared objects into the form in which they are sent, and finds those that cannot be. */
export function declarations(objects: readonly KrmObject[], context: Context): Declarations {
  const findings: Finding[] = [];
  const byKey = new Map<string, Declared>();
  const reported = new Set<string>();
  const keys: string[] = [];
  for (const object of objects) {
    const made = declare(object, context);
    if ("finding" in made) {
      findings.push(made.finding);
      keys.push(refKey(made.ref));
      continue;
    }
    const key = refKey(made.ref);
    const other = byKey.get(key);
    if (other === undefined) byKey.set(key, made);
    else if (!reported.has(key) || !equal(other.desired, made.desired)) {
      findings.push(twice(made.ref, equal(other.desired, made.desired)));
      reported.add(key);
    }
    keys.push(key);
  }
  const sortedObjects = [...byKey.values()].sort((a, b) => compareRefs(a.ref, b.ref));
  return { objects: sortedObjects, keys, findings };
}

function twice(ref: ObjectRef, same: boolean): Finding {
  const message = same
    ? `${formatRef(ref)} is declared twice, with the same content`
    : `${formatRef(ref)} is declared twice, with different contents`;
  return applyFinding("FL700", { message, object: ref, ...(same ? { severity: "warning" as const } : {}) });
}

function declare(object: KrmObject, context: Context): Declared | { finding: Finding; ref: ObjectRef } {
  const { resources, options, id } = context;
  const given = refOf(object);
  const resource = resources(object);
  if (resource === undefined) {
    const message = `the cluster does not serve ${given.apiVersion} ${given.kind}, which ${formatRef(given)} is`;
    return { finding: applyFinding("FL701", { message, object: given, field: ["kind"] }), ref: given };
  }
  const namespace = resource.namespaced ? (given.namespace ?? options.namespace) : undefined;
  const { namespace: _, ...clusterScoped } = given;
  const ref: ObjectRef = namespace === undefined ? clusterScoped : { ...clusterScoped, namespace };
  if (given.name === "") {
    const generated =
      get(object.metadata, "generateName") === undefined ? "" : ": generateName makes a new one each time";
    const message = `a ${given.kind} has no name${generated}`;
    return { finding: applyFinding("FL709", { message, object: ref, field: ["metadata", "name"] }), ref };
  }
  if (resource.namespaced && namespace === undefined) {
    const message = `${formatRef(given)} names no namespace`;
    return { finding: applyFinding("FL709", { message, object: ref, field: ["metadata", "namespace"] }), ref };
  }
  return { ref, resource, desired: desiredObject(object, resource, { namespace, id }) };
}
