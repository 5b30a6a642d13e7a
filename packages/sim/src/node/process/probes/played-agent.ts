import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import type { ContainerRun } from "../held-pod.ts";
import type { HandlerSpec } from "../pod-types.ts";

/**
 * What a probe or hook asks that Istio's injection has redirected to its agent: the agent knows from a variable what it was.
 * Where the proxy beside is only played there is no agent, so the application is asked itself. Anything else stays.
 */
export function askedOfAgent(handler: HandlerSpec, runs: ReadonlyMap<string, ContainerRun>): HandlerSpec {
  const proxy = runs.get("istio-proxy");
  const { httpGet } = handler;
  if (proxy === undefined || proxy.process !== undefined || httpGet?.path === undefined) return handler;
  const known = parse(proxy.env["ISTIO_KUBE_APP_PROBERS"]);
  const own = isObject(known) && Object.hasOwn(known, httpGet.path) ? known[httpGet.path] : undefined;
  if (!isObject(own)) return handler;
  const action = (["httpGet", "tcpSocket", "grpc"] as const).find((key) => isObject(get(own, key)));
  if (action === undefined) return handler;
  const { httpGet: _, ...rest } = handler;
  return { ...rest, [action]: own[action] } as unknown as HandlerSpec;
}

/** Anybody may set the variable: what cannot be read says nothing. */
function parse(text: string | undefined): JsonValue {
  try {
    return JSON.parse(text ?? "null") as JsonValue;
  } catch {
    return null;
  }
}
