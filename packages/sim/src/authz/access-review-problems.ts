import { get, isObject, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import type { FieldProblem } from "../errors.ts";
import { invalidValue, requiredValue } from "../field-problem.ts";
import { labelRequirementProblems, valuesProblem } from "../label-problems.ts";
import { metadataOrder } from "../resources/metadata-order.ts";

export type AccessReviewKind = "SubjectAccessReview" | "LocalSubjectAccessReview" | "SelfSubjectAccessReview";

/** What the API server finds wrong with an access review, in its order. */
export function accessReviewProblems(kind: AccessReviewKind, review: JsonObject): readonly FieldProblem[] {
  const spec = get(review, "spec");
  const resource = get(spec, "resourceAttributes");
  const path = get(spec, "nonResourceAttributes");
  const problems: FieldProblem[] = [];
  const shown = { Path: textOf(get(path, "path")), Verb: textOf(get(path, "verb")) };
  if (isObject(resource) && isObject(path)) {
    problems.push(
      invalidValue("spec.nonResourceAttributes", shown, "cannot be specified in combination with resourceAttributes"),
    );
  } else if (!isObject(resource) && !isObject(path)) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    problems.push(invalidValue("spec.resourceAttributes", undefined, why));
  }
  if (
    kind !== "SelfSubjectAccessReview" &&
    textOf(get(spec, "user")) === "" &&
    listOf(get(spec, "groups")).length === 0
  ) {
    problems.push(invalidValue("spec.user", "", "at least one of user or group must be specified"));
  }
  if (isObject(resource)) problems.push(...selectorProblems(resource));
  problems.push(...metadataProblems(kind, get(review, "metadata")));
  if (kind === "LocalSubjectAccessReview") {
    const namespace = textOf(get(resource, "namespace"));
    if (isObject(resource) && namespace !== textOf(get(get(review, "metadata"), "namespace"))) {
      problems.push(invalidValue("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace"));
    }
    if (isObject(path))
      problems.push(invalidValue("spec.nonResourceAttributes", shown, "disallowed on this kind of request"));
  }
  return problems;
}

function metadataProblems(kind: AccessReviewKind, metadata: JsonValue | undefined): readonly FieldProblem[] {
  const present = metadataOrder.filter((key) => !isEmpty(get(metadata, key)));
  const local = kind === "LocalSubjectAccessReview";
  if (present.every((key) => key === "managedFields" || (local && key === "namespace"))) return [];
  const shown = Object.fromEntries(present.map((key) => [key, get(metadata, key)]));
  return [invalidValue("metadata", shown, local ? "must be empty except for namespace" : "must be empty")];
}

function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === 0) return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function* selectorProblems(resource: JsonObject): Generator<FieldProblem> {
  for (const kind of ["fieldSelector", "labelSelector"] as const) {
    const selector = get(resource, kind);
    if (!isObject(selector)) continue;
    const at = `spec.resourceAttributes.${kind}`;
    const raw = textOf(get(selector, "rawSelector"));
    const requirements = listOf(get(selector, "requirements"));
    if (raw !== "" && requirements.length > 0) {
      yield invalidValue(`${at}.rawSelector`, raw, "may not specified at the same time as requirements");
    }
    if (raw === "" && requirements.length === 0) {
      yield requiredValue(`${at}.requirements`, `when ${at} is specified, requirements or rawSelector is required`);
    }
    for (const [index, requirement] of requirements.entries()) {
      const place = `${at}.requirements[${index}]`;
      if (kind === "fieldSelector") yield* fieldRequirementProblems(place, requirement);
      else yield* labelRequirementProblems(place, requirement, { anyOperator: true });
    }
  }
}

function* fieldRequirementProblems(at: string, requirement: JsonValue): Generator<FieldProblem> {
  if (textOf(get(requirement, "key")) === "") yield requiredValue(`${at}.key`, "must be specified");
  const count = listOf(get(requirement, "values")).length;
  const problem = valuesProblem(`${at}.values`, textOf(get(requirement, "operator")), count);
  if (problem !== undefined) yield problem;
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
