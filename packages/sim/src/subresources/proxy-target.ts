import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Server, SubresourceCall } from "../api/server.ts";
import { ApiError, badRequest, notFound } from "../errors.ts";
import { storeKey } from "../resources/kind.ts";
import { listOf } from "./pods-container.ts";

/** A port of a pod that a request is passed on to. */
export interface ProxyTarget {
  readonly pod: JsonObject;
  readonly scheme: string;
  readonly port: number;
}

/** `name`, `name:port` and `scheme:name:port`; throws 400 for others. */
function splitId(id: string, what: string): { readonly scheme: string; readonly name: string; readonly port: string } {
  const parts = id.split(":");
  const [scheme, name, port] = parts.length === 3 ? parts : ["", parts[0], parts[1]];
  if (parts.length > 3 || !name || !["", "http", "https"].includes(scheme!)) {
    throw badRequest(`invalid ${what} request ${JSON.stringify(id)}`);
  }
  return { scheme: scheme!, name, port: port ?? "" };
}

/** Where `pods/NAME/proxy` leads to: the first port of the pod unless it names one. */
export function podTarget({ store }: Server, { info, resource }: SubresourceCall): ProxyTarget {
  const { scheme, name, port } = splitId(info.name, "pod");
  const pod = store.get("pods", storeKey(info.namespace, name))?.object;
  if (pod === undefined) throw notFound(resource, name);
  if (textOf(get(pod["status"], "podIP")) === "") throw badRequest("address not allowed");
  return { pod, scheme, port: Number(port === "" ? (firstPort(pod) ?? 80) : port) };
}

function firstPort(pod: JsonObject): JsonValue | undefined {
  const ports = listOf(get(pod["spec"], "containers")).flatMap((one) => listOf(get(one, "ports")));
  return get(ports[0], "containerPort");
}

/** Where `services/NAME/proxy` leads to: any pod among the Endpoints of the Service. Throws 503 where there is none. */
export function serviceTarget({ store, random }: Server, { info, resource }: SubresourceCall): ProxyTarget {
  const { scheme, name, port } = splitId(info.name, "service");
  const key = storeKey(info.namespace, name);
  const portName = /^\d+$/.test(port) ? nameOfPort(store.get("services", key)?.object, Number(port)) : port;
  const endpoints = store.get("endpoints", key)?.object;
  if (endpoints === undefined) throw notFound(resource, name);
  const subsets = listOf(endpoints["subsets"]);
  if (subsets.length === 0) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  const targets = subsets.flatMap((subset) => {
    const found = listOf(get(subset, "ports")).find((one) => textOf(get(one, "name")) === portName);
    return found === undefined
      ? []
      : listOf(get(subset, "addresses")).flatMap((address) => {
          const target = get(address, "targetRef");
          const pod = store.get(
            "pods",
            storeKey(textOf(get(target, "namespace")), textOf(get(target, "name"))),
          )?.object;
          return pod === undefined ? [] : [{ pod, scheme, port: Number(get(found, "port")) }];
        });
  });
  const chosen = targets[Math.floor(random() * targets.length)];
  if (chosen === undefined) throw unavailable(`no endpoints available for service ${JSON.stringify(info.name)}`);
  return chosen;

  function nameOfPort(service: JsonObject | undefined, number: number): string {
    if (service === undefined) throw notFound(resource, name);
    const found = listOf(get(service["spec"], "ports")).find((one) => get(one, "port") === number);
    if (found === undefined) throw unavailable(`no service port ${number} found for service ${JSON.stringify(name)}`);
    return textOf(get(found, "name"));
  }
}

/** What a server answers that reaches nobody. */
export function unavailable(message: string): ApiError {
  return new ApiError(503, "ServiceUnavailable", message);
}
