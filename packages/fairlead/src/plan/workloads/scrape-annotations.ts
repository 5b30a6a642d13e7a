import type { WorkloadContext } from "./context.ts";
import { metricsOf, podPorts } from "./metrics.ts";

/** The annotations by which a Prometheus without an operator finds pods. */
export function scrapeAnnotations(context: WorkloadContext): { [key: string]: string } {
  const metrics = metricsOf(context);
  if (metrics?.via !== "annotations" || metrics.port === undefined) return {};
  const { port } = metrics;
  const number = typeof port === "number" ? port : podPorts(context).find(({ name }) => name === port)?.containerPort;
  return {
    "prometheus.io/scrape": "true",
    "prometheus.io/path": metrics.path,
    ...(number === undefined ? {} : { "prometheus.io/port": String(number) }),
  };
}
