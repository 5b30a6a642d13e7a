import { isObject, type JsonObject } from "@fairlead/apimachinery";
import type { Question } from "../../../plan/sidecars/model/question.ts";

/**
 * A pod that asks to be injected, in the place of the question's: that one is not injected says something only while this
 * one is. An injector may have lost its configuration, and an API server that cannot reach it may leave it out
 * (`failurePolicy: Ignore`).
 */
export function controlOf(question: Question): Question {
  const metadata = isObject(question.pod["metadata"]) ? question.pod["metadata"] : {};
  const labels = isObject(metadata["labels"]) ? metadata["labels"] : {};
  const pod: JsonObject = {
    metadata: {
      ...(metadata["name"] !== undefined && { name: metadata["name"] }),
      // What makes its webhooks meet it.
      labels: { ...labels, "sidecar.istio.io/inject": "true" },
    },
    spec: { containers: [{ name: "app", image: "control" }] },
  };
  return { ...question, key: `control ${question.key}`, pod };
}

export const nothingInjected = "it injects nothing, not even a pod that asks for it";
