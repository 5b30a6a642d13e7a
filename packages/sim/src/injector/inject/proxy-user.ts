import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { at, containerOf, initContainer, named, objectsIn, proxyContainer, validationContainer } from "./pod-parts.ts";

/**
 * Where users' own proxy containers (in `own`) name a user, the network's rules spare that one, and the validation runs
 * as it. A transparent proxy always runs as root.
 */
export function withProxyUser(pod: JsonObject, own: JsonValue | undefined, isTransparent: boolean): JsonObject {
  const asked = at(containerOf(own, proxyContainer), "securityContext");
  const [user, group] = [at(asked, "runAsUser"), at(asked, "runAsGroup")];
  const inits = objectsIn(pod["spec"], "initContainers");
  const init = named(inits, initContainer) ?? named(inits, validationContainer);
  if ((user === undefined && group === undefined) || init === undefined) return pod;
  const change = (container: JsonObject): JsonObject => {
    if (container["name"] === proxyContainer && isTransparent && user !== undefined)
      return runsAs(container, 0, undefined);
    if (container !== init) return container;
    const spared = sparing(container, user);
    return init["name"] === validationContainer && !isTransparent ? runsAs(spared, user, group) : spared;
  };
  const spec = { ...(pod["spec"] as JsonObject), initContainers: inits.map(change) };
  return { ...pod, spec: { ...spec, containers: objectsIn(spec, "containers").map(change) } };
}

function runsAs(container: JsonObject, user: JsonValue | undefined, group: JsonValue | undefined): JsonObject {
  const securityContext: JsonObject = {
    ...(container["securityContext"] as JsonObject | undefined),
    ...(user === undefined ? {} : { runAsUser: user }),
    ...(group === undefined ? {} : { runAsGroup: group }),
  };
  return { ...container, securityContext };
}

function sparing(container: JsonObject, user: JsonValue | undefined): JsonObject {
  const { args } = container;
  if (!Array.isArray(args) || typeof user !== "number" || user === 0) return container;
  const place = args.indexOf("-u");
  if (place === -1 || place + 1 >= args.length) return container;
  return { ...container, args: args.with(place + 1, String(user)) };
}
