import { get, isObject, labelKeyProblem, textOf, type JsonValue } from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue } from "../../field-problem.ts";
import { listOf, objections, type Problems } from "./checks.ts";

/** What is wrong with `matchLabelKeys` and `mismatchLabelKeys` besides a selector; `at` is what holds the three. */
export function* labelKeysProblems(holder: JsonValue, at: string): Problems {
  const [match, mismatch] = [listOf(get(holder, "matchLabelKeys")), listOf(get(holder, "mismatchLabelKeys"))];
  const selector = get(holder, "labelSelector");
  yield* keyProblems(match, `${at}.matchLabelKeys`, selector);
  yield* keyProblems(mismatch, `${at}.mismatchLabelKeys`, selector);
  if (isObject(selector)) {
    const own = get(selector, "matchLabels");
    const seen = new Set(Object.keys(isObject(own) ? own : {}));
    for (const expression of listOf(get(selector, "matchExpressions"))) {
      const key = textOf(get(expression, "key"));
      const index = match.lastIndexOf(key);
      // The keys have been added to the selector already: whoever is there twice was there before. The server points
      // at the index without the list.
      if (index >= 0 && seen.has(key)) {
        yield invalidValue(`${at}[${index}]`, key, "exists in both matchLabelKeys and labelSelector");
      }
      seen.add(key);
    }
  }
  for (const [index, key] of match.entries()) {
    if (!mismatch.includes(key)) continue;
    yield invalidValue(`${at}.matchLabelKeys[${index}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys");
  }
}

function* keyProblems(keys: readonly JsonValue[], at: string, selector: JsonValue | undefined): Problems {
  if (keys.length === 0) return;
  if (!isObject(selector)) {
    yield forbiddenValue(at, "must not be specified when labelSelector is not set");
    return;
  }
  for (const [index, key] of keys.entries()) yield* objections(`${at}[${index}]`, key, labelKeyProblem(textOf(key)));
}
