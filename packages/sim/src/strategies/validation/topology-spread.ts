import { get, isObject, textOf, type JsonValue } from "@fairlead/apimachinery";
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { labelSelectorProblems } from "../../label-problems.ts";
import { listOf, text, type Problems } from "./checks.ts";
import { labelKeysProblems } from "./label-keys.ts";

const actions = ["DoNotSchedule", "ScheduleAnyway"];
const policies = ["Honor", "Ignore"];

/** What is wrong with `topologySpreadConstraints`. */
export function* topologySpreadProblems(list: JsonValue | undefined, at: string): Problems {
  const constraints = listOf(list);
  for (const [index, one] of constraints.entries()) {
    const here = `${at}[${index}]`;
    yield* positive(`${here}.maxSkew`, get(one, "maxSkew") ?? 0);
    const [key, action] = [text(one, "topologyKey"), text(one, "whenUnsatisfiable")];
    if (key === "") yield requiredValue(`${here}.topologyKey`, "can not be empty");
    if (!actions.includes(action)) yield unsupportedValue(`${here}.whenUnsatisfiable`, action, actions);
    const isRepeated = constraints
      .slice(index + 1)
      .some((other) => text(other, "topologyKey") === key && text(other, "whenUnsatisfiable") === action);
    if (isRepeated) yield duplicateValue(`${here}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`);
    const domains = get(one, "minDomains");
    if (typeof domains === "number") {
      yield* positive(`${here}.minDomains`, domains);
      if (action !== "DoNotSchedule") {
        const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
        yield invalidValue(`${here}.minDomains`, domains, why);
      }
    }
    for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"]) {
      const policy = get(one, name);
      if (typeof policy === "string" && !policies.includes(policy)) {
        yield unsupportedValue(`${here}.${name}`, textOf(policy), policies);
      }
    }
    yield* labelKeysProblems(one, here);
    const selector = get(one, "labelSelector");
    if (isObject(selector)) yield* labelSelectorProblems(`${here}.labelSelector`, selector);
  }
}

function* positive(at: string, value: JsonValue): Problems {
  if (typeof value === "number" && value <= 0) yield invalidValue(at, value, "must be greater than zero");
}
