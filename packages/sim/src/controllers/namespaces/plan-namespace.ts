import { get, isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { formatTime, parseTime } from "../common/time.ts";

/** What is left of one collection in a namespace that goes. */
export interface Remainder {
  readonly collection: string;
  readonly objects: readonly JsonObject[];
}

export interface NamespacePlan {
  /** Nothing is left: the finalizer goes. */
  readonly isEmpty: boolean;
  readonly status: JsonObject;
  /** Until the pods that are left should be gone. */
  readonly afterMs: number;
}

const finalizersOf = (object: JsonObject): readonly string[] => {
  const list = get(object["metadata"], "finalizers");
  return Array.isArray(list) ? list.map(textOf) : [];
};

/** The conditions of a namespace that goes, as kube-controller-manager's namespace controller writes them. */
export function planNamespace(namespace: JsonObject, left: readonly Remainder[], now: number): NamespacePlan {
  const remaining = left.filter(({ objects }) => objects.length > 0);
  // While there are pods nothing else is looked at, and nothing is said of what remains.
  const told = remaining.some(({ collection }) => collection === "pods") ? [] : remaining;
  const counts = told
    .map(({ collection, objects }) => {
      const resource = collection.includes(".") ? collection : `${collection}.`;
      return `${resource} has ${objects.length} resource instances`;
    })
    .sort();
  const holders = new Map<string, number>();
  for (const one of told.flatMap(({ objects }) => objects).flatMap(finalizersOf))
    holders.set(one, (holders.get(one) ?? 0) + 1);
  const held = [...holders].map(([name, count]) => `${name} in ${count} resource instances`).sort();
  const conditions: readonly Wanted[] = [
    ["NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      false,
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    [
      "NamespaceDeletionContentFailure",
      false,
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ],
    counts.length > 0
      ? ["NamespaceContentRemaining", true, "SomeResourcesRemain", `Some resources are remaining: ${counts.join(", ")}`]
      : ["NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed"],
    held.length > 0
      ? [
          "NamespaceFinalizersRemaining",
          true,
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${held.join(", ")}`,
        ]
      : ["NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished"],
  ];
  const status = isObject(namespace["status"]) ? namespace["status"] : {};
  return {
    isEmpty: remaining.length === 0,
    status: { ...status, conditions: conditions.map((one) => condition(status["conditions"], one, now)) },
    afterMs: estimateMs(namespace, remaining, now),
  };
}

type Wanted = readonly [type: string, holds: boolean, reason: string, message: string];

function condition(
  before: JsonObject[string] | undefined,
  [type, holds, reason, message]: Wanted,
  now: number,
): JsonObject {
  const status = holds ? "True" : "False";
  const known = (Array.isArray(before) ? before : ([] as JsonArray)).find((one) => get(one, "type") === type);
  const same = get(known, "status") === status ? get(known, "lastTransitionTime") : undefined;
  return { type, status, lastTransitionTime: same ?? formatTime(now), reason, message };
}

/** Half of what remains should take and a second more: the longest grace of a pod; 15 s where finalizers are waited for. */
function estimateMs(namespace: JsonObject, remaining: readonly Remainder[], now: number): number {
  const pods = remaining.find(({ collection }) => collection === "pods")?.objects ?? [];
  const graces = pods
    .filter((pod) => get(pod["status"], "phase") !== "Succeeded" && get(pod["status"], "phase") !== "Failed")
    .map((pod) => get(pod["spec"], "terminationGracePeriodSeconds"))
    .filter((one) => typeof one === "number");
  const longest = Math.max(0, ...graces);
  const deletedAt = parseTime(textOf(get(namespace["metadata"], "deletionTimestamp"))) ?? now;
  const seconds = now - deletedAt >= longest * 1000 ? 15 : longest;
  return (Math.floor(seconds / 2) + 1) * 1000;
}
