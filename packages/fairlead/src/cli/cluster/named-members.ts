import { formatRef, refKey, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { isKubeError, type ApplyPlan, type Client } from "@fairlead/kube";
import { clusterFinding } from "./findings.ts";

/** The part of a deletion that is about these objects, and those of them that are no members. */
export function only(
  whole: ApplyPlan,
  objects: readonly KrmObject[],
  namespace: string,
): { readonly plan: ApplyPlan; readonly strangers: readonly ObjectRef[] } {
  const members = new Set(whole.steps.map((step) => refKey(step.object)));
  const named = new Set<string>();
  const strangers: ObjectRef[] = [];
  for (const object of objects) {
    const { namespace: given = namespace, ...clusterScoped } = refOf(object);
    const keys = [{ ...clusterScoped, namespace: given }, clusterScoped].map(refKey);
    const key = keys.find((one) => members.has(one));
    if (key !== undefined) named.add(key);
    else strangers.push(refOf(object));
  }
  const steps = whole.steps.filter(({ object }) => named.has(refKey(object)));
  return { plan: { ...whole, steps }, strangers };
}

/** What is said of an object that is no member: nothing is wrong if it is gone, and much if it only has another set. */
export async function strangerFinding(
  client: Client,
  ref: ObjectRef,
  whole: ApplyPlan,
  namespace: string,
): Promise<Finding> {
  const set = formatRef({ ...ref, kind: "ConfigMap", ...whole.parent.parent.key });
  const stays = await isThere(client, ref, namespace);
  const message = `${formatRef(ref)} is no member of the set ${set}${stays ? ", and stays in the cluster" : ""}`;
  return clusterFinding("FL772", { message, object: ref, ...(stays ? { severity: "error" as const } : {}) });
}

async function isThere(client: Client, ref: ObjectRef, namespace: string): Promise<boolean> {
  try {
    const resource = await client.discovery.find(ref);
    if (resource === undefined) return false;
    const { name } = ref;
    const key = resource.namespaced ? { name, namespace: ref.namespace ?? namespace } : { name };
    const found = await client.find(resource, key);
    return found !== undefined && found.metadata["deletionTimestamp"] === undefined;
  } catch (error) {
    // It is for the message: who may not read it is not told more.
    if (!isKubeError(error, "forbidden")) throw error;
    return false;
  }
}
