import { get, textOf, type JsonObject } from "@fairlead/apimachinery";

/** Keys of the claims of a pod's volumes. */
export function claimsOf(pod: JsonObject): readonly string[] {
  const { namespace, name } = pod["metadata"] as JsonObject;
  const list = get(pod["spec"], "volumes");
  return (Array.isArray(list) ? list : []).flatMap((volume) => {
    const claim = textOf(get(get(volume, "persistentVolumeClaim"), "claimName"));
    const own = get(volume, "ephemeral") === undefined ? claim : `${textOf(name)}-${textOf(get(volume, "name"))}`;
    return own === "" ? [] : [`${textOf(namespace)}/${own}`];
  });
}

export function keyOfClaim(claim: JsonObject): string {
  return `${textOf(get(claim["metadata"], "namespace"))}/${textOf(get(claim["metadata"], "name"))}`;
}
