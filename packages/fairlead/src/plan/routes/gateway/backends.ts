import type { FieldPath, JsonObject } from "@fairlead/apimachinery";
import { fields } from "../../shared/fields.ts";
import type { Backend, ResolvedRoute } from "../model.ts";
import { numberedPort, unsupported } from "../unsupported.ts";

/**
 * Services by weight. A Rollout's Service comes with its canary, all weight on the stable one: the Rollout moves it.
 * Undefined when something cannot be expressed, which is reported.
 */
export function backendRefs(
  route: ResolvedRoute,
  backends: readonly Backend[],
  field: FieldPath,
): JsonObject[] | undefined {
  const found: JsonObject[] = [];
  for (const backend of backends) {
    const { name, namespace, canary, kind, scheme } = backend;
    if (kind === "TraefikService") {
      const hint = "write `rollout: {trafficRouter: gateway}` in the App";
      return unsupported(route, `the TraefikService ${name}`, field, hint);
    }
    if (scheme === "https") {
      const hint = "write a BackendTLSPolicy for the Service, and leave the scheme out";
      return unsupported(route, "the scheme https", field, hint);
    }
    const port = numberedPort(route, backend, field);
    if (port === undefined) return undefined;
    if (canary === undefined) {
      found.push(fields({ name, namespace, port, weight: backends.length > 1 ? backend.weight : undefined }));
    } else {
      if (backends.length > 1) return unsupported(route, "a Rollout among weighted backends", field);
      found.push({ name, port, weight: 100 }, { name: canary, port, weight: 0 });
    }
  }
  return found;
}
