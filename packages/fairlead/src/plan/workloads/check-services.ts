import type { FieldPath } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import type { ServiceSettings } from "../../kinds/shared.ts";
import { isPort } from "../shared/names.ts";
import { items, object, scalar, shown, text } from "../shared/read.ts";
import { portHint } from "./check-ports.ts";
import type { WorkloadContext } from "./context.ts";
import { extraMetricsPort, metricsOf, podPorts } from "./metrics.ts";
import { containerServicePorts, hasMainService, serviceName } from "./ports.ts";
import { servicePortOfMetrics } from "./service-monitor.ts";

/** The Services' ports against the containers', and the Services' names against each other. */
export function checkServices(context: WorkloadContext<AppSpec>): void {
  const { declaration, spec } = context;
  const names = new Set<string>();
  const service = object(spec.service);
  if (hasMainService(context)) {
    names.add(serviceName(declaration));
    checkService(context, serviceName(declaration), service ?? {}, ["spec", "service"]);
  }
  for (const [index, settings] of items(spec.services).entries()) {
    if (settings.enabled === false) continue;
    const field = ["spec", "services", index];
    const name = text(settings.name) ?? `${context.name}-${index + 1}`;
    if (names.has(name)) {
      context.report("FL245", {
        message: `two Services are named ${name}`,
        hint: "rename one of them",
        field: [...field, "name"],
      });
    }
    names.add(name);
    checkService(context, name, settings, field);
  }
  checkMetrics(context);
}

function checkService(
  context: WorkloadContext<AppSpec>,
  name: string,
  settings: ServiceSettings,
  field: FieldPath,
): void {
  if (settings.type === "ExternalName") return;
  const written = Array.isArray(settings.ports);
  const ports = written ? items(settings.ports) : containerServicePorts(context);
  if (ports.length === 0 && settings.clusterIP !== "None") {
    const hint = "declare http, grpc or ports in the main container, or write ports here";
    context.report("FL209", { message: `Service ${name} has no ports`, hint, field: [...field, "ports"] });
  }
  const seen = new Map<string, unknown>();
  for (const [index, port] of ports.entries()) {
    const at = written ? [...field, "ports", index] : field;
    const key = `${shown(port.port)}/${shown(port.protocol ?? "TCP")}`;
    if (!isPort(port.port) && written) {
      const message = `${shown(port.port)} is no port number`;
      context.report("FL206", { message, hint: "write a number from 1 to 65535", field: [...at, "port"] });
    }
    const label = text(port.name);
    const twin = [key, label].find((one) => one !== undefined && seen.has(one));
    // Two container ports of one name or number have their own finding.
    if (twin !== undefined && (written || seen.get(twin) !== port.targetPort)) {
      const message = `Service ${name} has port ${twin} twice`;
      const hint = written ? "give each port its own name and number" : "give one of them another servicePort or name";
      context.report("FL207", { message, hint, field: at });
    }
    seen.set(key, port.targetPort);
    if (label !== undefined) seen.set(label, port.targetPort);
    if (written && ports.length > 1 && label === undefined) {
      const hint = "a Service with several ports names each of them";
      context.report("FL205", { message: `port ${key} of Service ${name} has no name`, hint, field: at });
    }
    if (written && object(settings.selector) === undefined)
      checkTarget(context, name, port.targetPort, [...at, "targetPort"]);
  }
}

function checkTarget(context: WorkloadContext<AppSpec>, service: string, target: unknown, field: FieldPath): void {
  const ports = podPorts(context);
  const names = [
    ...ports.flatMap((port) => text(port.name) ?? []),
    ...(extraMetricsPort(context) === undefined ? [] : [extraMetricsPort(context)!.name]),
  ];
  if (typeof target === "string" && !/^\d+$/.test(target)) {
    if (names.includes(target)) return;
    const message = `Service ${service} leads to port ${target}, which no container has`;
    context.report("FL208", { message, hint: portHint(target, names), field });
    return;
  }
  const number = Number(scalar(target));
  if (target === undefined || ports.length === 0 || ports.some((port) => port.containerPort === number)) return;
  context.report("FL208", {
    severity: "warning",
    message: `Service ${service} leads to port ${shown(target)}, which no container declares`,
    hint: `the containers declare ${ports.map((port) => shown(port.containerPort)).join(", ")}`,
    field,
  });
}

function checkMetrics(context: WorkloadContext<AppSpec>): void {
  const metrics = metricsOf(context);
  if (metrics === undefined) return;
  const field = ["spec", "monitoring", "prometheus", "port"];
  if (metrics.port === undefined) {
    // Several containers without a main one have their own finding.
    if (context.main === undefined) return;
    const hint = "write monitoring.prometheus.port, or http in the main container";
    context.report("FL226", { message: "Prometheus has no port to scrape", hint, field });
    return;
  }
  const names = podPorts(context).flatMap((port) => text(port.name) ?? []);
  if (typeof metrics.port === "string" && !names.includes(metrics.port)) {
    const message = `Prometheus is to scrape port ${metrics.port}, which no container has`;
    context.report("FL208", { message, hint: portHint(metrics.port, names), field });
  } else if (
    metrics.via === "ServiceMonitor" &&
    (!hasMainService(context) || servicePortOfMetrics(context) === undefined)
  ) {
    const message = `Service ${serviceName(context.declaration)} has no named port that leads to the metrics`;
    context.report("FL208", { message, hint: "add the port to service.ports, or scrape with via: PodMonitor", field });
  }
}
