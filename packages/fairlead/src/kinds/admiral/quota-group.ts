import type { Schema } from "@fairlead/apimachinery";
import { flag, int, list, object, text, texts } from "./admiral-kind.ts";

const quotas: Schema = list("Limits, one by one.", {
  ...object("One limit.", {
    name: text("Its name."),
    timePeriod: text("For how long it counts."),
    maxAmount: int("How many requests."),
    keyType: text("What is counted apart."),
    algorithm: text("How it is counted."),
    behaviour: text("What happens beyond."),
    rule: text("The path."),
    path: text("The path."),
    method: text("The method."),
    methods: texts("The methods."),
    headers: list(
      "Headers that a request has.",
      object("One header.", {
        name: text("Its name."),
        value: text("Its value."),
        condition: text("EQUALS, PREFIX, CONTAINS or REGEX."),
      }),
    ),
  }),
  "x-kubernetes-preserve-unknown-fields": true,
});

const envs = texts("The environments in which they hold.");

const adaptiveConcurrency = object("Limits that follow the latency.", {
  enabled: flag("Whether they count."),
  latencyThreshold: text("The latency that is still good."),
  skippedURLs: texts("Paths that do not count."),
  sampleAggregatePercentile: int("Which percentile of the latency counts."),
  concurrencyUpdateInterval: text("How often the limit changes."),
  minRTTCalInterval: text("How often the least latency is measured."),
  minRTTCalJitter: int("How far these times are spread, in percent."),
  minRTTCalRequestCount: int("With how many requests."),
  minRTTCalMinConcurrency: int("The limit meanwhile."),
});

/** How many requests the edge lets through; the mesh does not read it. */
export const quotaGroup: Schema = object("How many requests the edge lets through.", {
  totalQuotaGroups: list("For all callers together.", {
    ...object("One group of limits.", {
      name: text("Its name."),
      description: text("For people."),
      quotas,
      workloadEnvSelectors: envs,
      regionLevelLimit: flag("Whether it counts by region."),
      cpuLimit: int("At which use of the processor it counts, in percent."),
      memoryLimit: int("At which use of memory it counts, in percent."),
      podLevelThreshold: int("The part of one pod, in percent."),
      failureModeBehaviour: text("What happens when nobody can count."),
      adaptiveConcurrency: { ...adaptiveConcurrency, "x-kubernetes-preserve-unknown-fields": true },
    }),
    "x-kubernetes-preserve-unknown-fields": true,
  }),
  appQuotaGroups: list("For single callers.", {
    ...object("One group of limits.", {
      name: text("Its name."),
      description: text("For people."),
      quotas,
      associatedApps: texts("The callers."),
      workloadEnvSelectors: envs,
    }),
    "x-kubernetes-preserve-unknown-fields": true,
  }),
});
