import { equal, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { forbiddenValue, invalidValue } from "../../field-problem.ts";
import { listOf, specOf, text, type Problems } from "./checks.ts";
import { gatedProblems, isGated, withOldNodes } from "./gated-pods.ts";
import { paddedImage } from "./images.ts";
import { formerAnnotationProblems, podAnnotationProblems } from "./pod-annotations.ts";
import { podResizeProblems } from "./pod-resize.ts";
import { podSpecProblems } from "./pod-spec.ts";

export function* podProblems(pod: JsonObject): Problems {
  yield* podAnnotationProblems(pod, specOf(pod), "metadata.annotations");
  yield* podSpecProblems(specOf(pod), "spec", { isPod: true, podName: text(pod["metadata"], "name") });
  yield* tokenProblems(specOf(pod));
  for (const key of ["containers", "initContainers"]) {
    for (const [index, container] of listOf(specOf(pod)[key]).entries()) {
      yield* paddedImage(container, `spec.${key}[${index}]`);
    }
  }
}

/** Tokens are those of the pod's account. */
function* tokenProblems(spec: JsonObject): Problems {
  if (text(spec, "serviceAccountName") !== "") return;
  for (const [index, volume] of listOf(spec["volumes"]).entries()) {
    for (const [which, source] of listOf(get(get(volume, "projected"), "sources")).entries()) {
      if (!isObject(get(source, "serviceAccountToken"))) continue;
      const at = `spec.volumes[${index}].projected.sources[${which}].serviceAccountToken`;
      yield forbiddenValue(at, "must not be specified when serviceAccountName is not set");
    }
  }
}

/** What only a new pod may not have. */
export function* podCreateProblems(pod: JsonObject): Problems {
  if (listOf(specOf(pod)["ephemeralContainers"]).length > 0) {
    yield forbiddenValue("spec.ephemeralContainers", "cannot be set on create");
  }
  if (text(specOf(pod), "nodeName") !== "" && listOf(specOf(pod)["schedulingGates"]).length > 0) {
    yield forbiddenValue("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
  }
  yield* formerAnnotationProblems(pod, specOf(pod), "spec");
}

const changeable =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Which changes of a pod's spec are none that may be. */
export function* podChangeProblems(pod: JsonObject, old: JsonObject, subresource: string): Problems {
  if (subresource === "ephemeralcontainers") yield* ephemeralChanges(pod, old);
  if (subresource === "resize") yield* podResizeProblems(pod, old);
  // What other endpoints write, they look at themselves.
  if (subresource !== "") return;

  const [spec, before] = [specOf(pod), specOf(old)];
  for (const key of ["containers", "initContainers"]) {
    if (listOf(spec[key]).length !== listOf(before[key]).length) {
      yield forbiddenValue(`spec.${key}`, "pod updates may not add or remove containers");
      return;
    }
    for (const [index, one] of listOf(spec[key]).entries()) {
      if (text(one, "image") === "") yield { ...required, field: `spec.${key}[${index}].image` };
    }
  }
  const deadline = spec["activeDeadlineSeconds"];
  const previous = before["activeDeadlineSeconds"];
  if (typeof deadline === "number") {
    if (typeof previous === "number" && previous < deadline) {
      yield invalidValue("spec.activeDeadlineSeconds", deadline, "must be less than or equal to previous value");
      return;
    }
  } else if (previous !== undefined) {
    const why = "must not update from a positive integer to nil value";
    yield invalidValue("spec.activeDeadlineSeconds", null, why);
  }
  yield* tolerationChanges(spec["tolerations"], before["tolerations"]);
  const gates = listOf(before["schedulingGates"]).map((one) => text(one, "name"));
  for (const [index, gate] of listOf(spec["schedulingGates"]).entries()) {
    const name = text(gate, "name");
    if (gates.includes(name)) continue;
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    yield forbiddenValue(`spec.schedulingGates[${index}].name`, why);
  }
  let compared = comparable(spec, before);
  if (isGated(before)) {
    yield* gatedProblems(spec, before);
    compared = withOldNodes(compared, before);
  }
  if (!equal(compared, before)) {
    yield forbiddenValue("spec", `pod updates may not change fields other than ${changeable}`);
  }
}

function* ephemeralChanges(pod: JsonObject, old: JsonObject): Problems {
  const at = "spec.ephemeralContainers";
  const now = listOf(specOf(pod)["ephemeralContainers"]);
  for (const before of listOf(specOf(old)["ephemeralContainers"])) {
    const name = JSON.stringify(text(before, "name"));
    const same = now.find((one) => text(one, "name") === text(before, "name"));
    if (same === undefined) yield forbiddenValue(at, `existing ephemeral containers ${name} may not be removed\n`);
    else if (!equal(same, before))
      yield forbiddenValue(at, `existing ephemeral containers ${name} may not be changed\n`);
  }
}

const required: FieldProblem = { field: "", reason: "FieldValueRequired", message: "Required value" };

function* tolerationChanges(list: JsonValue | undefined, old: JsonValue | undefined): Problems {
  const withoutSeconds = (one: JsonValue): JsonValue => (isObject(one) ? { ...one, tolerationSeconds: null } : one);
  const kept = listOf(list).map(withoutSeconds);
  for (const one of listOf(old)) {
    if (kept.some((other) => equal(other, withoutSeconds(one)))) continue;
    yield forbiddenValue("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
    return;
  }
}

/** The new spec with all that may change as it was. */
function comparable(spec: JsonObject, old: JsonObject): JsonObject {
  const images = (key: string): JsonObject => {
    const before = listOf(old[key]);
    const list = listOf(spec[key]);
    if (list.length === 0) return {};
    return { [key]: list.map((one, index) => ({ ...(one as JsonObject), image: get(before[index], "image") ?? "" })) };
  };
  const result: JsonObject = { ...spec, ...images("containers"), ...images("initContainers") };
  for (const key of ["activeDeadlineSeconds", "schedulingGates", "tolerations"]) {
    delete result[key];
    if (old[key] !== undefined) result[key] = old[key];
  }
  if (Number(old["terminationGracePeriodSeconds"]) < 0 && spec["terminationGracePeriodSeconds"] === 1) {
    result["terminationGracePeriodSeconds"] = old["terminationGracePeriodSeconds"]!;
  }
  return result;
}
