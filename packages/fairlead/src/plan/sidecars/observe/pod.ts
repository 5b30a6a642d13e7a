import type { JsonObject } from "@fairlead/apimachinery";
import type { ControllerRef, PodFact } from "../model/facts.ts";
import type { SidecarSettings } from "../model/settings.ts";
import { restartedForAnnotation, templateHashLabels } from "./keys.ts";
import { kindOfRef, roleOf } from "./made-by.ts";
import { proxyOf } from "./proxy-shape.ts";
import { at, controllerOf, itemsAt, labelOf, labelsAt, observedOf, textAt } from "./read.ts";
import { unmadeTemplate } from "./unmade.ts";

const phases = ["Pending", "Running", "Succeeded", "Failed", "Unknown"] as const;
export const mirrorAnnotation = "kubernetes.io/config.mirror";

export function podFact(object: JsonObject, cluster: string, settings: SidecarSettings): PodFact | undefined {
  const observed = observedOf(object, cluster);
  if (observed === undefined) return undefined;
  const labels = labelsAt(object, ["metadata", "labels"]);
  const phase = textAt(object, "status", "phase");
  const controller = controllerOf(object);
  const hashLabel = templateHashLabels.find((key) => labelOf(labels, key) !== undefined);
  return {
    fact: "pod",
    ...observed,
    labels,
    controller,
    node: textAt(object, "spec", "nodeName"),
    phase: phases.find((one) => one === phase) ?? "Pending",
    ready: itemsAt(object, "status", "conditions").some((one) => one["type"] === "Ready" && one["status"] === "True"),
    terminating: textAt(object, "metadata", "deletionTimestamp") !== "",
    templateHash: hashLabel === undefined ? "" : labelOf(labels, hashLabel)!,
    restartedFor: textAt(object, "metadata", "annotations", restartedForAnnotation),
    proxy: proxyOf(object, settings.compare.ignoredEnv),
    mirror: at(object, "metadata", "annotations", mirrorAnnotation) !== undefined,
    template: isKnown(controller) ? undefined : unmadeTemplate(object),
  };
}

/** Whether what makes a pod is of a kind whose template is read. */
export function isOfKnownMaker(pod: JsonObject): boolean {
  return isKnown(controllerOf(pod));
}

function isKnown(controller: ControllerRef | undefined): boolean {
  return controller !== undefined && roleOf(kindOfRef(controller)) !== undefined;
}
