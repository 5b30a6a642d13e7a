import { isObject, setOwn, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isKubeError, type Client, type Resource } from "@fairlead/kube";
import type { Question } from "../../../plan/sidecars/model/question.ts";
import type { Asked } from "./asked.ts";
import { readable } from "./review.ts";

const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

export interface DryRunOptions {
  readonly client: Client;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Asks the API server for the pod that it would store, and stores nothing. */
export function askByDryRun(question: Question, options: DryRunOptions): Promise<Asked> {
  return create(question.pod, question.namespace, options);
}

async function create(pod: JsonObject, namespace: string, options: DryRunOptions, attempt = 0): Promise<Asked> {
  const { client, timeoutMs, signal, random } = options;
  const metadata: JsonObject = { ...(isObject(pod["metadata"]) ? pod["metadata"] : {}), namespace };
  if (attempt > 0) {
    setOwn(metadata, "name", `fairlead-question-${Math.floor(random() * 36 ** 6).toString(36)}`);
  }
  const object = { apiVersion: "v1", kind: "Pod", metadata, spec: pod["spec"] ?? {} } as KrmObject;
  try {
    const answer = await client.create(pods, object, { dryRun: true, deadlineMs: timeoutMs, signal });
    return { kind: "answered", by: "dry-run", pod: answer as unknown as JsonObject };
  } catch (error) {
    if (!isKubeError(error)) throw error;
    // Nothing of this name was there when the question was put.
    if (error.code === "already-exists" && attempt < 3) return create(pod, namespace, options, attempt + 1);
    const isNoAnswer = ["connection", "tls", "deadline", "unavailable", "closed"].includes(error.code);
    const why = isNoAnswer || isInjectorError(error.message) ? "injector" : "answer";
    return {
      kind: "failed",
      why,
      by: "dry-run",
      message: `a pod cannot be created as a trial: ${readable(error.message)}`,
    };
  }
}

/** As the API server says that a webhook failed: that is nothing about the pod. */
function isInjectorError(message: string): boolean {
  return message.includes("failed calling webhook");
}
