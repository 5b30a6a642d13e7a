import { equal, get, isObject, type JsonObject, textOf } from "@fairlead/apimachinery";
import type { Strategy } from "./strategy.ts";

function child(object: JsonObject, key: string): JsonObject {
  const there = object[key];
  const own = isObject(there) ? there : {};
  object[key] = own;
  return own;
}

const nameLabels = ["job-name", "batch.kubernetes.io/job-name"];
const uidLabel = "batch.kubernetes.io/controller-uid";
const uidLabels = ["controller-uid", uidLabel];

/** A Job without a selector of its own selects the pods that carry its uid. */
export const jobStrategy: Strategy = {
  orphansByDefault: true,
  prepareForCreate: (job) => {
    job["status"] = {};
    const spec = child(job, "spec");
    if (spec["manualSelector"] === true) return;
    const { name, uid } = job["metadata"] as JsonObject;
    const labels = child(child(child(spec, "template"), "metadata"), "labels");
    for (const label of nameLabels) if (!Object.hasOwn(labels, label)) labels[label] = textOf(name);
    for (const label of uidLabels) if (!Object.hasOwn(labels, label)) labels[label] = textOf(uid);
    const matchLabels = child(child(spec, "selector"), "matchLabels");
    if (!Object.hasOwn(matchLabels, uidLabel)) matchLabels[uidLabel] = textOf(uid);
    const metadata = job["metadata"] as JsonObject;
    const own = metadata["labels"];
    // The defaults of a Job give it the labels of its pods.
    if (!isObject(own) || Object.keys(own).length === 0) metadata["labels"] = { ...labels };
  },
};

const generationAnnotation = "deprecated.daemonset.template.generation";

function setTemplateGeneration(object: JsonObject, generation: number): void {
  child(child(object, "metadata"), "annotations")[generationAnnotation] = String(generation);
}

function templateGeneration(object: JsonObject): number {
  const text = textOf(get(get(object["metadata"], "annotations"), generationAnnotation));
  return /^-?\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** Counts the changes of the template in an annotation, where `apps/v1` shows a field that older versions had. */
export const daemonSetStrategy: Strategy = {
  prepareForCreate: (set) => {
    set["status"] = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    setTemplateGeneration(set, Math.max(1, templateGeneration(set)));
  },
  prepareForUpdate: (set, old, { subresource }) => {
    if (subresource === "status") return;
    const isChanged = !equal(get(set["spec"], "template"), get(old["spec"], "template"));
    setTemplateGeneration(set, templateGeneration(old) + (isChanged ? 1 : 0));
  },
};
