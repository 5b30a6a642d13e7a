import {
  dns1035LabelProblem,
  dns1123SubdomainProblem,
  get,
  isObject,
  labelKeyProblem,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { compileExpression, type Declarations } from "@fairlead/apimachinery/cel";
import type { FieldProblem } from "../errors.ts";
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from "../field-problem.ts";
import { labelSelectorProblems } from "../label-problems.ts";

/** What the kinds of `admissionregistration.k8s.io` have in common, checked as kube-apiserver checks it. */

export const objects = (value: JsonValue | undefined, key: string): JsonObject[] => {
  const list = get(value, key);
  return Array.isArray(list) ? list.map((item) => (isObject(item) ? item : {})) : [];
};

export const texts = (value: JsonValue | undefined, key: string): string[] => {
  const list = get(value, key);
  return Array.isArray(list) ? list.map(textOf) : [];
};

export function* oneOf(at: string, value: JsonValue | undefined, known: readonly string[]): Generator<FieldProblem> {
  if (value !== undefined && !known.includes(textOf(value))) yield unsupportedValue(at, value, known);
}

export function* selectorProblems(at: string, value: JsonValue | undefined): Generator<FieldProblem> {
  if (isObject(value)) yield* labelSelectorProblems(at, value);
}

const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

export function* ruleProblems(at: string, rule: JsonObject): Generator<FieldProblem> {
  const asked = texts(rule, "operations");
  if (asked.length === 0) yield requiredValue(`${at}.operations`);
  if (asked.length > 1 && asked.includes("*"))
    yield invalidValue(`${at}.operations`, asked, "if '*' is present, must not specify other operations");
  for (const [index, one] of asked.entries()) {
    if (!operations.includes(one)) yield unsupportedValue(`${at}.operations[${index}]`, one, operations);
  }
  yield* wildcardProblems(`${at}.apiGroups`, texts(rule, "apiGroups"), "API groups");
  const versions = texts(rule, "apiVersions");
  yield* wildcardProblems(`${at}.apiVersions`, versions, "API versions");
  for (const [index, version] of versions.entries()) {
    if (version === "") yield requiredValue(`${at}.apiVersions[${index}]`);
  }
  yield* resourceProblems(`${at}.resources`, texts(rule, "resources"));
  yield* oneOf(`${at}.scope`, get(rule, "scope"), ["*", "Cluster", "Namespaced"]);
}

function* wildcardProblems(at: string, list: readonly string[], what: string): Generator<FieldProblem> {
  if (list.length === 0) yield requiredValue(at);
  if (list.length > 1 && list.includes("*"))
    yield invalidValue(at, list, `if '*' is present, must not specify other ${what}`);
}

function* resourceProblems(at: string, resources: readonly string[]): Generator<FieldProblem> {
  if (resources.length === 0) yield requiredValue(at);
  const [allOf, ofAll] = [new Set<string>(), new Set<string>()];
  let hasPlain = false;
  for (const [index, one] of resources.entries()) {
    const here = `${at}[${index}]`;
    if (one === "") {
      yield requiredValue(here);
      continue;
    }
    const slash = one.indexOf("/");
    if (slash < 0) {
      hasPlain = one !== "*";
      continue;
    }
    const [resource, subresource] = [one.slice(0, slash), one.slice(slash + 1)];
    if (allOf.has(resource)) yield invalidValue(here, one, `if '${resource}/*' is present, must not specify ${one}`);
    if (ofAll.has(subresource))
      yield invalidValue(here, one, `if '*/${subresource}' is present, must not specify ${one}`);
    if (subresource === "*") allOf.add(resource);
    if (resource === "*") ofAll.add(subresource);
  }
  if (resources.length > 1 && resources.includes("*/*"))
    yield invalidValue(at, resources, "if '*/*' is present, must not specify other resources");
  if (resources.includes("*") && hasPlain)
    yield invalidValue(at, resources, "if '*' is present, must not specify other resources without subresources");
}

/** `matchConstraints` of a policy or `matchResources` of a binding. */
export function* matchProblems(at: string, match: JsonValue | undefined): Generator<FieldProblem> {
  if (!isObject(match)) return;
  yield* oneOf(`${at}.matchPolicy`, get(match, "matchPolicy"), ["Equivalent", "Exact"]);
  yield* selectorProblems(`${at}.namespaceSelector`, get(match, "namespaceSelector"));
  yield* selectorProblems(`${at}.objectSelector`, get(match, "objectSelector"));
  for (const key of ["resourceRules", "excludeResourceRules"]) {
    for (const [index, rule] of objects(match, key).entries()) {
      const here = `${at}.${key}[${index}]`;
      const names = texts(rule, "resourceNames");
      for (const [place, name] of names.entries()) {
        if (names.indexOf(name) < place) yield duplicateValue(`${here}.resourceNames[${place}]`, name);
      }
      yield* ruleProblems(here, rule);
    }
  }
}

/** Operations that a mutating policy may name: there is nothing to change about a deletion. */
export function* mutableProblems(at: string, match: JsonValue | undefined): Generator<FieldProblem> {
  const known = operations.filter((one) => one !== "DELETE");
  for (const rule of objects(match, "resourceRules")) {
    for (const one of texts(rule, "operations")) {
      if (!known.includes(one)) yield unsupportedValue(`${at}.resourceRules.operations`, one, known);
    }
  }
}

export function* expressionProblems(
  at: string,
  expression: string,
  variables: Declarations,
  returns?: readonly string[],
): Generator<FieldProblem> {
  const compiled = compileExpression(expression, returns === undefined ? { variables } : { variables, returns });
  if ("problem" in compiled) yield invalidValue(at, expression, compiled.problem);
}

const mostConditions = 64;

export function* conditionProblems(
  at: string,
  of: JsonValue | undefined,
  variables: Declarations,
): Generator<FieldProblem> {
  const conditions = objects(of, "matchConditions");
  if (conditions.length > mostConditions) {
    const message = `Too many: ${conditions.length}: must have at most ${mostConditions} items`;
    yield { field: at, reason: "FieldValueTooMany", message };
  }
  const names = new Set<string>();
  for (const [index, condition] of conditions.entries()) {
    const expression = textOf(condition["expression"]).trim();
    if (expression === "") yield requiredValue(`${at}[${index}].expression`);
    else yield* expressionProblems(`${at}[${index}].expression`, expression, variables, ["bool"]);
    const name = textOf(condition["name"]);
    const problem = name === "" ? undefined : labelKeyProblem(name);
    if (name === "") yield requiredValue(`${at}[${index}].name`);
    else if (problem !== undefined) yield invalidValue(`${at}[${index}].name`, name, problem);
    if (name !== "" && names.has(name)) yield duplicateValue(`${at}[${index}].name`, name);
    names.add(name);
  }
}

export function* paramKindProblems(at: string, paramKind: JsonValue | undefined): Generator<FieldProblem> {
  if (!isObject(paramKind)) return;
  const [apiVersion, kind] = [textOf(paramKind["apiVersion"]), textOf(paramKind["kind"])];
  const parts = apiVersion.split("/");
  if (apiVersion === "") yield requiredValue(`${at}.apiVersion`);
  else if (parts.length > 2)
    yield invalidValue(`${at}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else {
    const [group, version] = parts.length === 2 ? [parts[0]!, parts[1]!] : ["", apiVersion];
    const groupProblem = group === "" ? undefined : dns1123SubdomainProblem(group);
    if (groupProblem !== undefined) yield invalidValue(`${at}.apiVersion`, group, groupProblem);
    if (version === "") yield invalidValue(`${at}.apiVersion`, apiVersion, "version must be specified");
    else {
      const problem = dns1035LabelProblem(version);
      if (problem !== undefined) yield invalidValue(`${at}.apiVersion`, version, problem);
    }
  }
  if (kind === "") return yield requiredValue(`${at}.kind`);
  const problem = dns1035LabelProblem(kind.toLowerCase());
  if (problem !== undefined)
    yield invalidValue(`${at}.kind`, kind, `may have mixed case, but should otherwise match: ${problem}`);
}

export function* paramRefProblems(at: string, paramRef: JsonValue | undefined): Generator<FieldProblem> {
  if (!isObject(paramRef)) return;
  const [name, selector] = [textOf(paramRef["name"]), paramRef["selector"]];
  const exclusive = { reason: "FieldValueForbidden", message: "Forbidden: name and selector are mutually exclusive" };
  if (name !== "" && selector !== undefined) yield { field: `${at}.name`, ...exclusive };
  if (selector !== undefined) {
    yield* selectorProblems(`${at}.selector`, selector);
    if (name !== "") yield { field: `${at}.selector`, ...exclusive };
  }
  if (name === "" && selector === undefined) yield requiredValue(at, "one of name or selector must be specified");
  const action = paramRef["parameterNotFoundAction"];
  if (action === undefined || action === "") yield requiredValue(`${at}.parameterNotFoundAction`);
  else yield* oneOf(`${at}.parameterNotFoundAction`, action, ["Deny", "Allow"]);
}
