import type { KrmObject } from "@fairlead/krm";
import { fields } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { object, stringMap } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { podSelector } from "./labels.ts";
import { metricsOf, metricsPortReference } from "./metrics.ts";

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor */
export function planPodMonitor(context: WorkloadContext): KrmObject | undefined {
  const metrics = metricsOf(context);
  if (metrics?.via !== "PodMonitor") return undefined;
  const port = metricsPortReference(context);
  if (port === undefined) return undefined;
  const { declaration, world } = context;
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: objectMetadata(declaration, world, { name: context.name, labels: monitorLabels(context) }),
    spec: {
      selector: podSelector(context),
      podMetricsEndpoints: [
        fields({
          port: "name" in port ? port.name : undefined,
          portNumber: "number" in port ? port.number : undefined,
          path: metrics.path,
          interval: metrics.interval,
        }),
      ],
    },
  };
}

/** Labels by which a Prometheus selects its monitors. */
export function monitorLabels(context: WorkloadContext): { [key: string]: string } {
  return {
    ...stringMap(object(context.world.environment.settings.monitoring)?.labels),
    ...stringMap(object(object(context.spec.monitoring)?.prometheus)?.labels),
  };
}
