import { get, isObject, setOwn, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/**
 * Adds what `matchLabelKeys` and `mismatchLabelKeys` of a new pod stand for to the selectors beside them: the pod's own
 * values of these labels. A missing selector stays: it selects nothing.
 */
export function addLabelKeys(pod: JsonObject): void {
  const own = get(pod["metadata"], "labels");
  const labels = isObject(own) ? own : {};
  const spec = pod["spec"];
  const affinity = get(spec, "affinity");
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    const rules = get(affinity, kind);
    for (const one of listOf(get(rules, "preferredDuringSchedulingIgnoredDuringExecution"))) {
      addTo(get(one, "podAffinityTerm"), labels);
    }
    for (const one of listOf(get(rules, "requiredDuringSchedulingIgnoredDuringExecution"))) addTo(one, labels);
  }
  for (const one of listOf(get(spec, "topologySpreadConstraints"))) addTo(one, labels);
}

function addTo(holder: JsonValue | undefined, labels: JsonObject): void {
  const selector = get(holder, "labelSelector");
  if (!isObject(selector)) return;
  const added = [
    ...expressions(get(holder, "matchLabelKeys"), "In", labels),
    ...expressions(get(holder, "mismatchLabelKeys"), "NotIn", labels),
  ];
  if (added.length === 0) return;
  setOwn(selector, "matchExpressions", [...listOf(selector["matchExpressions"]), ...added]);
}

function expressions(keys: JsonValue | undefined, operator: string, labels: JsonObject): JsonValue[] {
  return listOf(keys)
    .map(textOf)
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ key, operator, values: [labels[key]!] }));
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
