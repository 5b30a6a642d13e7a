import type { JsonObject } from "@fairlead/apimachinery";
import { packed } from "./generated/bootstrap.ts";
import { unpack } from "./unpack.ts";

/**
 * What kube-apiserver creates when it starts on an empty store: namespaces, RBAC's own roles
 * and bindings, priority classes, flow schemas and priority levels, the local APIServices, the default ServiceCIDR. They
 * have no `uid` and no `resourceVersion`; every time they contain (`creationTimestamp`, of `managedFields`, of conditions)
 * is `now`. What depends on the server's address (the Service `kubernetes`, its slices, its Lease) is not among them,
 * and the rules of aggregated ClusterRoles are null, as they are until the aggregation controller has filled them in.
 * @param now RFC 3339 with seconds.
 */
export function bootstrapObjects(now: string): readonly JsonObject[] {
  const text = unpack(packed).toString("utf8");
  return text
    .replace(emptyTimes, (_found, field: string) => `"${field}":${JSON.stringify(now)}`)
    .split("\n")
    .map((line) => JSON.parse(line) as JsonObject);
}

const emptyTimes = /"(creationTimestamp|time|lastTransitionTime)":""/g;
