import {
  dns1123SubdomainProblem,
  equal,
  get,
  isObject,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import { type PolicyRule, rulesOf } from "../authz/policy-rule.ts";
import { rbacGroup } from "../authz/rbac-objects.ts";
import type { FieldProblem } from "../errors.ts";
import { invalidValue, requiredValue, unsupportedValue } from "../field-problem.ts";
import { labelSelectorProblems } from "../label-problems.ts";
import type { Strategy } from "./strategy.ts";

/** What may be part of a path. */
function pathSegmentProblem(name: string): string | undefined {
  if (name === "." || name === "..") return `may not be '${name}'`;
  const wrong = ["/", "%"].filter((character) => name.includes(character));
  return wrong.length === 0 ? undefined : wrong.map((character) => `may not contain '${character}'`).join("; ");
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

function* ruleProblems(at: string, rule: PolicyRule, isNamespaced: boolean): Generator<FieldProblem> {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  if (verbs.length === 0) yield requiredValue(`${at}.verbs`, "verbs must contain at least one value");
  if (nonResourceURLs.length > 0) {
    const say = (why: string): FieldProblem => invalidValue(`${at}.nonResourceURLs`, nonResourceURLs, why);
    if (isNamespaced) yield say("namespaced rules cannot apply to non-resource URLs");
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      yield say("rules cannot apply to both regular resources and non-resource URLs");
    }
    return;
  }
  if (apiGroups.length === 0)
    yield requiredValue(`${at}.apiGroups`, "resource rules must supply at least one api group");
  if (resources.length === 0)
    yield requiredValue(`${at}.resources`, "resource rules must supply at least one resource");
}

const rulesProblems = (role: JsonObject, isNamespaced: boolean): readonly FieldProblem[] =>
  rulesOf(role).flatMap((rule, index) => [...ruleProblems(`rules[${index}]`, rule, isNamespaced)]);

function* aggregationProblems(role: JsonObject): Generator<FieldProblem> {
  const aggregation = get(role, "aggregationRule");
  if (!isObject(aggregation)) return;
  const selectors = listOf(get(aggregation, "clusterRoleSelectors"));
  const at = "aggregationRule.clusterRoleSelectors";
  if (selectors.length === 0) {
    yield requiredValue(at, "at least one clusterRoleSelector required if aggregationRule is non-nil");
  }
  for (const [index, selector] of selectors.entries()) {
    const problems = [...labelSelectorProblems(`${at}[${index}]`, isObject(selector) ? selector : {})];
    yield* problems;
    if (problems.length > 0) yield invalidValue(`${at}[${index}]`, undefined, "invalid label selector.");
  }
}

export const roleStrategy: Strategy = {
  nameProblem: pathSegmentProblem,
  validate: (role) => rulesProblems(role, true),
};

export const clusterRoleStrategy: Strategy = {
  nameProblem: pathSegmentProblem,
  validate: (role) => [...rulesProblems(role, false), ...aggregationProblems(role)],
};

function* bindingProblems(binding: JsonObject, isNamespaced: boolean): Generator<FieldProblem> {
  const roleRef = get(binding, "roleRef");
  const [group, kind, name] = ["apiGroup", "kind", "name"].map((key) => textOf(get(roleRef, key))) as [
    string,
    string,
    string,
  ];
  const kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (group !== rbacGroup) yield unsupportedValue("roleRef.apiGroup", group, [rbacGroup]);
  if (!kinds.includes(kind)) yield unsupportedValue("roleRef.kind", kind, kinds);
  if (name === "") yield requiredValue("roleRef.name");
  for (const why of pathSegmentProblem(name)?.split("; ") ?? []) yield invalidValue("roleRef.name", name, why);
  for (const [index, subject] of listOf(get(binding, "subjects")).entries()) {
    yield* subjectProblems(`subjects[${index}]`, subject, isNamespaced);
  }
}

const subjectKinds = ["ServiceAccount", "User", "Group"];

function* subjectProblems(at: string, subject: JsonValue, isNamespaced: boolean): Generator<FieldProblem> {
  const [kind, name, group] = ["kind", "name", "apiGroup"].map((key) => textOf(get(subject, key))) as [
    string,
    string,
    string,
  ];
  if (name === "") yield requiredValue(`${at}.name`);
  if (!subjectKinds.includes(kind)) {
    yield unsupportedValue(`${at}.kind`, kind, subjectKinds);
    return;
  }
  const isAccount = kind === "ServiceAccount";
  const objection = isAccount && name !== "" ? dns1123SubdomainProblem(name) : undefined;
  if (objection !== undefined) yield invalidValue(`${at}.name`, name, objection);
  const wanted = isAccount ? "" : rbacGroup;
  if (group !== wanted) yield unsupportedValue(`${at}.apiGroup`, group, [wanted]);
  if (isAccount && !isNamespaced && textOf(get(subject, "namespace")) === "") yield requiredValue(`${at}.namespace`);
}

const bindings = (isNamespaced: boolean): Strategy => ({
  nameProblem: pathSegmentProblem,
  validate: (binding) => [...bindingProblems(binding, isNamespaced)],
  validateUpdate: (binding, old) => {
    const problems = [...bindingProblems(binding, isNamespaced)];
    const [roleRef, before] = [get(binding, "roleRef"), get(old, "roleRef")];
    if (equal(roleRef, before)) return problems;
    const shown = { APIGroup: get(roleRef, "apiGroup"), Kind: get(roleRef, "kind"), Name: get(roleRef, "name") };
    return [...problems, invalidValue("roleRef", shown, "cannot change roleRef")];
  },
});

export const bindingStrategy: Strategy = bindings(true);
export const clusterBindingStrategy: Strategy = bindings(false);
