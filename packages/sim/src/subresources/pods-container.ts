import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { storeKey } from "../resources/kind.ts";
import type { Server, SubresourceCall } from "../api/server.ts";
import { ApiError, badRequest, forbidden, methodNotAllowed, notFound } from "../errors.ts";

/** The pod of a request for one of its subresources. Throws 404. */
export function podOf({ store }: Server, { info, resource }: SubresourceCall): JsonObject {
  const pod = store.get("pods", storeKey(info.namespace, info.name))?.object;
  if (pod === undefined) throw notFound(resource, info.name);
  return pod;
}

/** The container that a request means: the named one or the only one. Throws 400 as the API server does. */
export function containerIn(pod: JsonObject, named: string): string {
  const podName = textOf(get(pod["metadata"], "name"));
  const names = (list: string): string[] => listOf(get(pod["spec"], list)).map((one) => textOf(get(one, "name")));
  const mains = names("containers");
  const all = [...names("initContainers"), ...mains, ...names("ephemeralContainers")];
  if (named !== "") {
    if (!all.includes(named)) throw badRequest(`container ${named} is not valid for pod ${podName}`);
    return named;
  }
  if (mains.length === 1) return mains[0]!;
  const choice = `a container name must be specified for pod ${podName}, choose one of: [${all.join(" ")}]`;
  throw badRequest(choice);
}

/** Where a pod that has not been given a node cannot be reached. */
export function checkHost(pod: JsonObject): void {
  if (textOf(get(pod["spec"], "nodeName")) !== "") return;
  throw badRequest(`pod ${textOf(get(pod["metadata"], "name"))} does not have a host assigned`);
}

/** Streams into pods are opened by GET or POST. Throws 405. */
export function checkMethod({ request, info, resource }: SubresourceCall): void {
  if (request.method !== "GET" && request.method !== "POST") throw methodNotAllowed(resource, info.verb);
}

/** Whoever uses GET needs the right to create streams all the same (AuthorizePodWebsocketUpgradeCreatePermission). */
export function checkCreate({ authorizer }: Server, { request, info, resource }: SubresourceCall): void {
  if (info.verb === "create") return;
  const { group, version, namespace, name, subresource } = info;
  const what = { group, version, namespace, name, subresource, resource: info.resource };
  const attributes = { kind: "resource", user: request.user, verb: "create", ...what } as const;
  const { allowed, reason } = authorizer.decide(attributes);
  if (!allowed) throw forbidden(resource, name, reason);
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** What a node answers that is asked for something which nothing really runs. */
export function isSimulated(pod: JsonObject): ApiError {
  const name = textOf(get(pod["metadata"], "name"));
  return new ApiError(
    501,
    "NotImplemented",
    `pod ${JSON.stringify(name)} is simulated: nothing runs in it (its annotation fairlead.dev/process would say what to run)`,
  );
}
