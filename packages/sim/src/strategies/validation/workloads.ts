import {
  cronProblem,
  dns1123LabelProblem,
  equal,
  get,
  isObject,
  isTimeZone,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { labelSelectorProblems } from "../../label-problems.ts";
import {
  immutable,
  isEmptySelector,
  isSet,
  listOf,
  nonNegative,
  objections,
  oneOf,
  read,
  selects,
  specOf,
  text,
  type Problems,
} from "./checks.ts";
import { podTemplateProblems } from "./pod-template.ts";

const mismatch = "`selector` does not match template `labels`";

function labelsOf(template: JsonValue | undefined): JsonValue {
  const found = read(template, "metadata", "labels");
  return isObject(found) ? Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1))) : null;
}

function* selectorProblems(selector: JsonValue | undefined, kind: string): Problems {
  if (!isObject(selector)) {
    yield requiredValue("spec.selector");
    return;
  }
  yield* labelSelectorProblems("spec.selector", selector);
  if (isEmptySelector(selector)) yield invalidValue("spec.selector", selector, `empty selector is invalid for ${kind}`);
}

function* alwaysRestarts(spec: JsonObject, kind: string): Problems {
  const pod = read(spec["template"], "spec");
  if (text(pod, "restartPolicy") !== "Always") {
    yield unsupportedValue("spec.template.spec.restartPolicy", text(pod, "restartPolicy"), ["Always"]);
  }
  if (isSet(get(pod, "activeDeadlineSeconds"))) {
    yield forbiddenValue(
      "spec.template.spec.activeDeadlineSeconds",
      `activeDeadlineSeconds in ${kind} is not Supported`,
    );
  }
}

function* templateOf(spec: JsonObject): Problems {
  const { selector, template } = spec;
  // An empty selector has been told of already; none selects nothing.
  const isEmpty = isObject(selector) && isEmptySelector(selector);
  const matched = isEmpty ? true : isObject(selector) ? selects(selector, template) : false;
  if (matched === undefined) {
    yield invalidValue("spec.selector", spec["selector"], "invalid label selector");
    return;
  }
  if (!matched) yield invalidValue("spec.template.metadata.labels", labelsOf(spec["template"]), mismatch);
  yield* podTemplateProblems(spec["template"], "spec.template");
  yield* alwaysRestarts(spec, "ReplicaSet");
}

export function* deploymentProblems(deployment: JsonObject): Problems {
  const spec = specOf(deployment);
  yield* nonNegative("spec", spec, "replicas");
  yield* selectorProblems(spec["selector"], "deployment");
  yield* templateOf(spec);
  yield* strategyProblems(spec["strategy"]);
  yield* nonNegative("spec", spec, "minReadySeconds", "revisionHistoryLimit");
  const deadline = spec["progressDeadlineSeconds"];
  if (typeof deadline !== "number") return;
  yield* nonNegative("spec", spec, "progressDeadlineSeconds");
  if (deadline <= Number(spec["minReadySeconds"] ?? 0)) {
    yield invalidValue("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
  }
}

function* strategyProblems(strategy: JsonValue | undefined): Problems {
  const at = "spec.strategy";
  const update = get(strategy, "rollingUpdate");
  const type = text(strategy, "type");
  if (type === "Recreate") {
    if (isObject(update)) {
      yield forbiddenValue(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
    }
  } else if (type === "RollingUpdate") {
    const unavailable = get(update, "maxUnavailable");
    yield* amountProblems(`${at}.rollingUpdate.maxUnavailable`, unavailable);
    yield* amountProblems(`${at}.rollingUpdate.maxSurge`, get(update, "maxSurge"));
    if (amountOf(unavailable) === 0 && amountOf(get(update, "maxSurge")) === 0) {
      yield invalidValue(`${at}.rollingUpdate.maxUnavailable`, unavailable, "may not be 0 when `maxSurge` is 0");
    }
    yield* atMostAll(`${at}.rollingUpdate.maxUnavailable`, unavailable);
  } else yield unsupportedValue(at, goStrategy(strategy), ["Recreate", "RollingUpdate"]);
}

/** As the server's own type is printed. */
function goStrategy(strategy: JsonValue | undefined): JsonObject {
  return { Type: text(strategy, "type"), RollingUpdate: get(strategy, "rollingUpdate") ?? null };
}

const percentText =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

function* amountProblems(at: string, amount: JsonValue | undefined): Problems {
  if (typeof amount === "string" && !/^[0-9]+%$/.test(amount)) yield invalidValue(at, amount, percentText);
  if (typeof amount === "number" && amount < 0) {
    yield invalidValue(at, amount, "must be greater than or equal to 0");
  }
}

function amountOf(amount: JsonValue | undefined): number {
  return typeof amount === "string" ? Number.parseInt(amount, 10) : Number(amount ?? 0);
}

function* atMostAll(at: string, amount: JsonValue | undefined): Problems {
  if (typeof amount === "string" && amountOf(amount) > 100)
    yield invalidValue(at, amount, "must not be greater than 100%");
}

export function* replicaSetProblems(set: JsonObject): Problems {
  const spec = specOf(set);
  yield* nonNegative("spec", spec, "replicas", "minReadySeconds");
  yield* selectorProblems(spec["selector"], "deployment");
  yield* templateOf(spec);
}

export function* selectorChange(object: JsonObject, old: JsonObject): Problems {
  yield* immutable("spec.selector", specOf(object)["selector"], specOf(old)["selector"]);
}

export function* statefulSetProblems(set: JsonObject): Problems {
  const spec = specOf(set);
  const policy = text(spec, "podManagementPolicy");
  if (policy === "") yield requiredValue("spec.podManagementPolicy");
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    yield invalidValue("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
  }
  yield* statefulUpdate(spec["updateStrategy"]);
  yield* nonNegative("spec", spec, "replicas", "minReadySeconds");
  yield* nonNegative("spec.ordinals", spec["ordinals"], "start");
  const service = text(spec, "serviceName");
  if (service !== "") yield* objections("spec.serviceName", service, dns1123LabelProblem(service));
  yield* selectorProblems(spec["selector"], "statefulset");
  const matched = isEmptySelector(spec["selector"]) ? true : selects(spec["selector"], spec["template"]);
  if (matched === false) yield invalidValue("spec.template.metadata.labels", labelsOf(spec["template"]), mismatch);
  yield* podTemplateProblems(withClaims(spec), "spec.template");
  yield* alwaysRestarts(spec, "StatefulSet");
}

/** The template with the volumes that the claims will make. */
function withClaims(spec: JsonObject): JsonValue | undefined {
  const claims = listOf(spec["volumeClaimTemplates"]).map((one) => text(one, "metadata", "name"));
  const { template } = spec;
  if (claims.length === 0 || !isObject(template) || !isObject(template["spec"])) return template;
  const own = listOf(template["spec"]["volumes"]).filter((one) => !claims.includes(text(one, "name")));
  const made = claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template["spec"], volumes: [...made, ...own] } };
}

function* statefulUpdate(strategy: JsonValue | undefined): Problems {
  const at = "spec.updateStrategy";
  const update = get(strategy, "rollingUpdate");
  const type = text(strategy, "type");
  if (type === "") yield requiredValue(at);
  else if (type === "OnDelete") {
    if (!isObject(update)) return;
    const shown = { Partition: get(update, "partition") ?? 0, MaxUnavailable: get(update, "maxUnavailable") ?? null };
    yield invalidValue(`${at}.rollingUpdate`, shown, "only allowed for updateStrategy 'RollingUpdate'");
  } else if (type === "RollingUpdate") yield* nonNegative(`${at}.rollingUpdate`, update, "partition");
  else yield invalidValue(at, goStrategy(strategy), "must be 'RollingUpdate' or 'OnDelete'");
}

const statefulFields = [
  "replicas",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "ordinals",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
];

export function* statefulSetChange(set: JsonObject, old: JsonObject): Problems {
  const strip = (spec: JsonObject): JsonObject => {
    const rest = { ...spec };
    for (const key of statefulFields) delete rest[key];
    return rest;
  };
  if (equal(strip(specOf(set)), strip(specOf(old)))) return;
  const why =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  yield forbiddenValue("spec", why);
}

export function* daemonSetProblems(set: JsonObject): Problems {
  const spec = specOf(set);
  const { selector, template } = spec;
  if (isObject(selector)) yield* labelSelectorProblems("spec.selector", selector);
  if (selects(selector, template) === false) {
    yield invalidValue("spec.template.metadata.labels", labelsOf(template), mismatch);
  }
  if (isObject(selector) && isEmptySelector(selector)) {
    yield invalidValue("spec.selector", selector, "empty selector is invalid for daemonset");
  }
  yield* podTemplateProblems(template, "spec.template");
  yield* alwaysRestarts(spec, "DaemonSet");
  yield* nonNegative("spec", spec, "minReadySeconds");
  const update = read(spec["updateStrategy"], "rollingUpdate");
  const type = text(spec["updateStrategy"], "type");
  const at = "spec.updateStrategy";
  if (type === "RollingUpdate") {
    const [unavailable, surge] = [get(update, "maxUnavailable"), get(update, "maxSurge")];
    yield* amountProblems(`${at}.rollingUpdate.maxUnavailable`, unavailable);
    yield* amountProblems(`${at}.rollingUpdate.maxSurge`, surge);
    if (amountOf(unavailable) !== 0 && amountOf(surge) !== 0) {
      yield invalidValue(`${at}.rollingUpdate.maxSurge`, surge, "may not be set when maxUnavailable is non-zero");
    }
    if (amountOf(unavailable) === 0 && amountOf(surge) === 0) {
      yield requiredValue(`${at}.rollingUpdate.maxUnavailable`, "cannot be 0 when maxSurge is 0");
    }
    yield* atMostAll(`${at}.rollingUpdate.maxUnavailable`, unavailable);
    yield* atMostAll(`${at}.rollingUpdate.maxSurge`, surge);
  } else if (type !== "OnDelete") {
    yield unsupportedValue(at, goStrategy(spec["updateStrategy"]), ["RollingUpdate", "OnDelete"]);
  }
  yield* nonNegative("spec", spec, "revisionHistoryLimit");
}

const uidLabel = "batch.kubernetes.io/controller-uid";

/** A selector that the server has made is nobody else's. */
export function* generatedSelector(job: JsonObject): Problems {
  const { selector, manualSelector } = specOf(job);
  if (manualSelector === true || !isObject(selector)) return;
  const expected = { matchLabels: { [uidLabel]: text(job["metadata"], "uid") } };
  if (equal(selector, expected)) return;
  const own = get(selector, "matchLabels");
  const sorted = Object.entries(isObject(own) ? own : {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = { ...selector, matchLabels: Object.fromEntries(sorted) };
  yield invalidValue("spec.selector", shown, "`selector` not auto-generated");
}

export function* jobProblems(job: JsonObject): Problems {
  yield* jobSpecProblems(specOf(job), "spec");
  const { selector, template } = specOf(job);
  if (!isObject(selector)) yield requiredValue("spec.selector");
  else yield* labelSelectorProblems("spec.selector", selector);
  if (selects(selector, template) === false) {
    yield invalidValue("spec.template.metadata.labels", labelsOf(template), mismatch);
  }
}

const completionModes = ["NonIndexed", "Indexed"];

function* jobSpecProblems(spec: JsonObject, at: string): Problems {
  const counts = ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"];
  yield* nonNegative(at, spec, ...counts, "backoffLimitPerIndex", "maxFailedIndexes");
  const perIndex = spec["backoffLimitPerIndex"];
  if (isSet(spec["maxFailedIndexes"]) && !isSet(perIndex)) {
    yield requiredValue(`${at}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  }
  const mode = text(spec, "completionMode");
  if (mode !== "" && !completionModes.includes(mode))
    yield unsupportedValue(`${at}.completionMode`, mode, completionModes);
  if (mode === "Indexed" && !isSet(spec["completions"])) {
    yield requiredValue(`${at}.completions`, "when completion mode is Indexed");
  }
  if (mode === "" || mode === "NonIndexed") {
    for (const key of ["backoffLimitPerIndex", "maxFailedIndexes"]) {
      if (isSet(spec[key])) yield invalidValue(`${at}.${key}`, spec[key], "requires indexed completion mode");
    }
  }
  yield* podTemplateProblems(spec["template"], `${at}.template`);
  const restart = text(spec, "template", "spec", "restartPolicy");
  const here = `${at}.template.spec.restartPolicy`;
  if (restart === "" || restart === "Always") yield requiredValue(here, 'valid values: "OnFailure", "Never"');
  else if (restart !== "OnFailure" && restart !== "Never")
    yield unsupportedValue(here, restart, ["OnFailure", "Never"]);
}

export function* jobChange(job: JsonObject, old: JsonObject): Problems {
  const [spec, before] = [specOf(job), specOf(old)];
  if (text(spec, "completionMode") !== "Indexed") {
    yield* immutable("spec.completions", spec["completions"], before["completions"]);
  } else if (
    isSet(spec["completions"]) &&
    !equal(spec["completions"], before["completions"] ?? null) &&
    !equal(spec["completions"], spec["parallelism"] ?? null)
  ) {
    const why = "can only be modified in tandem with spec.parallelism";
    yield invalidValue("spec.completions", spec["completions"], why);
  }
  yield* immutable("spec.selector", spec["selector"], before["selector"]);
  yield* immutable("spec.template", spec["template"], before["template"]);
  for (const key of ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"]) {
    yield* immutable(`spec.${key}`, spec[key], before[key]);
  }
}

export function* cronJobProblems(job: JsonObject): Problems {
  const spec = specOf(job);
  const schedule = text(spec, "schedule");
  if (schedule === "") yield requiredValue("spec.schedule");
  else {
    const why = cronProblem(schedule);
    if (why !== undefined) yield invalidValue("spec.schedule", schedule, why);
    if (schedule.includes("TZ")) {
      yield invalidValue("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    }
  }
  yield* nonNegative("spec", spec, "startingDeadlineSeconds");
  const zone = spec["timeZone"];
  if (zone === "") yield invalidValue("spec.timeZone", zone, "must be nil or non-empty string");
  else if (typeof zone === "string" && !isTimeZone(zone)) {
    yield invalidValue("spec.timeZone", zone, `unknown time zone ${zone}`);
  }
  yield* oneOf("spec.concurrencyPolicy", spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"]);
  const template = read(spec["jobTemplate"], "spec");
  yield* jobSpecProblems(isObject(template) ? template : {}, "spec.jobTemplate.spec");
  yield* nonNegative("spec", spec, "successfulJobsHistoryLimit", "failedJobsHistoryLimit");
}

/** A CronJob's name leaves room for what its Jobs are called. */
export function* cronJobName(job: JsonObject): Problems {
  const name = textOf(get(job["metadata"], "name"));
  if (name.length > 52) yield invalidValue("metadata.name", name, "must be no more than 52 characters");
}
