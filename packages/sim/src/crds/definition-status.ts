import { get, isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { timeText } from "../api/registry/metadata.ts";

/**
 * The status that a CustomResourceDefinition comes to: its names are accepted unless another definition of the group has
 * them, and then it is established. Undefined where there is nothing to change.
 */
export function definitionStatus(
  definition: JsonObject,
  others: readonly JsonObject[],
  now: number,
): JsonObject | undefined {
  const names = get(definition["spec"], "names");
  const group = get(definition["spec"], "group");
  const taken = others
    .filter(
      (one) =>
        get(one["spec"], "group") === group && get(one["metadata"], "name") !== get(definition["metadata"], "name"),
    )
    .map((one) => get(one["status"], "acceptedNames"));
  const problem = conflictOf(names, taken);
  const accepted = problem === undefined;
  const status: JsonObject = isObject(definition["status"]) ? definition["status"] : {};
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const time = timeText(now);
  const wanted: JsonObject[] = [
    condition(
      "NamesAccepted",
      accepted,
      accepted ? "NoConflicts" : problem!.reason,
      accepted ? "no conflicts found" : problem!.message,
      time,
    ),
    condition(
      "Established",
      accepted,
      accepted ? "InitialNamesAccepted" : "NotAccepted",
      accepted ? "the initial names have been accepted" : "not all names are accepted",
      time,
    ),
  ];
  const wasEstablished = conditions.some((one) => get(one, "type") === "Established" && get(one, "status") === "True");
  const kept = wasEstablished ? wanted.filter((one) => one["type"] !== "Established") : wanted;
  const next = merged(conditions, kept);
  const acceptedNames = accepted && isObject(names) ? names : (status["acceptedNames"] ?? { plural: "", kind: "" });
  const result: JsonObject = { ...status, conditions: next, acceptedNames };
  return JSON.stringify(result) === JSON.stringify(status) ? undefined : result;
}

function condition(type: string, holds: boolean, reason: string, message: string, time: string): JsonObject {
  return { type, status: holds ? "True" : "False", lastTransitionTime: time, reason, message };
}

/** Conditions keep their time while their status stays. */
function merged(before: JsonArray, wanted: readonly JsonObject[]): JsonArray {
  const result = [...before];
  for (const one of wanted) {
    const at = result.findIndex((other) => get(other, "type") === one["type"]);
    if (at < 0) result.push(one);
    else if (get(result[at], "status") === one["status"]) {
      const { lastTransitionTime } = result[at] as JsonObject;
      result[at] = { ...one, lastTransitionTime: lastTransitionTime ?? one["lastTransitionTime"]! };
    } else result[at] = one;
  }
  return result;
}

function conflictOf(
  names: JsonObject[string] | undefined,
  taken: readonly (JsonObject[string] | undefined)[],
): { reason: string; message: string } | undefined {
  const all = (value: JsonObject[string] | undefined): string[] => {
    const short = get(value, "shortNames");
    return [get(value, "plural"), get(value, "singular"), ...(Array.isArray(short) ? short : [])]
      .map(textOf)
      .filter((one) => one !== "");
  };
  const used = new Set(taken.flatMap(all));
  const kinds = new Set(
    taken.flatMap((value) => [get(value, "kind"), get(value, "listKind")].map(textOf)).filter((one) => one !== ""),
  );
  const checks: readonly [string, string, Set<string>][] = [
    ["PluralConflict", textOf(get(names, "plural")), used],
    ["SingularConflict", textOf(get(names, "singular")), used],
    ["KindConflict", textOf(get(names, "kind")), kinds],
    ["ListKindConflict", textOf(get(names, "listKind")), kinds],
  ];
  for (const [reason, name, there] of checks) {
    if (name !== "" && there.has(name)) return { reason, message: `${JSON.stringify(name)} is already in use` };
  }
  return undefined;
}
