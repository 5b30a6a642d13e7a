import type { JsonObject } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import type { ResourceLookup } from "@fairlead/kube";

/** What a declaration wants in the cluster. */
export interface Desired {
  /** Each with a namespace if its kind has one, and with its owner if that is possible. */
  readonly objects: readonly KrmObject[];
  /**
   * Whether some of them do not go with the declaration by themselves: the garbage collector knows no owner in another
   * namespace, nor a namespaced owner of what has no namespace.
   */
  readonly needsFinalizer: boolean;
}

/**
 * Makes the declaration the owner of what it generates: it goes when the declaration goes, and `kubectl delete
 * --cascade=foreground` waits for it. https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
 */
export function desiredOf(declaration: KrmObject, generated: readonly KrmObject[], resources: ResourceLookup): Desired {
  const owner = ownerReference(declaration);
  let needsFinalizer = false;
  const objects = generated.map((object): KrmObject => {
    const namespaced = resources(object)?.namespaced !== false;
    const { namespace: written, ...metadata } = object.metadata;
    const namespace = written ?? declaration.metadata.namespace;
    const placed = namespaced && namespace !== undefined ? { ...metadata, namespace } : metadata;
    const isNeighbour = namespaced && namespace === declaration.metadata.namespace;
    if (!isNeighbour) needsFinalizer = true;
    return { ...object, metadata: isNeighbour ? { ...placed, ownerReferences: [owner] } : placed };
  });
  return { objects, needsFinalizer };
}

function ownerReference(declaration: KrmObject): JsonObject {
  const { apiVersion, kind, name } = refOf(declaration);
  const uid = declaration.metadata["uid"];
  return {
    apiVersion,
    kind,
    name,
    uid: typeof uid === "string" ? uid : "",
    controller: true,
    blockOwnerDeletion: true,
  };
}
