import { dns1123SubdomainProblem, equal, textOf, type JsonObject } from "@fairlead/apimachinery";
import { requestDeclarations } from "@fairlead/apimachinery/cel";
import type { FieldProblem } from "../errors.ts";
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from "../field-problem.ts";
import { conditionProblems, objects, oneOf, ruleProblems, selectorProblems, texts } from "./admission-rules.ts";
import type { Strategy } from "./strategy.ts";
import { reviewVersionProblems, webhookClientProblems } from "./webhook-clients.ts";

const strategy = (isMutating: boolean): Strategy => ({
  hasGeneration: true,
  validate: (configuration) => [...configurationProblems(configuration, undefined, isMutating)],
  validateUpdate: (configuration, old) => [...configurationProblems(configuration, old, isMutating)],
});

export const validatingWebhookStrategy: Strategy = strategy(false);
export const mutatingWebhookStrategy: Strategy = strategy(true);

function* configurationProblems(
  configuration: JsonObject,
  old: JsonObject | undefined,
  isMutating: boolean,
): Generator<FieldProblem> {
  const webhooks = objects(configuration, "webhooks");
  const before = objects(old, "webhooks").map((one) => one["matchConditions"] ?? []);
  const sameConditions =
    old !== undefined &&
    equal(
      webhooks.map((one) => one["matchConditions"] ?? []),
      before,
    );
  const names = new Set<string>();
  for (const [index, webhook] of webhooks.entries()) {
    const at = `webhooks[${index}]`;
    yield* webhookProblems(at, webhook, isMutating, !sameConditions);
    yield* reviewVersionProblems(`${at}.admissionReviewVersions`, texts(webhook, "admissionReviewVersions"));
    const name = textOf(webhook["name"]);
    if (name !== "" && names.has(name)) yield duplicateValue(`${at}.name`, name);
    names.add(name);
  }
}

function* webhookProblems(
  at: string,
  webhook: JsonObject,
  isMutating: boolean,
  checksConditions: boolean,
): Generator<FieldProblem> {
  const name = textOf(webhook["name"]);
  const problem = dns1123SubdomainProblem(name);
  if (name === "") yield requiredValue(`${at}.name`);
  else if (problem !== undefined) yield invalidValue(`${at}.name`, name, problem);
  else if (name.split(".").length < 3)
    yield invalidValue(`${at}.name`, name, "should be a domain with at least three segments separated by dots");
  for (const [index, rule] of objects(webhook, "rules").entries()) yield* ruleProblems(`${at}.rules[${index}]`, rule);
  yield* oneOf(`${at}.failurePolicy`, webhook["failurePolicy"], ["Fail", "Ignore"]);
  yield* oneOf(`${at}.matchPolicy`, webhook["matchPolicy"], ["Equivalent", "Exact"]);
  const effects = webhook["sideEffects"];
  const none = ["None", "NoneOnDryRun"];
  if (effects === undefined) yield requiredValue(`${at}.sideEffects`, `must specify one of ${none.join(", ")}`);
  else if (!none.includes(textOf(effects))) yield unsupportedValue(`${at}.sideEffects`, effects, none);
  const seconds = webhook["timeoutSeconds"];
  if (typeof seconds === "number" && (seconds > 30 || seconds < 1))
    yield invalidValue(`${at}.timeoutSeconds`, seconds, "the timeout value must be between 1 and 30 seconds");
  yield* selectorProblems(`${at}.namespaceSelector`, webhook["namespaceSelector"]);
  yield* selectorProblems(`${at}.objectSelector`, webhook["objectSelector"]);
  if (isMutating) yield* oneOf(`${at}.reinvocationPolicy`, webhook["reinvocationPolicy"], ["IfNeeded", "Never"]);
  yield* webhookClientProblems(`${at}.clientConfig`, webhook["clientConfig"]);
  if (checksConditions)
    yield* conditionProblems(`${at}.matchConditions`, webhook, requestDeclarations({ authorizer: true }));
}
