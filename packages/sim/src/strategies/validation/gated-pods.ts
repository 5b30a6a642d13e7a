import { equal, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { invalidValue } from "../../field-problem.ts";
import { listOf, read, sortedMap, type Problems } from "./checks.ts";
import { goStruct } from "./go-struct.ts";

/** Where a pod may go can be narrowed as long as it is held back. */
export function isGated(old: JsonObject): boolean {
  return listOf(old["schedulingGates"]).length > 0;
}

/** The changed spec of a gated pod with its node selector and node affinity as they were. */
export function withOldNodes(spec: JsonObject, old: JsonObject): JsonObject {
  const result = { ...spec };
  delete result["nodeSelector"];
  if (isObject(old["nodeSelector"])) result["nodeSelector"] = old["nodeSelector"];
  const before = get(old["affinity"], "nodeAffinity");
  const { nodeAffinity: _, ...others } = isObject(spec["affinity"]) ? spec["affinity"] : {};
  const affinity = before === undefined ? others : { ...others, nodeAffinity: before };
  delete result["affinity"];
  if (Object.keys(affinity).length > 0 || isObject(old["affinity"])) result["affinity"] = affinity;
  return result;
}

const requirement = { Key: true, Operator: true, Values: true } as const;
const term = { MatchExpressions: requirement, MatchFields: requirement } as const;
const at = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

/** Changes of a gated pod that widen where it may go. */
export function* gatedProblems(spec: JsonObject, old: JsonObject): Problems {
  const [selector, before] = [spec["nodeSelector"], old["nodeSelector"]];
  const kept = Object.entries(isObject(before) ? before : {});
  if (kept.some(([key, value]) => get(selector, key) !== value)) {
    const why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
    yield invalidValue("spec.nodeSelector", isObject(selector) ? sortedMap(selector) : null, why);
  }
  const [terms, oldTerms] = [termsOf(spec), termsOf(old)];
  const previous = listOf(oldTerms);
  if (previous.length === 0) return;
  const now = listOf(terms);
  if (now.length !== previous.length) {
    const why = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    yield invalidValue(at, terms === undefined ? null : goStruct(now as JsonValue[], term), why);
    return;
  }
  for (const [index, one] of previous.entries()) {
    if (hasOnlyAdditions(now[index]!, one)) continue;
    const why = "only additions are allowed (no mutations or deletions)";
    yield invalidValue(`${at}[${index}]`, goStruct(now[index], term), why);
  }
}

/** Undefined where nothing is required. */
function termsOf(spec: JsonObject): JsonValue | undefined {
  const required = read(spec["affinity"], "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
  return isObject(required) ? (required["nodeSelectorTerms"] ?? null) : undefined;
}

function hasOnlyAdditions(now: JsonValue, before: JsonValue): boolean {
  const lists = ["matchExpressions", "matchFields"].map(
    (key) => [listOf(get(now, key)), listOf(get(before, key))] as const,
  );
  if (lists.every(([, old]) => old.length === 0)) return lists.every(([list]) => list.length === 0);
  return lists.every(([list, old]) => old.every((one, index) => equal(list[index] ?? null, one)));
}
