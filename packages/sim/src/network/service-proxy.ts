import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { asKind, splitKey, type Kinded } from "../controllers/common/objects.ts";
import type { Controller } from "../controllers/controller.ts";
import type { PodNetwork } from "./pod-network.ts";
import { selects, serviceRoute, type Service } from "./service-routes.ts";

export interface ServiceProxyOptions {
  readonly network: PodNetwork;
  /** Whether programs listen at a pod's address. */
  readonly isReal: (pod: JsonObject) => boolean;
}

const retryMs = 5_000;

/** Leads the addresses and names of the address of Services to the ready pods that they select, as kube-proxy and CoreDNS do. */
export function serviceProxy({ network, isReal }: ServiceProxyOptions): Controller {
  return {
    name: "kube-proxy",
    watches: [
      { collection: "services", keys: (service) => [keyOf(service)] },
      { collection: "endpointslices.discovery.k8s.io", keys: (slice) => (isForeign(slice) ? [serviceOf(slice)] : []) },
      {
        collection: "pods",
        keys: (pod, { previous, api }) => {
          const versions = [pod, previous].flatMap((one) => (one === undefined || !isReal(one) ? [] : [one]));
          if (versions.length === 0) return [];
          const namespace = textOf(get(pod["metadata"], "namespace"));
          return api
            .list("services", namespace)
            .filter((one) => versions.some((version) => selects(asKind<Service>(one), asKind<Kinded>(version))))
            .map(keyOf);
        },
      },
    ],
    async reconcile(key, { api, event }) {
      const { namespace, name } = splitKey(key);
      const object = api.get("services", { namespace, name });
      const service = object === undefined ? undefined : asKind<Service>(object);
      if (object === undefined || service === undefined) {
        await network.route(namespace, name, undefined);
        return undefined;
      }
      const pods = api.list("pods", namespace);
      const slices = api.list("endpointslices.discovery.k8s.io", namespace).filter((one) => serviceOf(one) === key);
      const route = serviceRoute({ service, pods, slices, isReal, places: network.places });
      const taken = await network.route(namespace, name, route);
      if (taken.length === 0) return undefined;
      const message = `somebody listens on port ${taken.join(", ")} of the address of Service ${key}`;
      event(object, "Warning", "PortNotAvailable", message);
      return { afterMs: retryMs };
    },
  };
}

/** Those that a control loop makes of pods say what is known already. */
function isForeign(slice: JsonObject): boolean {
  const manager = get(get(slice["metadata"], "labels"), "endpointslice.kubernetes.io/managed-by");
  return manager !== "endpointslice-controller.k8s.io";
}

function serviceOf({ metadata }: JsonObject): string {
  return `${textOf(get(metadata, "namespace"))}/${textOf(get(get(metadata, "labels"), "kubernetes.io/service-name"))}`;
}

function keyOf(object: JsonObject): string {
  return `${textOf(get(object["metadata"], "namespace"))}/${textOf(get(object["metadata"], "name"))}`;
}
