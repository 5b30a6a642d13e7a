import { get, type JsonValue } from "@fairlead/apimachinery";
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { isSet, listOf, text, type Problems } from "./checks.ts";

const policies = ["Always", "Never", "OnFailure"];
const actions = ["Restart", "RestartAllContainers"];
const operators = ["In", "NotIn"];

/** What is wrong with when a container is started again. */
export function* restartPolicyProblems(container: JsonValue, at: string): Problems {
  const policy = get(container, "restartPolicy");
  const rules = listOf(get(container, "restartPolicyRules"));
  if (!isSet(policy)) {
    if (rules.length === 0) return;
    yield requiredValue(`${at}.restartPolicy`, "must specify restartPolicy when restart rules are used");
  } else if (!policies.includes(text(container, "restartPolicy"))) {
    yield unsupportedValue(`${at}.restartPolicy`, policy, policies);
  }
  for (const [index, rule] of rules.entries()) {
    const here = `${at}.restartPolicyRules[${index}]`;
    if (!actions.includes(text(rule, "action")))
      yield unsupportedValue(`${here}.action`, text(rule, "action"), actions);
    const codes = get(rule, "exitCodes");
    if (!isSet(codes)) yield requiredValue(`${here}.exitCodes`, "must be specified");
    else if (!operators.includes(text(codes, "operator"))) {
      yield unsupportedValue(`${here}.exitCodes.operator`, text(codes, "operator"), operators);
    }
  }
}

const sizes = ["cpu", "memory"];
const resizes = ["NotRequired", "RestartContainer"];

/** What is wrong with how a container takes another size. */
export function* resizePolicyProblems(list: JsonValue | undefined, at: string, podPolicy: string): Problems {
  const seen = new Set<string>();
  for (const [index, one] of listOf(list).entries()) {
    const [name, policy] = [text(one, "resourceName"), text(one, "restartPolicy")];
    if (seen.has(name)) yield duplicateValue(`${at}[${index}]`, name);
    seen.add(name);
    if (name === "") yield requiredValue(at);
    else if (!sizes.includes(name)) yield unsupportedValue(at, name, sizes);
    if (policy === "") yield requiredValue(at);
    else if (!resizes.includes(policy)) yield unsupportedValue(at, policy, resizes);
    if (podPolicy === "Never" && policy !== "NotRequired") {
      yield invalidValue(at, policy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  }
}
