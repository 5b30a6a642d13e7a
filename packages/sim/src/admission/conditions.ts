import {
  compileExpression,
  requestDeclarations,
  type CompiledExpression,
  type Declarations,
  type ExpressionResult,
  type Variables,
} from "@fairlead/apimachinery/cel";
import type { JsonObject } from "@fairlead/apimachinery";
import { internalError } from "../errors.ts";
import type { Resource } from "../resources/resource.ts";
import type { AdmissionRequest } from "./admission.ts";
import type { AdmissionHost } from "./host.ts";
import { aggregate, items, text } from "./objects.ts";
import { nameOf, requestObject } from "./request-object.ts";

/** One expression of a webhook or a policy, compiled or not. */
export interface Condition {
  readonly name: string;
  readonly expression: string;
  readonly compiled: CompiledExpression;
}

export type Conditions = readonly Condition[];

export function compileCondition(
  name: string,
  expression: string,
  variables: Declarations,
  returns?: readonly string[],
): Condition {
  const compiled = compileExpression(expression, returns === undefined ? { variables } : { variables, returns });
  return { name, expression, compiled };
}

/** `matchConditions` of a webhook or a policy. */
export function matchConditions(of: JsonObject, variables = requestDeclarations({ authorizer: true })): Conditions {
  return items(of, "matchConditions").map((one) =>
    compileCondition(text(one, "name"), text(one, "expression"), variables, ["bool"]),
  );
}

/** Turns of folds that all expressions of one webhook's conditions may do together. */
export const conditionTurns = 500_000;

/** What went wrong, in the words of the API server, or the result. */
export function evaluateCondition(
  { expression, compiled }: Condition,
  variables: Variables,
  budget: { turns: number },
): ExpressionResult {
  if ("problem" in compiled) return { kind: "error", message: `compilation error: ${compiled.problem}` };
  const result = compiled.evaluate(variables, budget);
  if (result.kind === "value") return result;
  return { kind: "error", message: `expression '${expression}' resulted in error: ${result.message}` };
}

export type ConditionsResult = { readonly kind: "yes" | "no" } | { readonly kind: "failed"; readonly message: string };

/** One condition that is false decides; errors count only where none is, and only if failing is what is wanted. */
export function evaluateConditions(
  conditions: Conditions,
  variables: Variables,
  failurePolicy: string,
): ConditionsResult {
  const problems: string[] = [];
  const budget = { turns: conditionTurns };
  for (const condition of conditions) {
    const result = evaluateCondition(condition, variables, budget);
    if (result.kind === "error") problems.push(result.message);
    else if (result.value === false) return { kind: "no" };
  }
  if (problems.length === 0) return { kind: "yes" };
  return failurePolicy === "Ignore" ? { kind: "no" } : { kind: "failed", message: aggregate(problems) };
}

/** The variables of Kubernetes' admission expressions for one request, seen as one resource. */
export function admissionVariables(
  host: AdmissionHost,
  request: AdmissionRequest,
  matched: Resource,
  namespaceObject?: JsonObject,
): Record<string, Variables[string]> {
  const { resource, subresource, namespace, user } = request;
  const seen = (object: JsonObject | undefined): JsonObject | null =>
    object === undefined ? null : matched === resource ? object : host.convert(object, resource, matched);
  return {
    object: { kind: "json", value: seen(request.object) },
    oldObject: { kind: "json", value: seen(request.old) },
    request: { kind: "json", value: requestObject(request, matched) },
    namespaceObject: { kind: "json", value: namespaceObject ?? null },
    authorizer: {
      kind: "authorizer",
      authorize: ({ serviceAccount, ...check }) => {
        const asking =
          serviceAccount === undefined ? user : serviceAccountUser(serviceAccount.namespace, serviceAccount.name);
        if (check.kind === "path") return host.authorizer.decide({ ...check, user: asking });
        return host.authorizer.decide({ ...check, version: "*", user: asking });
      },
      request: { group: resource.group, resource: resource.plural, subresource, namespace, name: nameOf(request) },
    },
  };
}

function serviceAccountUser(namespace: string, name: string) {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return { name: `system:serviceaccount:${namespace}:${name}`, groups };
}

/** The resource under which a rule named it; one that is gone by now cannot be converted to. */
export function matchedResource(
  host: AdmissionHost,
  request: AdmissionRequest,
  { group, version, resource }: { readonly group: string; readonly version: string; readonly resource: string },
): Resource {
  const own = request.resource;
  if (own.group === group && own.version === version && own.plural === resource) return own;
  const found = host.resources.find(group, version, resource);
  if (found !== undefined) return found;
  throw internalError(`unable to convert to ${group}/${version}, Resource=${resource}: unknown kind`);
}
