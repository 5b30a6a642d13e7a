import {
  dns1123SubdomainProblem,
  get,
  labelKeyProblem,
  labelValueProblem,
  textOf,
  type JsonValue,
} from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue } from "../../field-problem.ts";
import { listOf, objections, text, type Problems } from "./checks.ts";

interface TermOptions {
  /** Values that no node can have are taken: what is only preferred may be impossible. */
  readonly anyValue?: boolean;
}

/** What is wrong with a `NodeSelector`. */
export function* nodeSelectorProblems(selector: JsonValue | undefined, at: string): Problems {
  const terms = listOf(get(selector, "nodeSelectorTerms"));
  if (terms.length === 0) {
    yield requiredValue(`${at}.nodeSelectorTerms`, "must have at least one node selector term");
  }
  for (const [index, term] of terms.entries()) {
    yield* nodeSelectorTermProblems(term, `${at}.nodeSelectorTerms[${index}]`);
  }
}

export function* nodeSelectorTermProblems(
  term: JsonValue | undefined,
  at: string,
  options: TermOptions = {},
): Problems {
  for (const [index, one] of listOf(get(term, "matchExpressions")).entries()) {
    yield* requirementProblems(one, `${at}.matchExpressions[${index}]`, options);
  }
  for (const [index, one] of listOf(get(term, "matchFields")).entries()) {
    yield* fieldProblems(one, `${at}.matchFields[${index}]`);
  }
}

const unknownOperator = "not a valid selector operator";

function* requirementProblems(requirement: JsonValue, at: string, { anyValue = false }: TermOptions): Problems {
  const [key, operator] = [text(requirement, "key"), text(requirement, "operator")];
  const values = listOf(get(requirement, "values"));
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) {
      yield requiredValue(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    }
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0) {
      yield forbiddenValue(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  } else if (operator === "Gt" || operator === "Lt") {
    if (values.length !== 1) {
      yield requiredValue(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
    }
  } else yield invalidValue(`${at}.operator`, operator, unknownOperator);
  yield* objections(`${at}.key`, key, labelKeyProblem(key));
  if (anyValue) return;
  for (const [index, value] of values.entries()) {
    yield* objections(`${at}.values[${index}]`, value, labelValueProblem(textOf(value)));
  }
}

function* fieldProblems(requirement: JsonValue, at: string): Problems {
  const [key, operator] = [text(requirement, "key"), text(requirement, "operator")];
  const values = listOf(get(requirement, "values"));
  if (operator === "In" || operator === "NotIn") {
    const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    if (values.length !== 1) yield requiredValue(`${at}.values`, why);
  } else yield invalidValue(`${at}.operator`, operator, unknownOperator);
  if (key !== "metadata.name") {
    yield invalidValue(`${at}.key`, key, "not a valid field selector key");
    return;
  }
  for (const [index, value] of values.entries()) {
    yield* objections(`${at}.values[${index}]`, value, dns1123SubdomainProblem(textOf(value)));
  }
}
