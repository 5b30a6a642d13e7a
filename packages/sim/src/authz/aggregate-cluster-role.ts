import {
  compareText,
  equal,
  get,
  isObject,
  type JsonObject,
  type JsonValue,
  type Labels,
  matchesLabelSelector,
  textOf,
} from "@fairlead/apimachinery";

/**
 * The role with the rules of all cluster roles that its `aggregationRule` selects: by selector, then by name, each rule
 * once. The role itself is returned if it has no such rule or its rules are these already.
 */
export function aggregateClusterRole(role: JsonObject, all: readonly JsonObject[]): JsonObject {
  const aggregation = get(role, "aggregationRule");
  if (!isObject(aggregation)) return role;
  const selectors = get(aggregation, "clusterRoleSelectors");
  const others = all
    .filter((one) => nameOf(one) !== nameOf(role))
    .toSorted((a, b) => compareText(nameOf(a), nameOf(b)));
  const rules: JsonValue[] = [];
  for (const selector of Array.isArray(selectors) ? selectors : []) {
    for (const other of others) {
      if (!matchesLabelSelector(selector, labelsOf(other))) continue;
      for (const rule of listOf(get(other, "rules"))) {
        if (!rules.some((known) => equal(known, rule))) rules.push(rule);
      }
    }
  }
  return equal(rules, listOf(get(role, "rules"))) ? role : { ...role, rules };
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

const nameOf = (role: JsonObject): string => textOf(get(get(role, "metadata"), "name"));

function labelsOf(role: JsonObject): Labels {
  const labels = get(get(role, "metadata"), "labels");
  return isObject(labels) ? (labels as Labels) : {};
}
