import { get, labelKeyProblem, type JsonValue } from "@fairlead/apimachinery";
import { duplicateValue, invalidValue, requiredValue, tooLong, unsupportedValue } from "../../field-problem.ts";
import { isSet, listOf, objections, text, type Problems } from "./checks.ts";

const states = ["False", "True", "Unknown"];
const reasonFormat = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const longestReason = 1024;
const longestMessage = 32 * 1024;

/** What is wrong with conditions as all newer kinds have them. */
export function* conditionProblems(list: JsonValue | undefined, at: string): Problems {
  const seen = new Set<string>();
  for (const [index, condition] of listOf(list).entries()) {
    const here = `${at}[${index}]`;
    const [type, state, reason] = [text(condition, "type"), text(condition, "status"), text(condition, "reason")];
    if (seen.has(type)) yield duplicateValue(`${here}.type`, type);
    seen.add(type);
    yield* objections(`${here}.type`, type, labelKeyProblem(type));
    if (!states.includes(state)) yield unsupportedValue(`${here}.status`, state, states);
    const generation = get(condition, "observedGeneration");
    if (typeof generation === "number" && generation < 0) {
      yield invalidValue(`${here}.observedGeneration`, generation, "must be greater than or equal to zero");
    }
    if (!isSet(get(condition, "lastTransitionTime"))) yield requiredValue(`${here}.lastTransitionTime`);
    if (reason === "") yield requiredValue(`${here}.reason`);
    else if (!new RegExp(`^${reasonFormat}$`).test(reason)) {
      const why = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonFormat}')`;
      yield invalidValue(`${here}.reason`, reason, why);
    }
    if (Buffer.byteLength(reason) > longestReason) yield tooLong(`${here}.reason`, longestReason);
    if (Buffer.byteLength(text(condition, "message")) > longestMessage)
      yield tooLong(`${here}.message`, longestMessage);
  }
}
