import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accountFields, budgetFields, serviceFields } from "./attachments.ts";
import type { Attachment, Group } from "./group.ts";
import { monitorFields } from "./monitor.ts";
import { objectOf, podFields, readTemplate, withoutNulls } from "./pod-template.ts";
import { scalingFields } from "./scaling.ts";

/** Every secure default turned off: the simplifier turns those on again that change nothing. */
export const noHardening: JsonObject = {
  nonRoot: false,
  readOnlyRootFilesystem: false,
  noPrivilegeEscalation: false,
  dropCapabilities: false,
  seccomp: false,
  noServiceAccountToken: false,
  topologySpread: false,
  disruptionBudget: false,
  preStop: false,
};

/** Fields of a workload's spec that an App has under the same name. */
const sameNames = [
  "selector",
  "minReadySeconds",
  "revisionHistoryLimit",
  "progressDeadlineSeconds",
  "paused",
  "serviceName",
  "podManagementPolicy",
  "ordinals",
  "persistentVolumeClaimRetentionPolicy",
  "volumeClaimTemplates",
];

/** The spec of an App that stands for the workload and `attachments`, everything written out; a text says why not. */
export function explicitApp(group: Group, attachments: readonly Attachment[]): JsonObject | string {
  const { workload } = group;
  const written = objectOf(workload["spec"]);
  if (written["workloadRef"] !== undefined) return "it takes its pods from another workload (workloadRef)";
  const template = readTemplate(written["template"]);
  if (template === undefined) return "its pod template has no containers";
  const of = (role: Attachment["role"]) => attachments.filter((one) => one.role === role).map(({ object }) => object);
  const scaling = scalingFields(of("autoscaler")[0], of("authentication"));
  if (typeof scaling === "string") return scaling;
  const pass: JsonObject = {};
  for (const field of sameNames) if (written[field] !== undefined) pass[field] = written[field];
  // Without a name of its own the App would get a headless Service; the empty one says that there is none.
  if (workload.kind === "StatefulSet") pass["serviceName"] ??= "";
  return withoutNulls({
    standardLabels: false,
    ...(workload.kind !== "Deployment" && { workload: workload.kind }),
    ...(written["replicas"] !== undefined && { replicas: written["replicas"] }),
    ...scaling,
    ...strategyFields(workload, written),
    ...pass,
    ...podFields(template),
    ...serviceFields(workload, of("service")),
    ...accountFields(of("account")[0]),
    ...monitorFields(of("monitor")[0]),
    ...budgetFields(workload, of("budget")[0]),
    hardening: { ...noHardening, ...(of("budget").length > 0 && { disruptionBudget: true }) },
  });
}

function strategyFields(workload: KrmObject, written: JsonObject): JsonObject {
  if (workload.kind === "Rollout") {
    const strategy = written["strategy"];
    return isObject(strategy) ? { rollout: { strategy } } : { rollout: {} };
  }
  const strategy = get(written, workload.kind === "Deployment" ? "strategy" : "updateStrategy");
  return isObject(strategy) && Object.keys(strategy).length > 0 ? { updateStrategy: strategy } : {};
}
