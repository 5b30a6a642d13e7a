import { isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { annotationsOf, containerOf, jsonIn, named, objectsIn, proxyContainer } from "./pod-parts.ts";
import { withProxyUser } from "./proxy-user.ts";
import { overlay, type Failed } from "./run-templates.ts";

const overridesAnnotation = "proxy.istio.io/overrides";
export const statusAnnotation = "sidecar.istio.io/status";

/** The names of what an earlier injection has added; undefined if there was none. */
export function earlierStatus(
  pod: JsonObject,
): { readonly containers: Set<string>; readonly initContainers: Set<string> } | undefined {
  const text = annotationsOf(pod["metadata"])[statusAnnotation];
  const status = text === undefined ? undefined : jsonIn(text);
  if (!isObject(status)) return undefined;
  const namesOf = (value: JsonValue | undefined): Set<string> =>
    new Set(Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
  return { containers: namesOf(status["containers"]), initContainers: namesOf(status["initContainers"]) };
}

/** The pod as it was before an earlier injection, as well as that can be told. */
export function stripped(pod: JsonObject): JsonObject {
  const status = earlierStatus(pod);
  const overrides = overridesOf(pod);
  if (status === undefined && overrides === undefined) return pod;
  const metadata = pod["metadata"] as JsonObject;
  const annotations = { ...(metadata["annotations"] as JsonObject) };
  delete annotations[statusAnnotation];
  const left = (key: "containers" | "initContainers"): JsonObject[] =>
    objectsIn(pod["spec"], key).filter((one) => !(status?.[key].has(textOf(one["name"])) ?? false));
  const [regular, init] = [left("containers"), left("initContainers")];
  const back = [...objectsIn(overrides, "containers"), ...objectsIn(overrides, "initContainers")];
  for (const one of back) {
    // Users write their proxy among the regular containers, also where it becomes a native sidecar.
    const isInit = objectsIn(overrides, "initContainers").includes(one) && one["name"] !== proxyContainer;
    const list = isInit ? init : regular;
    if (named(list, textOf(one["name"])) === undefined) list.push(one);
  }
  const spec = { ...(pod["spec"] as JsonObject), containers: regular, initContainers: init };
  return { ...pod, metadata: { ...metadata, annotations }, spec };
}

function overridesOf(pod: JsonObject): JsonObject | undefined {
  const text = annotationsOf(pod["metadata"])[overridesAnnotation];
  const value = text === undefined ? undefined : jsonIn(text);
  return isObject(value) ? value : undefined;
}

/**
 * What users have written of a container that templates have, too, stands over the template: their `istio-proxy`
 * customizes the proxy. The image `auto` is the template's. It is remembered in an annotation for the next injection.
 */
export function withOverrides(
  merged: JsonObject,
  pod: JsonObject,
  template: JsonObject,
  proxyConfig: JsonObject,
): JsonObject | Failed {
  const text = annotationsOf(pod["metadata"])[overridesAnnotation];
  if (text !== undefined && overridesOf(pod) === undefined)
    return { kind: "failed", message: `failed to re apply container: invalid annotation ${overridesAnnotation}` };
  const existing = overridesOf(pod);
  const status = earlierStatus(pod);
  const isInjected = annotationsOf(pod["metadata"])[statusAnnotation] !== undefined;
  const found: { containers: JsonObject[]; initContainers: JsonObject[] } = { containers: [], initContainers: [] };
  let result = merged;
  for (const key of ["containers", "initContainers"] as const) {
    for (const { name } of objectsIn(template["spec"], key)) {
      const own = named(objectsIn(existing, key), textOf(name));
      // What an earlier injection has added is nobody's wish.
      if (own === undefined && (status?.[key].has(textOf(name)) ?? false)) continue;
      const match =
        own ??
        (key === "containers"
          ? named(objectsIn(pod["spec"], key), textOf(name))
          : containerOf(pod["spec"], textOf(name)));
      if (match === undefined) continue;
      const { image, ...rest } = isInjected && name !== proxyContainer ? withoutProbes(match) : match;
      const wish: JsonObject = image === undefined || image === "auto" || image === "" ? rest : { ...rest, image };
      found[key].push(wish);
      result = overlay(result, { spec: { [key]: [wish] } });
    }
  }
  if (!isInjected && found.containers.length + found.initContainers.length > 0) {
    const kept = Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0));
    result = overlay(result, { metadata: { annotations: { [overridesAnnotation]: JSON.stringify(kept) } } });
  }
  const isTproxy =
    proxyConfig["interceptionMode"] === "TPROXY" ||
    annotationsOf(result["metadata"])["sidecar.istio.io/interceptionMode"] === "TPROXY";
  return withProxyUser(result, isInjected ? existing : pod["spec"], isTproxy);
}

/** Those of an injected pod lead to the agent already. */
function withoutProbes(container: JsonObject): JsonObject {
  const { readinessProbe: _r, livenessProbe: _l, startupProbe: _s, lifecycle: _h, ...rest } = container;
  return rest;
}
