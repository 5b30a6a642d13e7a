import { isObject, type JsonValue } from "../json.ts";

export type Operator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt";

export type Requirement = { readonly key: string; readonly operator: Operator; readonly values: readonly string[] };

/** Requirements that all hold for what the selector selects; none selects everything. */
export type Selector = readonly Requirement[];

export type Labels = { readonly [key: string]: string };

/** Selects by requirements: `undefined` values of labels count as absent. */
export function matchesSelector(selector: Selector, labels: Labels): boolean {
  return selector.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "in":
    case "=":
    case "==":
      return value !== undefined && values.includes(value);
    case "notin":
    case "!=":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt": {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
      const [left, right] = [BigInt(value.replace(/^\+/, "")), BigInt(values[0]!.replace(/^\+/, ""))];
      return operator === "gt" ? left > right : left < right;
    }
  }
}

/**
 * The requirements of a `LabelSelector` (`matchLabels`, `matchExpressions`). A selector that is absent selects
 * nothing, which is `undefined` here; the empty one selects everything. Parts of a wrong shape are passed over:
 * validation reports them.
 */
export function labelSelector(selector: JsonValue | undefined): Selector | undefined {
  if (!isObject(selector)) return undefined;
  const requirements: Requirement[] = [];
  const { matchLabels, matchExpressions } = selector;
  for (const [key, value] of Object.entries(isObject(matchLabels) ? matchLabels : {})) {
    if (typeof value === "string") requirements.push({ key, operator: "in", values: [value] });
  }
  for (const expression of Array.isArray(matchExpressions) ? matchExpressions : []) {
    if (!isObject(expression)) continue;
    const { key, operator, values } = expression;
    const found = operators.get(operator);
    if (typeof key !== "string" || found === undefined) continue;
    const texts = Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
    requirements.push({ key, operator: found, values: texts });
  }
  return requirements;
}

const operators = new Map<JsonValue | undefined, Operator>([
  ["In", "in"],
  ["NotIn", "notin"],
  ["Exists", "exists"],
  ["DoesNotExist", "!"],
  ["Gt", "gt"],
  ["Lt", "lt"],
]);

/** Whether a `LabelSelector` object selects these labels. */
export function matchesLabelSelector(selector: JsonValue | undefined, labels: Labels): boolean {
  const requirements = labelSelector(selector);
  return requirements !== undefined && matchesSelector(requirements, labels);
}
