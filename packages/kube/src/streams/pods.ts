import type { ObjectKey, Resource } from "../resource.ts";
import { objectPath } from "../resource.ts";
import type { Client } from "../client/client.ts";

/** Every cluster serves it, so that nobody has to ask. */
export const podResource: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

export type QueryValue = string | number | boolean | readonly string[] | undefined;

/** The path of a pod's subresource; what is undefined is left out of the query, lists are repeated. */
export function podPath(
  client: Pick<Client, "access">,
  pod: ObjectKey,
  subresource: string,
  query: { readonly [name: string]: QueryValue },
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (typeof value === "object") for (const item of value) parameters.append(name, item);
    else parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return `${objectPath(podResource, podKey(client, pod), subresource)}${text === "" ? "" : `?${text}`}`;
}

/** With the namespace that the cluster's access falls back to. */
export function podKey(client: Pick<Client, "access">, pod: ObjectKey): Required<ObjectKey> {
  return { namespace: pod.namespace ?? client.access.namespace, name: pod.name };
}
