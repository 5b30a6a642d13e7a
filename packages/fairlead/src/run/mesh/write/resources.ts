import type { KrmObject, ObjectRef } from "@fairlead/krm";
import { apiVersionOf, KubeError, type Client, type Resource } from "@fairlead/kube";

/**
 * How a cluster serves a kind: in this version, or, by an older or newer Istio, in another one of the group, which says
 * the same. Throws `unknown-kind` if in none.
 */
export async function resourceFor(client: Client, kind: Pick<ObjectRef, "apiVersion" | "kind">): Promise<Resource> {
  const exact = await client.discovery.find(kind);
  if (exact !== undefined) return exact;
  const group = kind.apiVersion.includes("/") ? kind.apiVersion.split("/")[0] : "";
  const other = (await client.discovery.resources()).find((one) => one.kind === kind.kind && one.group === group);
  if (other !== undefined) return other;
  throw new KubeError("unknown-kind", `the cluster does not serve ${kind.kind} of ${kind.apiVersion}`);
}

/** The object in the version of a resource. */
export function inVersionOf(resource: Resource, object: KrmObject): KrmObject {
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
