/** The field names of Fairlead's kinds that foreign objects may use as well; a test compares them with the schemas. */
import { definition } from "@fairlead/apimachinery";
import type { AppSpec } from "../kinds/app.ts";
import type { AppContainer } from "../kinds/container.ts";
import type { Scaling } from "../kinds/scaling.ts";
import type { TaskSpec } from "../kinds/task.ts";

export const appFields = [
  "abstract",
  "connectionPools",
  "containers",
  "disruptionBudget",
  "environments",
  "extends",
  "hardening",
  "initContainers",
  "minReadySeconds",
  "monitoring",
  "ordinals",
  "partOf",
  "patches",
  "paused",
  "persistentVolumeClaimRetentionPolicy",
  "pod",
  "podManagementPolicy",
  "progressDeadlineSeconds",
  "reload",
  "replicas",
  "revisionHistoryLimit",
  "rollout",
  "scaling",
  "selector",
  "service",
  "serviceAccount",
  "serviceName",
  "services",
  "standardLabels",
  "updateStrategy",
  "volumeClaimTemplates",
  "workload",
] as const satisfies readonly (keyof AppSpec)[];

export const taskFields = [
  "abstract",
  "activeDeadlineSeconds",
  "backoffLimit",
  "backoffLimitPerIndex",
  "completionMode",
  "completions",
  "concurrencyPolicy",
  "connectionPools",
  "containers",
  "environments",
  "extends",
  "failedJobsHistoryLimit",
  "hardening",
  "initContainers",
  "job",
  "managedBy",
  "manual",
  "manualSelector",
  "maxFailedIndexes",
  "monitoring",
  "parallelism",
  "partOf",
  "patches",
  "pod",
  "podActiveDeadlineSeconds",
  "podFailurePolicy",
  "podReplacementPolicy",
  "reload",
  "restartPolicy",
  "schedule",
  "selector",
  "serviceAccount",
  "standardLabels",
  "startingDeadlineSeconds",
  "successPolicy",
  "successfulJobsHistoryLimit",
  "suspend",
  "timeZone",
  "ttlSecondsAfterFinished",
  "uniqueName",
] as const satisfies readonly (keyof TaskSpec)[];

export const containerFields = [
  "configs",
  "extends",
  "grpc",
  "http",
  "name",
  "resources",
  "secrets",
] as const satisfies readonly (keyof AppContainer)[];

export const scalingFields = [
  "annotations",
  "behavior",
  "cooldownPeriod",
  "cpu",
  "cron",
  "engine",
  "fallback",
  "idle",
  "kafka",
  "labels",
  "max",
  "memory",
  "min",
  "name",
  "pollingInterval",
  "prometheus",
  "pubsub",
  "rabbitmq",
  "triggerAuthentications",
  "triggers",
] as const satisfies readonly (keyof Scaling)[];

/** The fields that App and Task pass on to the pod. */
export function podFields(): string[] {
  return Object.keys(definition("io.k8s.api.core.v1.PodSpec")?.properties ?? {});
}

let containerNames: readonly string[] | undefined;

/** The fields of Kubernetes' own Container. */
export function kubernetesContainerFields(): readonly string[] {
  return (containerNames ??= Object.keys(definition("io.k8s.api.core.v1.Container")?.properties ?? {}));
}
