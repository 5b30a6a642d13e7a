import type { JsonObject } from "@fairlead/apimachinery";
import type { PodSpec } from "@fairlead/apimachinery/k8s";
import type { AppSpec } from "../../kinds/app.ts";
import type { TaskSpec } from "../../kinds/task.ts";
import { fields, filled, orderedFields, without, type Fields } from "../shared/fields.ts";
import { sorted } from "../shared/metadata.ts";
import { object, stringMap } from "../shared/read.ts";
import { planContainer, roleOf } from "./container.ts";
import type { WorkloadContext } from "./context.ts";
import { mountsToken, podSecurity } from "./hardening.ts";
import { podLabels } from "./labels.ts";
import { isApp } from "./replicas.ts";
import { scrapeAnnotations } from "./scrape-annotations.ts";
import { serviceAccountName } from "./service-account.ts";
import { spreadConstraints } from "./spread.ts";

/** `serviceAccount` is ours too: in PodSpec it is the old word for serviceAccountName. */
type OwnField = Exclude<keyof AppSpec | keyof TaskSpec, keyof PodSpec> | "serviceAccount";
type OwnFields = { readonly [Field in OwnField]: true };

/** What is ours in App and Task, and what belongs to their workloads; every other field is the pod's. */
const ownFields: OwnFields = {
  abstract: true,
  backoffLimit: true,
  backoffLimitPerIndex: true,
  completionMode: true,
  completions: true,
  concurrencyPolicy: true,
  connectionPools: true,
  disruptionBudget: true,
  environments: true,
  extends: true,
  failedJobsHistoryLimit: true,
  hardening: true,
  job: true,
  managedBy: true,
  manual: true,
  manualSelector: true,
  maxFailedIndexes: true,
  minReadySeconds: true,
  monitoring: true,
  ordinals: true,
  parallelism: true,
  partOf: true,
  patches: true,
  paused: true,
  persistentVolumeClaimRetentionPolicy: true,
  pod: true,
  podActiveDeadlineSeconds: true,
  podFailurePolicy: true,
  podManagementPolicy: true,
  podReplacementPolicy: true,
  progressDeadlineSeconds: true,
  reload: true,
  replicas: true,
  revisionHistoryLimit: true,
  rollout: true,
  scaling: true,
  schedule: true,
  selector: true,
  service: true,
  serviceAccount: true,
  serviceName: true,
  services: true,
  standardLabels: true,
  startingDeadlineSeconds: true,
  successPolicy: true,
  successfulJobsHistoryLimit: true,
  suspend: true,
  timeZone: true,
  ttlSecondsAfterFinished: true,
  uniqueName: true,
  updateStrategy: true,
  volumeClaimTemplates: true,
  workload: true,
};

const order = [
  "serviceAccountName",
  "automountServiceAccountToken",
  "securityContext",
  "hostNetwork",
  "imagePullSecrets",
  "restartPolicy",
  "terminationGracePeriodSeconds",
  "nodeSelector",
  "affinity",
  "tolerations",
  "topologySpreadConstraints",
  "initContainers",
  "containers",
  "volumes",
];

/** The pod template of an App or a Task; `given` are fields that the workload decides, such as restartPolicy. */
export function podTemplate(
  context: WorkloadContext,
  annotations: { readonly [key: string]: string },
  given: Fields = {},
): JsonObject {
  const { spec } = context;
  const podAnnotations = sorted({
    ...scrapeAnnotations(context),
    ...annotations,
    ...stringMap(object(spec.pod)?.annotations),
  });
  // The predecessor named the pods' template, and a Job's template can never be changed.
  const name = context.mode === "compat" && !isApp(context) ? context.name : undefined;
  const init = context.initContainers.map((container) => planContainer(context, container, roleOf(container, true)));
  return fields({
    metadata: filled(fields({ name, labels: filled(podLabels(context)), annotations: filled(podAnnotations) })),
    spec: orderedFields(
      {
        ...without(spec, ownFields),
        ...given,
        serviceAccountName: serviceAccountName(context),
        automountServiceAccountToken: mountsToken(context),
        securityContext: podSecurity(context),
        topologySpreadConstraints: filled(spreadConstraints(context)),
        initContainers: filled(init),
        containers: context.containers.map((container) => planContainer(context, container, "app")),
      },
      order,
    ),
  });
}
