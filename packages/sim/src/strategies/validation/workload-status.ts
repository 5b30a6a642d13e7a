import { get, type JsonObject, textOf } from "@fairlead/apimachinery";
import { invalidValue } from "../../field-problem.ts";
import { nonNegative, type Problems } from "./checks.ts";

interface Counts {
  /** Numbers that may not be less than 0, in the order in which the server looks at them. */
  readonly numbers: readonly string[];
  /** Those of them that are parts of `replicas`. */
  readonly parts: readonly string[];
  /** How the server calls what `availableReplicas` are part of. */
  readonly ready?: string;
}

const counts: Readonly<Record<string, Counts>> = {
  Deployment: {
    numbers: [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ],
    parts: ["updatedReplicas", "readyReplicas", "availableReplicas"],
  },
  ReplicaSet: {
    numbers: [
      "replicas",
      "fullyLabeledReplicas",
      "readyReplicas",
      "availableReplicas",
      "observedGeneration",
      "terminatingReplicas",
    ],
    parts: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
  },
  ReplicationController: {
    numbers: ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"],
    parts: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
  },
  StatefulSet: {
    numbers: [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ],
    parts: ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
    ready: "status.readyReplicas",
  },
  DaemonSet: {
    numbers: [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ],
    parts: [],
  },
};

const countsCollisions: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** Counts of a controller of pods that cannot be. */
export function* workloadStatusProblems(object: JsonObject, old: JsonObject): Problems {
  const { status } = object;
  const kind = textOf(object["kind"]);
  const { numbers, parts, ready = "readyReplicas" } = counts[kind]!;
  yield* nonNegative("status", status, ...numbers);
  const count = (key: string): number => Number(get(status, key) ?? 0);
  for (const key of parts) {
    if (count(key) > count("replicas")) {
      yield invalidValue(`status.${key}`, count(key), "cannot be greater than status.replicas");
    }
  }
  if (parts.length > 0 && count("availableReplicas") > count("readyReplicas")) {
    yield invalidValue("status.availableReplicas", count("availableReplicas"), `cannot be greater than ${ready}`);
  }
  if (!countsCollisions.has(kind)) return;
  const before = get(old["status"], "collisionCount");
  if (typeof before === "number" && count("collisionCount") < before) {
    yield invalidValue("status.collisionCount", count("collisionCount"), "cannot be decremented");
  }
}
