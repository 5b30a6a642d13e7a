import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Server, SubresourceCall, SubresourceHandler } from "../api/server.ts";
import { ApiError, notFound } from "../errors.ts";
import { storeKey } from "../resources/kind.ts";
import { passOn } from "../streams/pass-on.ts";
import { admitConnect } from "./admit-connect.ts";
import type { PodAccess } from "./pod-access.ts";
import { isSimulated } from "./pods-container.ts";
import { podTarget, serviceTarget, unavailable, type ProxyTarget } from "./proxy-target.ts";

/** `pods/proxy` and `services/proxy`: HTTP requests to a port of a pod that really runs, with the answer as it comes. */
export function proxySubresource(
  optionsKind: "PodProxyOptions" | "ServiceProxyOptions",
  find: (server: Server, call: SubresourceCall) => ProxyTarget,
  access: () => PodAccess | undefined,
): SubresourceHandler {
  return async (server, call) => {
    const options = await admitConnect(server, call, proxyOptions(optionsKind, call));
    const { pod, scheme, port } = find(server, call);
    const contact = access()?.find(pod);
    if (contact === undefined) throw isSimulated(pod);
    if (scheme === "https") throw notImplemented("requests are passed on as plain HTTP only");
    const path = textOf(get(options, "path"));
    if (path === "") return moved(call);
    try {
      return await passOn(call.request, path, await contact.ports.connect(port));
    } catch (error) {
      throw unavailable(`error trying to reach service: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

/** `nodes/proxy`: nothing of a node listens here. */
export const nodeProxySubresource: SubresourceHandler = async (server, call) => {
  await admitConnect(server, call, proxyOptions("NodeProxyOptions", call));
  const { info, resource } = call;
  if (server.store.get("nodes", storeKey("", info.name)) === undefined) throw notFound(resource, info.name);
  throw notImplemented(`node ${JSON.stringify(info.name)} has no kubelet that listens`);
};

/** All that pass requests on, by `pods/proxy`. */
export function proxySubresources(
  access: () => PodAccess | undefined,
): readonly (readonly [string, SubresourceHandler])[] {
  return [
    ["pods/proxy", proxySubresource("PodProxyOptions", podTarget, access)],
    ["services/proxy", proxySubresource("ServiceProxyOptions", serviceTarget, access)],
    ["nodes/proxy", nodeProxySubresource],
  ];
}

/** What of the path is meant for whoever is reached. */
function proxyOptions(kind: string, { request, info }: SubresourceCall): JsonObject {
  const parts = request.path.replace(/^\/+|\/+$/g, "").split("/");
  // /api/v1/namespaces/NS/pods/NAME/proxy, /api/v1/nodes/NAME/proxy
  const rest = parts.slice(info.resource === "nodes" ? 5 : 7).join("/");
  let path = rest === "" ? "" : `/${rest}`;
  if (request.path.endsWith("/") && !path.endsWith("/")) path += "/";
  return { kind, apiVersion: "v1", ...(path === "" ? {} : { path }) };
}

/** Whoever asks for nothing is sent to the root, so that links of its page lead on. */
function moved({ request }: SubresourceCall): Awaited<ReturnType<typeof passOn>> {
  const query = request.query.size === 0 ? "" : `?${request.query.toString()}`;
  const headers = { location: `${request.path}/${query}` };
  return { kind: "body", status: 301, contentType: "text/plain; charset=utf-8", body: [], headers };
}

function notImplemented(message: string): ApiError {
  return new ApiError(501, "NotImplemented", message);
}
