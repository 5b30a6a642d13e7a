import { get, isObject, schemaForKind, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { AdmissionContext } from "../admission/admission.ts";
import type { AdmissionHost, ServiceAddress } from "../admission/host.ts";
import { typedObject } from "../api/decode-object.ts";
import type { Server } from "../api/server.ts";
import { fromStorage, toStorage } from "../api/versions.ts";
import { internalError } from "../errors.ts";
import type { StandIns } from "./stand-ins.ts";
import type { Kind } from "../resources/kind.ts";
import type { Resource } from "../resources/resource.ts";

/**
 * What webhooks and admission policies need of the server. It is asked late: admission is a part of it. `standIns` are
 * programs of this machine that answer in place of simulated pods.
 */
export function admissionHost(server: () => Server, context: AdmissionContext, standIns: StandIns): AdmissionHost {
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
      const kind = kindOfObject(server().kinds.of(resource), object);
      const options = { validation: "Ignore", warn: () => {}, refuse: internalError } as const;
      if (isOfSubresource(object, resource)) return typedObject(object, kind, [], options);
      return fromStorage(typedObject(toStorage(object, kind), kind, [], options), resource);
    },
    convert: (object, from, to) =>
      isOfSubresource(object, from) ? object : fromStorage(toStorage(object, server().kinds.of(from)), to),
    schemaOf: (resource, object) => kindOfObject(server().kinds.of(resource), object),
    resolveService: (namespace, name, port) => {
      const address = serviceAddress(context, namespace, name, port);
      return standIns.of(namespace, name, port) ?? address;
    },
  };
}

/** A Scale, a Binding: the body of a subresource that has a kind of its own. */
const isOfSubresource = (object: JsonObject, { kind }: Resource): boolean => textOf(object["kind"]) !== kind;

function kindOfObject(kind: Kind, object: JsonObject): Kind {
  if (!isOfSubresource(object, kind.resource)) return kind;
  const schema = schemaForKind(textOf(object["apiVersion"]), textOf(object["kind"]));
  const { resolve: _, ...rest } = kind;
  return { ...rest, isCustom: false, schema };
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
