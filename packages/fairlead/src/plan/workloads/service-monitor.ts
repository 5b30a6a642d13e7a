import type { LabelSelector } from "@fairlead/apimachinery/k8s";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { object, stringMap } from "../shared/read.ts";
import { nameLabel } from "../names.ts";
import type { WorkloadContext } from "./context.ts";
import { metricsOf, metricsPortReference } from "./metrics.ts";
import { monitorLabels } from "./pod-monitor.ts";
import { mainServicePorts } from "./ports.ts";
import { serviceRoleLabel } from "./service.ts";

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor */
export function planServiceMonitor(context: WorkloadContext<AppSpec>): KrmObject | undefined {
  const metrics = metricsOf(context);
  if (metrics?.via !== "ServiceMonitor") return undefined;
  const port = servicePortOfMetrics(context);
  if (port === undefined) return undefined;
  const { declaration, world } = context;
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: objectMetadata(declaration, world, { name: context.name, labels: monitorLabels(context) }),
    spec: {
      selector: serviceSelector(context),
      endpoints: [fields({ port, path: metrics.path, interval: metrics.interval })],
    },
  };
}

/** The name of the Service port that leads to the metrics. */
export function servicePortOfMetrics(context: WorkloadContext<AppSpec>): string | undefined {
  const reference = metricsPortReference(context);
  if (reference === undefined) return undefined;
  const ports = mainServicePorts(context);
  const target = "name" in reference ? reference.name : reference.number;
  const found =
    ports.find(({ targetPort }) => targetPort === target) ??
    ports.find(({ name, targetPort }) => name === target || targetPort === metricsOf(context)?.port);
  return found === undefined || found.name === "" ? undefined : found.name;
}

/** The labels of the App's main Service; the Services beside it are marked and left out. */
function serviceSelector(context: WorkloadContext<AppSpec>): LabelSelector {
  const written = stringMap(object(context.spec.service)?.labels);
  if (context.mode === "exact") return { matchLabels: written };
  if (context.mode === "compat") return { matchLabels: { app: context.name } };
  return {
    matchLabels: { [nameLabel]: context.name },
    matchExpressions: [{ key: serviceRoleLabel, operator: "DoesNotExist" }],
  };
}
