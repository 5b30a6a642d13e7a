import type { KrmObject } from "@fairlead/krm";
import { fields } from "../shared/fields.ts";
import { stringMap } from "../shared/read.ts";
import { exporterPort, hasExporter } from "./exporter.ts";
import type { Pool } from "./pool.ts";

export function poolPodMonitor(pool: Pool): KrmObject | undefined {
  const { spec, world, declaration, metadata, selector, name } = pool;
  if (!hasExporter(pool)) return undefined;
  const labels = { ...stringMap(world.environment.settings.monitoring?.labels), ...spec.exporter?.labels };
  const path = declaration.compat ? "/pgbouncer-metrics" : "/metrics";
  const endpoint = fields({ port: exporterPort(pool), path, interval: spec.exporter?.interval, honorLabels: true });
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: metadata({ name, labels }),
    spec: { selector: { matchLabels: { ...selector } }, podMetricsEndpoints: [endpoint] },
  };
}
