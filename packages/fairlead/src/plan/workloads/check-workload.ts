import { matchesLabelSelector } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { object, text } from "../shared/read.ts";
import { checkLabels } from "./check-labels.ts";
import type { WorkloadContext } from "./context.ts";
import { podLabels, workloadSelector } from "./labels.ts";
import { serviceName } from "./ports.ts";
import { workloadKind, type WorkloadKind } from "./replicas.ts";

/** Fields that not every kind of workload has. */
const fieldsOf: { readonly [field: string]: readonly WorkloadKind[] } = {
  serviceName: ["StatefulSet"],
  podManagementPolicy: ["StatefulSet"],
  ordinals: ["StatefulSet"],
  persistentVolumeClaimRetentionPolicy: ["StatefulSet"],
  volumeClaimTemplates: ["StatefulSet"],
  rollout: ["Rollout"],
  updateStrategy: ["Deployment", "StatefulSet", "DaemonSet"],
  progressDeadlineSeconds: ["Deployment", "Rollout"],
  paused: ["Deployment", "Rollout"],
  replicas: ["Deployment", "StatefulSet", "Rollout"],
  scaling: ["Deployment", "StatefulSet", "Rollout"],
};

/** What the kind of workload allows, its names, labels and selector. */
export function checkWorkload(context: WorkloadContext<AppSpec>): void {
  const { spec } = context;
  const kind = workloadKind(spec);
  for (const [field, kinds] of Object.entries(fieldsOf)) {
    const value = (spec as { [key: string]: unknown })[field];
    if (value === undefined || value === null || kinds.includes(kind)) continue;
    context.report("FL210", {
      message: `${field} does not apply to a ${kind}`,
      hint: `remove it, or write workload: ${kinds[0]}`,
      field: ["spec", field],
    });
  }
  const restartPolicy = text(spec.restartPolicy);
  if (restartPolicy !== undefined && restartPolicy !== "Always") {
    const message = `restartPolicy ${restartPolicy} does not apply to a ${kind}, whose pods always restart`;
    context.report("FL210", { message, hint: "remove it, or make the App a Task", field: ["spec", "restartPolicy"] });
  }
  if (spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds !== null) {
    const message = `activeDeadlineSeconds does not apply to a ${kind}, whose pods never end`;
    context.report("FL210", {
      message,
      hint: "remove it, or make the App a Task",
      field: ["spec", "activeDeadlineSeconds"],
    });
  }
  checkNames(context, kind);
  checkLabels(context);
  checkSelector(context);
}

function checkNames(context: WorkloadContext<AppSpec>, kind: WorkloadKind): void {
  const service = serviceName(context.declaration);
  const limits: [name: string, most: number, why: string][] = [];
  if (kind === "StatefulSet") limits.push([context.name, 52, "its revision label adds 11 characters"]);
  if (kind === "Rollout" && context.mode !== "compat")
    limits.push([service, 56, "its canary Service adds 7 characters"]);
  for (const [name, most, why] of limits) {
    if (name.length <= most) continue;
    context.report("FL240", {
      message: `${name} has ${name.length} characters; a ${kind} may have ${most}, because ${why}`,
      hint: "shorten the name",
      field: ["metadata", "name"],
    });
  }
}

function checkSelector(context: WorkloadContext<AppSpec>): void {
  const selector = workloadSelector(context);
  const labels = podLabels(context);
  const empty =
    Object.keys(object(selector.matchLabels) ?? {}).length === 0 && !Array.isArray(selector.matchExpressions);
  if (!empty && matchesLabelSelector(selector, labels)) return;
  context.report("FL225", {
    message: empty ? "the selector is empty" : "the selector does not match the labels of the pods",
    hint: empty
      ? "write selector.matchLabels, and the same labels in pod.labels"
      : "write the selector's labels in pod.labels",
    field: ["spec", "selector"],
  });
}
