import type { Schema } from "@fairlead/apimachinery";
import { groupOf } from "@fairlead/krm";

const keyed = (...keys: readonly [string, ...string[]]): Schema => ({
  type: "array",
  items: { type: "object" },
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": [...keys],
});
const set: Schema = { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" };
const object = (properties: { [name: string]: Schema }): Schema => ({ type: "object", properties });

/** By kind; what is keyed is an item to people, whatever Istio's own schemas say of it. */
const kinds: { readonly [kind: string]: Schema } = {
  ServiceEntry: object({
    spec: object({
      hosts: set,
      addresses: set,
      ports: keyed("number"),
      endpoints: keyed("address"),
      subjectAltNames: set,
      exportTo: set,
    }),
  }),
  DestinationRule: object({
    spec: object({
      exportTo: set,
      subsets: keyed("name"),
      trafficPolicy: object({
        loadBalancer: object({ localityLbSetting: object({ distribute: keyed("from"), failover: keyed("from") }) }),
      }),
    }),
  }),
  VirtualService: object({ spec: object({ hosts: set, gateways: set, exportTo: set }) }),
};

/**
 * Which lists of Istio's objects are compared item by item: ports by their number, endpoints by their address, names as
 * sets. Undefined for what is none of its kinds.
 */
export function istioLists(apiVersion: string, kind: string): Schema | undefined {
  return groupOf(apiVersion) === "networking.istio.io" && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}
