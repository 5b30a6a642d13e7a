import type { PodSpec } from "@fairlead/apimachinery/k8s";
import { AppContainer } from "./container.ts";
import type { KindDefinition } from "./define.ts";
import {
  ListMap,
  Open,
  PassThrough,
  StringEnum,
  StringMap,
  Type,
  type Static,
  rules,
  unlessExtending,
} from "./schema.ts";
import { podTemplate, workloadOwn } from "./shared.ts";

export const TaskSpec = PassThrough<PodSpec>("io.k8s.api.core.v1.PodSpec", podTemplate)(
  {
    ...workloadOwn,
    containers: Type.Optional(
      ListMap(AppContainer, ["name"], { description: "The containers of the pod that does the work." }),
    ),
    initContainers: Type.Optional(
      ListMap(AppContainer, ["name"], {
        description: "Containers that run before; with restartPolicy Always they are sidecars.",
      }),
    ),
    schedule: Type.Optional(Type.String({ description: "A cron expression; the Task becomes a CronJob." })),
    manual: Type.Optional(
      Type.Boolean({
        description: "A suspended CronJob, to trigger by hand with `kubectl create job --from=cronjob/NAME`.",
      }),
    ),
    uniqueName: Type.Optional(
      Type.Boolean({
        description: "A content hash at the end of the Job's name, so that a changed Task becomes a new Job.",
      }),
    ),
    restartPolicy: Type.Optional(
      StringEnum(["OnFailure", "Never"], { description: "OnFailure unless said otherwise." }),
    ),
    selector: Type.Optional(Open({ description: "The selector of the Job, with manualSelector." })),
    job: Type.Optional(
      Type.Object(
        { labels: Type.Optional(StringMap()), annotations: Type.Optional(StringMap()) },
        { description: "Labels and annotations of the Jobs that a CronJob makes." },
      ),
    ),
    parallelism: Type.Optional(Type.Integer({ minimum: 0 })),
    completions: Type.Optional(Type.Integer({ minimum: 0 })),
    completionMode: Type.Optional(StringEnum(["NonIndexed", "Indexed"])),
    backoffLimit: Type.Optional(Type.Integer({ minimum: 0, description: "Retries before the Job counts as failed." })),
    backoffLimitPerIndex: Type.Optional(Type.Integer({ minimum: 0 })),
    maxFailedIndexes: Type.Optional(Type.Integer({ minimum: 0 })),
    manualSelector: Type.Optional(Type.Boolean()),
    podFailurePolicy: Type.Optional(Open()),
    successPolicy: Type.Optional(Open()),
    podReplacementPolicy: Type.Optional(StringEnum(["TerminatingOrFailed", "Failed"])),
    managedBy: Type.Optional(Type.String()),
    ttlSecondsAfterFinished: Type.Optional(Type.Integer({ minimum: 0 })),
    suspend: Type.Optional(Type.Boolean()),
    activeDeadlineSeconds: Type.Optional(Type.Integer({ minimum: 1, description: "Seconds that the Job may take." })),
    podActiveDeadlineSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: "Seconds that one pod of the Job may take (PodSpec's activeDeadlineSeconds).",
      }),
    ),
    concurrencyPolicy: Type.Optional(StringEnum(["Allow", "Forbid", "Replace"])),
    timeZone: Type.Optional(Type.String({ description: "An IANA time zone for the schedule." })),
    startingDeadlineSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
    successfulJobsHistoryLimit: Type.Optional(Type.Integer({ minimum: 0 })),
    failedJobsHistoryLimit: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  {
    description: "Work that ends: once, on a schedule, or by hand. Every other field is PodSpec's.",
    ...rules(
      ...unlessExtending([
        "!(has(self.schedule) && has(self.manual) && self.manual)",
        "write schedule or manual, not both",
      ]),
    ),
  },
);
export type TaskSpec = Static<typeof TaskSpec>;

export const task: KindDefinition = {
  kind: "Task",
  plural: "tasks",
  description: "Work that ends. It becomes a Job, or a CronJob when it has a schedule or is triggered by hand.",
  capability: "workloads",
  spec: TaskSpec,
  columns: [
    { name: "Schedule", type: "string", jsonPath: ".spec.schedule" },
    { name: "Image", type: "string", jsonPath: ".spec.containers[0].image" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "Task",
    metadata: { name: "nightly-report", namespace: "shop" },
    spec: {
      partOf: "shop",
      schedule: "0 3 * * *",
      timeZone: "Europe/Berlin",
      containers: [
        {
          name: "nightly-report",
          image: "registry.example/report:1.0.0",
          resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
        },
      ],
    },
  },
};
