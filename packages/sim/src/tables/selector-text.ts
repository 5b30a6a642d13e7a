import { compareText, get, isObject, textOf, type JsonValue } from "@fairlead/apimachinery";
import { listAt, objectAt, textsAt } from "./read.ts";

/** Labels as `a=b,c=d`; `<none>` without any. */
export function labelsText(labels: JsonValue | undefined): string {
  if (!isObject(labels)) return "<none>";
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${textOf(value)}`);
  return pairs.length === 0 ? "<none>" : pairs.sort().join(",");
}

/** A LabelSelector as kubectl takes it: `a=b,c in (d,e),!f`; empty for one that is absent or selects everything. */
export function selectorText(selector: JsonValue | undefined): string {
  const requirements = Object.entries(objectAt(selector, "matchLabels")).map(([key, value]) => ({
    key,
    text: `${key}=${textOf(value)}`,
  }));
  for (const expression of listAt(selector, "matchExpressions")) {
    const key = textOf(get(expression, "key"));
    const values = `(${[...textsAt(expression, "values")].sort().join(",")})`;
    const texts: Readonly<Record<string, string>> = {
      In: `${key} in ${values}`,
      NotIn: `${key} notin ${values}`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    requirements.push({ key, text: texts[textOf(get(expression, "operator"))] ?? "" });
  }
  requirements.sort((a, b) => compareText(a.key, b.key));
  return requirements.map(({ text }) => text).join(",");
}

/** The same with `<none>` for an empty text. */
export function selectorOrNone(selector: JsonValue | undefined): string {
  return selectorText(selector) || "<none>";
}

/** As Go prints the struct, which is what the server shows of the selector of a parameter. */
export function selectorAsStruct(selector: JsonValue): string {
  const labels = Object.entries(objectAt(selector, "matchLabels")).sort(([a], [b]) => compareText(a, b));
  const map = labels.map(([key, value]) => `${key}: ${textOf(value)},`).join("");
  const expressions = listAt(selector, "matchExpressions").map((one) => {
    const values = textsAt(one, "values").join(" ");
    return `LabelSelectorRequirement{Key:${textOf(get(one, "key"))},Operator:${textOf(get(one, "operator"))},Values:[${values}],},`;
  });
  return `&LabelSelector{MatchLabels:map[string]string{${map}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}
