import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { isSet, nonNegative, read, sortedMap, specOf, text, type Problems } from "./checks.ts";
import { podTemplateProblems } from "./pod-template.ts";

/** What is wrong with a ReplicationController. */
export function* replicationControllerProblems(controller: JsonObject): Problems {
  const spec = specOf(controller);
  yield* nonNegative("spec", spec, "minReadySeconds");
  const selector = isObject(spec["selector"]) ? spec["selector"] : {};
  if (Object.keys(selector).length === 0) yield requiredValue("spec.selector");
  yield* nonNegative("spec", spec, "replicas");
  const at = "spec.template";
  const { template } = spec;
  if (!isObject(template)) {
    yield requiredValue(at);
    return;
  }
  const labels = read(template, "metadata", "labels");
  if (Object.entries(selector).some(([key, value]) => get(labels, key) !== value)) {
    const why = "`selector` does not match template `labels`";
    yield invalidValue(`${at}.metadata.labels`, isObject(labels) ? sortedMap(labels) : null, why);
  }
  yield* podTemplateProblems(template, at);
  const policy = text(template, "spec", "restartPolicy");
  if (policy !== "Always") yield unsupportedValue(`${at}.spec.restartPolicy`, policy, ["Always"]);
  if (isSet(read(template, "spec", "activeDeadlineSeconds"))) {
    const why = "activeDeadlineSeconds in ReplicationController is not Supported";
    yield forbiddenValue(`${at}.spec.activeDeadlineSeconds`, why);
  }
}
