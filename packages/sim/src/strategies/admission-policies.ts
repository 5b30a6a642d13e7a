import {
  dns1123SubdomainProblem,
  get,
  isObject,
  labelKeyProblem,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import {
  compileExpression,
  requestDeclarations,
  type Declarations,
  type DeclaredType,
} from "@fairlead/apimachinery/cel";
import type { FieldProblem } from "../errors.ts";
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from "../field-problem.ts";
import {
  conditionProblems,
  expressionProblems,
  matchProblems,
  mutableProblems,
  objects,
  oneOf,
  paramKindProblems,
  paramRefProblems,
  texts,
} from "./admission-rules.ts";
import type { Strategy } from "./strategy.ts";

const failurePolicies = ["Fail", "Ignore"];
const nameOf = (object: JsonObject): string => textOf(get(object["metadata"], "name"));

/** ValidatingAdmissionPolicies, whose expressions have to be right before they are stored. */
export const validatingPolicyStrategy: Strategy = {
  hasGeneration: true,
  validate: (policy) => [...validatingProblems(policy)],
  validateUpdate: (policy, _old, { subresource }) => (subresource === "" ? [...validatingProblems(policy)] : []),
};

export const mutatingPolicyStrategy: Strategy = {
  hasGeneration: true,
  validate: (policy) => [...mutatingProblems(policy)],
  validateUpdate: (policy, _old, { subresource }) => (subresource === "" ? [...mutatingProblems(policy)] : []),
};

export const validatingBindingStrategy: Strategy = {
  hasGeneration: true,
  validate: (binding) => [...bindingProblems(binding, true)],
  validateUpdate: (binding) => [...bindingProblems(binding, true)],
};

export const mutatingBindingStrategy: Strategy = {
  hasGeneration: true,
  validate: (binding) => [...bindingProblems(binding, false)],
  validateUpdate: (binding) => [...bindingProblems(binding, false)],
};

function* specProblems(spec: JsonValue | undefined): Generator<FieldProblem> {
  yield* oneOf("spec.failurePolicy", get(spec, "failurePolicy"), failurePolicies);
  yield* paramKindProblems("spec.paramKind", get(spec, "paramKind"));
  const match = get(spec, "matchConstraints");
  if (!isObject(match)) yield requiredValue("spec.matchConstraints");
  else {
    yield* matchProblems("spec.matchConstraints", match);
    if (objects(match, "resourceRules").length === 0) yield requiredValue("spec.matchConstraints.resourceRules");
  }
}

function* variableProblems(
  spec: JsonValue | undefined,
  declared: Declarations,
  fields: Record<string, DeclaredType>,
): Generator<FieldProblem> {
  for (const [index, variable] of objects(spec, "variables").entries()) {
    const at = `spec.variables[${index}]`;
    const [name, expression] = [textOf(variable["name"]), textOf(variable["expression"])];
    if (name.trim() === "") yield requiredValue(`${at}.name`, "name is not specified");
    else if (!/^[_a-zA-Z]\w*$/.test(name) || reserved.has(name))
      yield invalidValue(`${at}.name`, name, "must be a valid CEL identifier");
    if (expression.trim() === "") {
      yield requiredValue(`${at}.expression`, "expression is not specified");
      continue;
    }
    const compiled = compileExpression(expression, { variables: declared });
    if ("problem" in compiled) yield invalidValue(`${at}.expression`, expression, compiled.problem);
    const value = "problem" in compiled ? "dyn" : compiled.type;
    Object.defineProperty(fields, name, { value, enumerable: true });
  }
}

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** What the expressions of a policy may name; `variables` are known only to a policy that has some. */
function declarations(spec: JsonValue | undefined) {
  const params = isObject(get(spec, "paramKind"));
  const fields: Record<string, DeclaredType> = {};
  const own: Declarations =
    objects(spec, "variables").length === 0 ? {} : { variables: { name: "kubernetes.variables", fields } };
  return {
    fields,
    all: { ...requestDeclarations({ params, authorizer: true }), ...own },
    ofConditions: requestDeclarations({ params, authorizer: true }),
    ofMessages: { ...requestDeclarations({ params }), ...own },
  };
}

function* validatingProblems(policy: JsonObject): Generator<FieldProblem> {
  const spec = get(policy, "spec");
  const { fields, all, ofConditions, ofMessages } = declarations(spec);
  yield* specProblems(spec);
  yield* conditionProblems("spec.matchConditions", spec, ofConditions);
  yield* variableProblems(spec, all, fields);
  const [validations, annotations] = [objects(spec, "validations"), objects(spec, "auditAnnotations")];
  if (validations.length + annotations.length === 0) {
    const why = "validations or auditAnnotations must contain at least one item";
    yield requiredValue("spec.validations", why);
    return yield requiredValue("spec.auditAnnotations", why);
  }
  for (const [index, validation] of validations.entries())
    yield* validationProblems(`spec.validations[${index}]`, validation, all, ofMessages);
  const keys = new Set<string>();
  for (const [index, annotation] of annotations.entries()) {
    const at = `spec.auditAnnotations[${index}]`;
    const [key, expression] = [textOf(annotation["key"]), textOf(annotation["valueExpression"])];
    const full = `${nameOf(policy)}/${key}`;
    const problem = labelKeyProblem(full);
    if (problem !== undefined) yield invalidValue(`${at}.key`, full, problem);
    if (expression.trim() === "") yield requiredValue(`${at}.valueExpression`, "valueExpression is not specified");
    else yield* expressionProblems(`${at}.valueExpression`, expression, all, ["string", "null_type"]);
    if (keys.has(key)) yield duplicateValue(`${at}.key`, key);
    keys.add(key);
  }
}

function* validationProblems(
  at: string,
  validation: JsonObject,
  declared: Declarations,
  ofMessages: Declarations,
): Generator<FieldProblem> {
  const [expression, message, messageExpression] = ["expression", "message", "messageExpression"].map((key) =>
    textOf(validation[key]),
  ) as [string, string, string];
  if (expression.trim() === "") yield requiredValue(`${at}.expression`, "expression is not specified");
  else yield* expressionProblems(`${at}.expression`, expression, declared, ["bool"]);
  if (messageExpression !== "" && messageExpression.trim() === "")
    yield invalidValue(`${at}.messageExpression`, messageExpression, "must be non-empty if specified");
  else if (messageExpression !== "")
    yield* expressionProblems(`${at}.messageExpression`, messageExpression, ofMessages, ["string"]);
  if (message !== "" && message.trim() === "")
    yield invalidValue(`${at}.message`, message, "must be non-empty if specified");
  else if (/[\n\r]/.test(message.trim())) yield invalidValue(`${at}.message`, message, "must not contain line breaks");
  yield* oneOf(`${at}.reason`, validation["reason"], ["Forbidden", "Invalid", "RequestEntityTooLarge"]);
}

function* mutatingProblems(policy: JsonObject): Generator<FieldProblem> {
  const spec = get(policy, "spec");
  const { fields, all, ofConditions } = declarations(spec);
  yield* specProblems(spec);
  yield* mutableProblems("spec.matchConstraints", get(spec, "matchConstraints"));
  yield* conditionProblems("spec.matchConditions", spec, ofConditions);
  yield* variableProblems(spec, all, fields);
  const mutations = objects(spec, "mutations");
  if (mutations.length === 0) yield requiredValue("spec.mutations", "mutations must contain at least one item");
  for (const [index, mutation] of mutations.entries())
    yield* mutationProblems(`spec.mutations[${index}]`, mutation, all);
  const again = textOf(get(spec, "reinvocationPolicy"));
  if (again === "") yield requiredValue("spec.reinvocationPolicy");
  else yield* oneOf("spec.reinvocationPolicy", again, ["IfNeeded", "Never"]);
}

function* mutationProblems(at: string, mutation: JsonObject, declared: Declarations): Generator<FieldProblem> {
  const type = textOf(mutation["patchType"]);
  const fieldOf: Readonly<Record<string, string>> = {
    JSONPatch: "jsonPatch",
    ApplyConfiguration: "applyConfiguration",
  };
  if (type === "") return yield requiredValue(`${at}.patchType`);
  const own = Object.hasOwn(fieldOf, type) ? fieldOf[type]! : undefined;
  if (own === undefined) return yield unsupportedValue(`${at}.patchType`, type, ["ApplyConfiguration", "JSONPatch"]);
  if (mutation[own] === undefined) yield requiredValue(`${at}.${own}`, `must be specified when patchType is ${type}`);
  else {
    const expression = textOf(get(mutation[own], "expression")).trim();
    if (expression === "") yield requiredValue(`${at}.${own}.expression`);
    else yield* expressionProblems(`${at}.${own}.expression`, expression, declared);
  }
  const other = own === "jsonPatch" ? "applyConfiguration" : "jsonPatch";
  if (mutation[other] !== undefined)
    yield invalidValue(`${at}.${other}`, `{${other}}`, `must not be specified when patchType is ${type}`);
}

function* bindingProblems(binding: JsonObject, isValidating: boolean): Generator<FieldProblem> {
  const spec = get(binding, "spec");
  const policyName = textOf(get(spec, "policyName"));
  const problem = policyName === "" ? undefined : dns1123SubdomainProblem(policyName);
  if (policyName === "") yield requiredValue("spec.policyName");
  else if (problem !== undefined) yield invalidValue("spec.policyName", policyName, problem);
  yield* paramRefProblems("spec.paramRef", get(spec, "paramRef"));
  const match = get(spec, "matchResources");
  yield* matchProblems("spec.matchResources", match);
  if (!isValidating) return yield* mutableProblems("spec.matchResources", match);
  const actions = texts(spec, "validationActions");
  const known = ["Audit", "Deny", "Warn"];
  for (const [index, action] of actions.entries()) {
    const at = `spec.validationActions[${index}]`;
    if (!known.includes(action)) yield unsupportedValue(at, action, known);
    if (actions.indexOf(action) < index) yield duplicateValue(at, action);
  }
  if (actions.includes("Deny") && actions.includes("Warn"))
    yield invalidValue(
      "spec.validationActions",
      actions,
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
    );
  if (actions.length === 0) yield requiredValue("spec.validationActions", "at least one validation action is required");
}
