import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import type { ServiceSettings } from "../../kinds/shared.ts";
import { fields, filled, orderedFields, without } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { items, object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { selectorLabels } from "./labels.ts";
import { containerServicePorts, hasMainService, serviceName, type PlannedServicePort } from "./ports.ts";

const ownFields = { enabled: true, name: true, labels: true, annotations: true } as const;
const order = ["type", "clusterIP", "clusterIPs", "externalName", "selector", "ports"];

/** The App's Services: the main one, and those of `services`. */
export function planServices(context: WorkloadContext<AppSpec>): KrmObject[] {
  const { declaration, spec } = context;
  const services: KrmObject[] = [];
  if (hasMainService(context)) {
    services.push(serviceObject(context, serviceName(declaration), object(spec.service) ?? {}));
  }
  for (const [index, settings] of items(spec.services).entries()) {
    if (settings.enabled === false) continue;
    services.push(serviceObject(context, text(settings.name) ?? `${context.name}-${index + 1}`, settings));
  }
  return services;
}

/** A Service of the App's pods; ports and selector are the App's unless `settings` has its own. */
export function serviceObject(
  context: WorkloadContext<AppSpec>,
  name: string,
  settings: ServiceSettings,
  extraLabels: { readonly [key: string]: string } = {},
): KrmObject {
  const { declaration, world } = context;
  const written = without(settings, ownFields);
  const external = settings.type === "ExternalName";
  const ports = containerServicePorts(context).map(writtenPort);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: objectMetadata(declaration, world, {
      name,
      labels: { ...extraLabels, ...settings.labels },
      annotations: settings.annotations,
    }),
    spec: orderedFields(
      {
        ...(external ? {} : { selector: filled(selectorLabels(context)), ports: filled(ports) }),
        ...written,
      },
      order,
    ),
  };
}

/** Marks Services beside the main one, so that monitors tell them apart. */
export const serviceRoleLabel = "fairlead.dev/service-role";

/** A Service that the workload needs beside the main one: headless, stable, canary, preview. */
export function auxiliaryService(
  context: WorkloadContext<AppSpec>,
  name: string,
  role: string,
  settings: ServiceSettings,
): KrmObject {
  return serviceObject(context, name, settings, context.mode === "standard" ? { [serviceRoleLabel]: role } : {});
}

/** TCP is what Kubernetes takes when nothing is said, so it is not said. */
function writtenPort(port: PlannedServicePort): JsonObject {
  const { name, port: number, targetPort, protocol, appProtocol } = port;
  return fields({
    name: name === "" ? undefined : name,
    port: number,
    targetPort,
    protocol: protocol === "TCP" ? undefined : protocol,
    appProtocol,
  });
}
