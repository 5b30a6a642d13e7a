import { isObject, type JsonObject } from "../json.ts";
import { edit, editItems, filler, fillIn, isAbsent, isUnset, size, type Defaulter } from "./defaulter.ts";

function rolling(strategy: JsonObject, defaults: JsonObject): void {
  fillIn(strategy, { type: "RollingUpdate" });
  if (strategy["type"] === "RollingUpdate") edit(strategy, "rollingUpdate", filler(defaults));
}

function deploymentSpec(spec: JsonObject): void {
  fillIn(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  edit(spec, "strategy", (strategy) => rolling(strategy, { maxUnavailable: "25%", maxSurge: "25%" }));
}

function daemonSetSpec(spec: JsonObject): void {
  fillIn(spec, { revisionHistoryLimit: 10 });
  edit(spec, "updateStrategy", (strategy) => rolling(strategy, { maxUnavailable: 1, maxSurge: 0 }));
}

function statefulSetSpec(spec: JsonObject): void {
  fillIn(spec, { podManagementPolicy: "OrderedReady", replicas: 1, revisionHistoryLimit: 10 });
  edit(spec, "updateStrategy", (strategy) => {
    if (isUnset(strategy["type"])) fillIn(strategy, { type: "RollingUpdate", rollingUpdate: {} });
    const isRolling = strategy["type"] === "RollingUpdate" && isObject(strategy["rollingUpdate"]);
    if (isRolling) edit(strategy, "rollingUpdate", filler({ partition: 0 }));
  });
  edit(spec, "persistentVolumeClaimRetentionPolicy", filler({ whenDeleted: "Retain", whenScaled: "Retain" }));
  // The claims of a StatefulSet come back as whole objects.
  editItems(spec, "volumeClaimTemplates", (claim) => {
    claim["apiVersion"] = "v1";
    claim["kind"] = "PersistentVolumeClaim";
    edit(claim, "status", filler({ phase: "Pending" }));
  });
}

function jobSpec(spec: JsonObject): void {
  if (isAbsent(spec["completions"]) && isAbsent(spec["parallelism"])) spec["completions"] = 1;
  const perIndex = !isAbsent(spec["backoffLimitPerIndex"]);
  fillIn(spec, {
    parallelism: 1,
    backoffLimit: perIndex ? 2147483647 : 6,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: isObject(spec["podFailurePolicy"]) ? "Failed" : "TerminatingOrFailed",
    manualSelector: false,
  });
}

/** A Job takes the labels of its pods when it has none; the Jobs of a CronJob do so when they are made. */
function job(object: JsonObject): void {
  edit(object, "spec", jobSpec);
  const { spec, metadata } = object;
  const template = isObject(spec) ? spec["template"] : undefined;
  const meta = isObject(template) ? template["metadata"] : undefined;
  const labels = isObject(meta) ? meta["labels"] : undefined;
  if (!isObject(labels) || size(labels) === 0 || size(isObject(metadata) ? metadata["labels"] : undefined) > 0) return;
  edit(object, "metadata", (own) => void (own["labels"] = labels));
}

/** An empty list of policies is refused by the server, and one it would not write down. */
function scalingRules(rules: JsonObject, defaults: JsonObject): void {
  if (size(rules["policies"]) === 0) delete rules["policies"];
  fillIn(rules, defaults);
}

function autoscalerSpec(spec: JsonObject): void {
  fillIn(spec, { minReplicas: 1 });
  if (size(spec["metrics"]) === 0) {
    spec["metrics"] = [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
    ];
  }
  if (!isObject(spec["behavior"])) return;
  const percent = { type: "Percent", value: 100, periodSeconds: 15 };
  edit(spec, "behavior", (behavior) => {
    edit(behavior, "scaleUp", (rules) =>
      scalingRules(rules, {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [{ type: "Pods", value: 4, periodSeconds: 15 }, percent],
      }),
    );
    edit(behavior, "scaleDown", (rules) => scalingRules(rules, { selectPolicy: "Max", policies: [percent] }));
  });
}

/** For the kinds whose defaults all lie in their spec. */
function inSpec(change: Defaulter): Defaulter {
  return (object) => edit(object, "spec", change);
}

export const workloadDefaults: readonly (readonly [string, Defaulter])[] = [
  ["io.k8s.api.apps.v1.Deployment", inSpec(deploymentSpec)],
  ["io.k8s.api.apps.v1.ReplicaSet", inSpec(filler({ replicas: 1 }))],
  ["io.k8s.api.apps.v1.DaemonSet", inSpec(daemonSetSpec)],
  ["io.k8s.api.apps.v1.StatefulSet", inSpec(statefulSetSpec)],
  ["io.k8s.api.apps.v1.StatefulSetOrdinals", filler({ start: 0 })],
  ["io.k8s.api.batch.v1.Job", job],
  [
    "io.k8s.api.batch.v1.CronJob",
    inSpec(
      filler({ concurrencyPolicy: "Allow", suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }),
    ),
  ],
  ["io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern", filler({ status: "True" })],
  [
    "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
    inSpec(filler({ minReplicas: 1, targetCPUUtilizationPercentage: 80 })),
  ],
  ["io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler", inSpec(autoscalerSpec)],
];
