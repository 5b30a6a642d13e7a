import { dns1123LabelProblem, get, isObject, labelKeyProblem, textOf, type JsonValue } from "@fairlead/apimachinery";
import { invalidValue, requiredValue } from "../../field-problem.ts";
import { labelSelectorProblems } from "../../label-problems.ts";
import { listOf, objections, text, type Problems } from "./checks.ts";
import { labelKeysProblems } from "./label-keys.ts";
import { nodeSelectorProblems, nodeSelectorTermProblems } from "./node-selectors.ts";

const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

/** What is wrong with the `affinity` of a pod. */
export function* affinityProblems(affinity: JsonValue | undefined, at: string): Problems {
  yield* nodeAffinityProblems(get(affinity, "nodeAffinity"), `${at}.nodeAffinity`);
  for (const key of ["podAffinity", "podAntiAffinity"]) {
    const own = get(affinity, key);
    for (const [index, term] of listOf(get(own, required)).entries()) {
      yield* podTermProblems(term, `${at}.${key}.${required}[${index}]`);
    }
    for (const [index, weighted] of listOf(get(own, preferred)).entries()) {
      const here = `${at}.${key}.${preferred}[${index}]`;
      yield* weightProblems(weighted, here);
      yield* podTermProblems(get(weighted, "podAffinityTerm") ?? {}, `${here}.podAffinityTerm`);
    }
  }
}

function* nodeAffinityProblems(affinity: JsonValue | undefined, at: string): Problems {
  const selector = get(affinity, required);
  if (isObject(selector)) yield* nodeSelectorProblems(selector, `${at}.${required}`);
  for (const [index, weighted] of listOf(get(affinity, preferred)).entries()) {
    const here = `${at}.${preferred}[${index}]`;
    yield* weightProblems(weighted, here);
    yield* nodeSelectorTermProblems(get(weighted, "preference"), `${here}.preference`, { anyValue: true });
  }
}

function* weightProblems(weighted: JsonValue, at: string): Problems {
  const weight = get(weighted, "weight") ?? 0;
  if (typeof weight === "number" && (weight <= 0 || weight > 100)) {
    yield invalidValue(`${at}.weight`, weight, "must be in the range 1-100");
  }
}

function* podTermProblems(term: JsonValue, at: string): Problems {
  for (const key of ["labelSelector", "namespaceSelector"]) {
    const selector = get(term, key);
    if (isObject(selector)) yield* labelSelectorProblems(`${at}.${key}`, selector);
  }
  for (const name of listOf(get(term, "namespaces"))) {
    yield* objections(`${at}.namespace`, name, dns1123LabelProblem(textOf(name)));
  }
  yield* labelKeysProblems(term, at);
  const key = text(term, "topologyKey");
  if (key === "") yield requiredValue(`${at}.topologyKey`, "can not be empty");
  yield* objections(`${at}.topologyKey`, key, labelKeyProblem(key));
}
