import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { isAlreadyExists, isNamespaceTerminating } from "../common/pod-control.ts";
import type { Api, Controller } from "../controller.ts";

/** Every namespace that is not going has a service account `default`. */
export function serviceAccountsController(): Controller {
  return ensured("service-account-controller", "serviceaccounts", "default", () => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default" },
  }));
}

/** And a ConfigMap with the authority that signs the API server's certificate. */
export function rootCaPublisher(certificate: () => string): Controller {
  return ensured("root-ca-certificate-publisher", "configmaps", "kube-root-ca.crt", () => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "kube-root-ca.crt",
      annotations: {
        "kubernetes.io/description":
          "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
      },
    },
    data: { "ca.crt": certificate() },
  }));
}

function ensured(name: string, collection: string, object: string, make: () => JsonObject): Controller {
  return {
    name,
    watches: [
      { collection: "namespaces", keys: (namespace, { kind }) => (kind === "deleted" ? [] : [nameOf(namespace)]) },
      {
        collection,
        keys: (one, { kind }) =>
          kind !== "added" && nameOf(one) === object ? [textOf(get(one["metadata"], "namespace"))] : [],
      },
    ],
    reconcile: async (namespace, { api }) => {
      if (!isActive(namespace, api)) return undefined;
      const wanted = make();
      const there = api.get(collection, { namespace, name: object });
      if (there !== undefined) {
        if (wanted["data"] === undefined || get(there["data"], "ca.crt") === get(wanted["data"], "ca.crt"))
          return undefined;
        await api.update(collection, { ...there, data: wanted["data"] });
        return undefined;
      }
      try {
        await api.create(collection, { ...wanted, metadata: { ...(wanted["metadata"] as JsonObject), namespace } });
      } catch (error) {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
      }
      return undefined;
    },
  };
}

function nameOf(object: JsonObject): string {
  return textOf(get(object["metadata"], "name"));
}

function isActive(name: string, api: Api): boolean {
  const namespace = api.get("namespaces", { namespace: "", name });
  return namespace !== undefined && get(namespace["status"], "phase") !== "Terminating";
}
