import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** Whether a LabelSelector selects something with these labels. A term that is not understood selects nothing. */
export function matches(selector: JsonObject, labels: JsonObject): boolean {
  const wanted = selector["matchLabels"];
  if (isObject(wanted)) for (const [key, value] of Object.entries(wanted)) if (get(labels, key) !== value) return false;
  const terms = selector["matchExpressions"];
  return !Array.isArray(terms) || terms.every((term) => holds(term, labels));
}

function holds(term: JsonValue, labels: JsonObject): boolean {
  const key = get(term, "key");
  const values = get(term, "values");
  const value = typeof key === "string" ? get(labels, key) : undefined;
  switch (get(term, "operator")) {
    case "In":
      return value !== undefined && Array.isArray(values) && values.includes(value);
    case "NotIn":
      return value === undefined || (Array.isArray(values) && !values.includes(value));
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
