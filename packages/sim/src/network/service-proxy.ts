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
      if (key === "default/kubernetes") return undefined;
      const object = api.get("services", { namespace, name });
      const service = object === undefined ? undefined : asKind<Service>(object);
      if (object === undefined || service === undefined || service.spec.type === "ExternalName") {
        await network.route(namespace, name, undefined);
        return undefined;
      }
      const pods = api.list("pods", namespace);
      const route = serviceRoute({ service, pods, isReal, places: network.places });
      const taken = await network.route(namespace, name, route);
      if (taken.length === 0) return undefined;
      const message = `somebody listens on port ${taken.join(", ")} of the address of Service ${key}`;
      event(object, "Warning", "PortNotAvailable", message);
      return { afterMs: retryMs };
    },
  };
}

function keyOf(object: JsonObject): string {
  return `${textOf(get(object["metadata"], "namespace"))}/${textOf(get(object["metadata"], "name"))}`;
}
