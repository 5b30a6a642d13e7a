import {
  dns1123SubdomainProblem,
  get,
  isObject,
  labelKeyProblem,
  type JsonObject,
  textOf,
} from "@fairlead/apimachinery";
import { invalidValue, requiredValue } from "../../field-problem.ts";
import { isSet, objections, text, type Problems } from "./checks.ts";
import type { RuleContext } from "./validated.ts";

const mismatch = "does not match event.namespace";

/** Events of `events.k8s.io` say more than those of `v1`. */
export function* eventProblems(event: JsonObject, { old, group }: RuleContext): Problems {
  const namespace = text(event["metadata"], "namespace");
  const about = text(event["involvedObject"], "namespace");
  const isNew = group === "events.k8s.io";
  if (!isSet(event["eventTime"])) {
    const fits = about === "" ? ["", "default"].includes(namespace) : about === namespace;
    if (!fits) yield invalidValue("involvedObject.namespace", about, mismatch);
  } else {
    if (about === "" && !["default", "kube-system"].includes(namespace)) {
      yield invalidValue("involvedObject.namespace", about, mismatch);
    }
    yield* reporterProblems(event, isNew);
  }
  yield* objections("namespace", namespace, dns1123SubdomainProblem(namespace));
  if (isNew && old === undefined) yield* newEventProblems(event);
}

const limits: readonly (readonly [string, number])[] = [
  ["reportingInstance", 128],
  ["action", 128],
  ["reason", 128],
];

function* reporterProblems(event: JsonObject, isNew: boolean): Problems {
  const reporter = text(event, "reportingComponent");
  const field = isNew ? "reportingController" : "reportingComponent";
  if (reporter === "") yield requiredValue(field);
  yield* objections(field, reporter, labelKeyProblem(reporter));
  for (const [key, most] of limits) {
    const value = text(event, key);
    if (value === "") yield requiredValue(key);
    if (value.length > most) yield invalidValue(key, "", `can have at most ${most} characters`);
  }
  if (text(event, "message").length > 1024) yield invalidValue("message", "", "can have at most 1024 characters");
}

function* newEventProblems(event: JsonObject): Problems {
  const { series, type } = event;
  if (isObject(series)) {
    if (Number(get(series, "count") ?? 0) < 2) yield invalidValue("series.count", "", "should be at least 2");
    if (!isSet(get(series, "lastObservedTime"))) yield requiredValue("series.lastObservedTime");
  }
  if (!isSet(event["eventTime"])) yield requiredValue("eventTime");
  if (type !== "Normal" && type !== "Warning") {
    yield invalidValue("type", "", `has invalid value: ${textOf(type)}`);
  }
  const unset = ["firstTimestamp", "lastTimestamp", "count"].filter((key) => isSet(event[key]) && event[key] !== 0);
  if (text(event["source"], "component") !== "" || text(event["source"], "host") !== "") unset.push("source");
  for (const key of unset) yield invalidValue(key, "", "needs to be unset");
}
