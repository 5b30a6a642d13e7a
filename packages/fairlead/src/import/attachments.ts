import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { named } from "./metadata.ts";
import { objectOf, withoutNulls } from "./pod-template.ts";

/** The Services of an App: the one of its name, or the only one, is the main one. */
export function serviceFields(workload: KrmObject, services: readonly KrmObject[]): JsonObject {
  const main =
    services.find(({ metadata }) => metadata.name === workload.metadata.name) ??
    (services.length === 1 ? services[0] : undefined);
  const others = services.filter((service) => service !== main);
  return {
    service: main === undefined ? { enabled: false } : serviceSettings(main, workload),
    ...(others.length > 0 && {
      services: others.map((service) => ({ name: service.metadata.name!, ...serviceSettings(service, workload) })),
    }),
  };
}

function serviceSettings(service: KrmObject, workload: KrmObject): JsonObject {
  const { name, labels, annotations } = service.metadata;
  return withoutNulls({
    ...(name !== workload.metadata.name && { name: name! }),
    enabled: true,
    ...named("labels", labels),
    ...named("annotations", annotations),
    ...objectOf(service["spec"]),
  });
}

/** The ServiceAccount that only this workload uses, or none. */
export function accountFields(account: KrmObject | undefined): JsonObject {
  if (account === undefined) return { serviceAccount: { create: false } };
  const { name, labels, annotations } = account.metadata;
  return {
    serviceAccount: withoutNulls({
      create: true,
      name: name!,
      ...named("labels", labels),
      ...named("annotations", annotations),
      ...(account["automountServiceAccountToken"] !== undefined && {
        automountServiceAccountToken: account["automountServiceAccountToken"],
      }),
      ...(account["imagePullSecrets"] !== undefined && { imagePullSecrets: account["imagePullSecrets"] }),
    }),
  };
}

export function budgetFields(workload: KrmObject, budget: KrmObject | undefined): JsonObject {
  if (budget === undefined) return {};
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = objectOf(budget["spec"]);
  const { name } = budget.metadata;
  return {
    disruptionBudget: withoutNulls({
      enabled: true,
      ...(name !== workload.metadata.name && { name: name! }),
      ...(minAvailable !== undefined && { minAvailable }),
      ...(maxUnavailable !== undefined && { maxUnavailable }),
      ...(unhealthyPodEvictionPolicy !== undefined && { unhealthyPodEvictionPolicy }),
    }),
  };
}
