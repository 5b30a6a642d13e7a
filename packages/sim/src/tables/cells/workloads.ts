import { get, type JsonObject } from "@fairlead/apimachinery";
import { ageOf, humanDuration } from "../human-duration.ts";
import { at, isTrue, listAt, nameOf, numberAt, textAt } from "../read.ts";
import { labelsText, selectorOrNone, selectorText } from "../selector-text.ts";
import { age, containers, isDeleted, type Cells } from "./cells.ts";

const template = ["spec", "template", "spec", "containers"];

export const deploymentCells: Cells = (object, now) => [
  nameOf(object),
  `${numberAt(object, "status", "readyReplicas")}/${numberAt(object, "spec", "replicas")}`,
  numberAt(object, "status", "updatedReplicas"),
  numberAt(object, "status", "availableReplicas"),
  age(object, now),
  ...containers(object, ...template),
  selectorText(at(object, "spec", "selector")),
];

export const replicaSetCells: Cells = (object, now) => [
  ...replicas(object, now),
  selectorOrNone(at(object, "spec", "selector")),
];

export const replicationControllerCells: Cells = (object, now) => [
  ...replicas(object, now),
  labelsText(at(object, "spec", "selector")),
];

const replicas: Cells = (object, now) => [
  nameOf(object),
  numberAt(object, "spec", "replicas"),
  numberAt(object, "status", "replicas"),
  numberAt(object, "status", "readyReplicas"),
  age(object, now),
  ...containers(object, ...template),
];

export const statefulSetCells: Cells = (object, now) => [
  nameOf(object),
  `${numberAt(object, "status", "readyReplicas")}/${numberAt(object, "spec", "replicas")}`,
  age(object, now),
  ...containers(object, ...template),
];

export const daemonSetCells: Cells = (object, now) => [
  nameOf(object),
  numberAt(object, "status", "desiredNumberScheduled"),
  numberAt(object, "status", "currentNumberScheduled"),
  numberAt(object, "status", "numberReady"),
  numberAt(object, "status", "updatedNumberScheduled"),
  numberAt(object, "status", "numberAvailable"),
  labelsText(at(object, "spec", "template", "spec", "nodeSelector")),
  age(object, now),
  ...containers(object, ...template),
  selectorOrNone(at(object, "spec", "selector")),
];

export const jobCells: Cells = (object, now) => [
  nameOf(object),
  jobStatus(object),
  completions(object),
  jobDuration(object, now),
  age(object, now),
  ...containers(object, ...template),
  selectorOrNone(at(object, "spec", "selector")),
];

function jobStatus(object: JsonObject): string {
  if (isTrue(object, "Complete")) return "Complete";
  if (isTrue(object, "Failed")) return "Failed";
  if (isDeleted(object)) return "Terminating";
  if (isTrue(object, "Suspended")) return "Suspended";
  if (isTrue(object, "FailureTarget")) return "FailureTarget";
  return isTrue(object, "SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function completions(object: JsonObject): string {
  const succeeded = numberAt(object, "status", "succeeded");
  const wanted = at(object, "spec", "completions");
  if (typeof wanted === "number") return `${succeeded}/${wanted}`;
  const parallelism = numberAt(object, "spec", "parallelism");
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(object: JsonObject, now: number): string {
  const start = Date.parse(textAt(object, "status", "startTime"));
  if (Number.isNaN(start)) return "";
  const end = Date.parse(textAt(object, "status", "completionTime"));
  return humanDuration((Number.isNaN(end) ? now : end) - start);
}

export const cronJobCells: Cells = (object, now) => {
  const suspend = at(object, "spec", "suspend");
  const last = at(object, "status", "lastScheduleTime");
  const zone = at(object, "spec", "timeZone");
  const job = ["spec", "jobTemplate", "spec"];
  return [
    nameOf(object),
    textAt(object, "spec", "schedule"),
    typeof zone === "string" ? zone : "<none>",
    suspend === undefined ? "<unset>" : suspend === true ? "True" : "False",
    listAt(object, "status", "active").length,
    last === undefined ? "<none>" : ageOf(last, now),
    age(object, now),
    ...containers(object, ...job, "template", "spec", "containers"),
    selectorOrNone(at(object, ...job, "selector")),
  ];
};

export const controllerRevisionCells: Cells = (object, now) => {
  const owner = listAt(object, "metadata", "ownerReferences").find((one) => get(one, "controller") === true);
  return [
    nameOf(object),
    owner === undefined ? "<none>" : ownerText(owner),
    numberAt(object, "revision"),
    age(object, now),
  ];
};

function ownerText(owner: Parameters<typeof textAt>[0]): string {
  const [version = "", group = ""] = textAt(owner, "apiVersion").split("/").reverse();
  const kind = textAt(owner, "kind");
  const qualified = group === "" || version === "" ? kind : `${kind}.${group}`;
  return `${qualified.toLowerCase()}/${textAt(owner, "name")}`;
}

export const podTemplateCells: Cells = (object) => [
  nameOf(object),
  ...containers(object, "template", "spec", "containers"),
  labelsText(at(object, "template", "metadata", "labels")),
];

export const disruptionBudgetCells: Cells = (object, now) => {
  const limit = (name: string): string => {
    const value = at(object, "spec", name);
    return typeof value === "string" || typeof value === "number" ? String(value) : "N/A";
  };
  return [
    nameOf(object),
    limit("minAvailable"),
    limit("maxUnavailable"),
    numberAt(object, "status", "disruptionsAllowed"),
    age(object, now),
  ];
};
