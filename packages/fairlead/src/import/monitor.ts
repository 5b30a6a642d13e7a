import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { named } from "./metadata.ts";

/** A PodMonitor or ServiceMonitor as `monitoring.prometheus`; what has no word there shows up as a difference later. */
export function monitorFields(monitor: KrmObject | undefined): JsonObject {
  if (monitor === undefined) return {};
  const spec = monitor["spec"];
  const list = get(spec, monitor.kind === "PodMonitor" ? "podMetricsEndpoints" : "endpoints");
  const endpoint = Array.isArray(list) ? list[0] : undefined;
  const port = get(endpoint, "port") ?? get(endpoint, "portNumber") ?? get(endpoint, "targetPort");
  const path = get(endpoint, "path");
  const interval = get(endpoint, "interval");
  return {
    monitoring: {
      prometheus: {
        via: monitor.kind,
        ...(path !== undefined && { path }),
        ...(port !== undefined && { port }),
        ...(interval !== undefined && { interval }),
        ...named("labels", monitor.metadata.labels),
      },
    },
  };
}
