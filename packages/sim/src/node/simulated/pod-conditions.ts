import { get, textOf, type JsonArray, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { formatTime } from "../../controllers/common/time.ts";

export interface PodFacts {
  readonly phase: string;
  readonly initialized: boolean;
  /** Names of containers that are not ready. */
  readonly unready: readonly string[];
  readonly unreadyInits: readonly string[];
  readonly generation: number | undefined;
  readonly gates: readonly string[];
}

/** The conditions that a kubelet writes, with the times of their last change. */
export function podConditions(before: JsonValue | undefined, facts: PodFacts, now: number): JsonArray {
  const old = Array.isArray(before) ? before : [];
  const own = new Set(["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]);
  const foreign = old.filter((one) => !own.has(textOf(get(one, "type"))));
  const isOver = facts.phase === "Succeeded" || facts.phase === "Failed";
  const readiness = readinessOf(facts);
  const missingGates = facts.gates.filter(
    (gate) => !old.some((one) => get(one, "type") === gate && get(one, "status") === "True"),
  );
  const gated =
    readiness === undefined && missingGates.length > 0
      ? {
          reason: "ReadinessGatesNotReady",
          message: missingGates
            .map((gate) => `corresponding condition of pod readiness gate ${JSON.stringify(gate)} does not exist.`)
            .join(", "),
        }
      : readiness;
  const inits = {
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${facts.unreadyInits.join(" ")}]`,
  };
  const wanted: readonly [string, boolean, { reason: string; message?: string } | undefined][] = [
    ["PodReadyToStartContainers", !isOver, undefined],
    [
      "Initialized",
      facts.initialized,
      facts.initialized ? (facts.phase === "Succeeded" ? { reason: "PodCompleted" } : undefined) : inits,
    ],
    ["Ready", gated === undefined, gated],
    ["ContainersReady", readiness === undefined, readiness],
    ["PodScheduled", true, undefined],
  ];
  const made = wanted.map(([type, holds, why]): JsonObject => {
    const status = holds ? "True" : "False";
    const known = old.find((one) => get(one, "type") === type);
    const lastTransitionTime = get(known, "status") === status ? get(known, "lastTransitionTime") : undefined;
    return {
      type,
      ...(facts.generation === undefined ? {} : { observedGeneration: facts.generation }),
      status,
      lastProbeTime: null,
      lastTransitionTime: lastTransitionTime ?? formatTime(now),
      ...why,
    };
  });
  return [...made, ...foreign];
}

function readinessOf({ phase, unready }: PodFacts): { reason: string; message?: string } | undefined {
  if (phase === "Succeeded") return { reason: "PodCompleted" };
  if (phase === "Failed") return { reason: "PodFailed" };
  if (unready.length === 0) return undefined;
  return { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
}
