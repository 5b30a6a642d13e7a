import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { AdmissionContext } from "../admission/admission.ts";
import type { AdmissionHost, ServiceAddress } from "../admission/host.ts";
import { typedObject } from "../api/decode-object.ts";
import type { Server } from "../api/server.ts";
import { fromStorage, toStorage } from "../api/versions.ts";
import { internalError } from "../errors.ts";

/** What webhooks and admission policies need of the server. It is asked late: admission is a part of it. */
export function admissionHost(server: () => Server, context: AdmissionContext): AdmissionHost {
  return {
    context,
    get authorizer() {
      return server().authorizer;
    },
    get clock() {
      return server().clock;
    },
    get resources() {
      return server().table;
    },
    random: () => server().random(),
    decode: (object, resource) => {
      const kind = server().kinds.of(resource);
      const options = { validation: "Ignore", warn: () => {}, refuse: internalError } as const;
      return fromStorage(typedObject(toStorage(object, kind), kind, [], options), resource);
    },
    convert: (object, from, to) => fromStorage(toStorage(object, server().kinds.of(from)), to),
    schemaOf: (resource) => server().kinds.of(resource),
    resolveService: (namespace, name, port) => serviceAddress(context, namespace, name, port),
  };
}

const listOf = (value: unknown, key: string): JsonObject[] => {
  const list = get(value, key);
  return Array.isArray(list) ? list.filter(isObject) : [];
};

/** Cluster addresses lead nowhere here: a Service is reached at the first of its endpoints that is ready. */
function serviceAddress(context: AdmissionContext, namespace: string, name: string, port: number): ServiceAddress {
  const service = context.get("services", namespace, name);
  if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  const spec = get(service, "spec");
  const external = get(spec, "externalName");
  if (get(spec, "type") === "ExternalName" && typeof external === "string") return { host: external, port };
  const wanted = listOf(spec, "ports").find((one) => get(one, "port") === port);
  if (wanted === undefined) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const portName = get(wanted, "name") ?? "";
  for (const slice of context.list("endpointslices.discovery.k8s.io", namespace)) {
    if (get(get(get(slice, "metadata"), "labels"), "kubernetes.io/service-name") !== name) continue;
    const target = get(
      listOf(slice, "ports").find((one) => (get(one, "name") ?? "") === portName),
      "port",
    );
    const ready = listOf(slice, "endpoints").find((one) => get(get(one, "conditions"), "ready") !== false);
    const addresses = get(ready, "addresses");
    const host = Array.isArray(addresses) ? addresses[0] : undefined;
    if (typeof target === "number" && typeof host === "string") return { host, port: target };
  }
  throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
}
