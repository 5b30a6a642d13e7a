import { isObject, type JsonObject } from "@fairlead/apimachinery";
import type { Question } from "../../../plan/sidecars/model/question.ts";
import type { Asked } from "./asked.ts";
import { patchedPod } from "./patched-pod.ts";
import type { Poster } from "./post.ts";
import { readable, readReview, reviewBody } from "./review.ts";
import { targetOf, type DialService } from "./target.ts";

export interface AskInjectorOptions {
  readonly poster: Poster;
  readonly dial: DialService;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Asks the injector's own endpoint what it would do with a pod, as the API server asks it. */
export async function askInjector(question: Question, options: AskInjectorOptions): Promise<Asked> {
  const { injector, namespace, cluster } = question;
  const failed = (why: "unreachable" | "injector" | "answer", message: string): Asked => ({
    kind: "failed",
    why,
    by: "injector",
    message: readable(message),
  });
  const target = targetOf(cluster, injector.client, options.dial);
  if (typeof target === "string") return failed("unreachable", `the injector cannot be asked: ${target}`);
  const pod = sentPod(question.pod, namespace);
  const uid = uuid(options.random);
  const timeoutMs = Math.min(options.timeoutMs, injector.timeoutSeconds * 1000 || options.timeoutMs);
  const body = reviewBody(pod, namespace, uid);
  const posted = await options.poster.post(target, body, timeoutMs, options.signal);
  if (posted.kind === "failed") {
    return failed(posted.why === "unreachable" ? "unreachable" : "injector", `the injector: ${posted.message}`);
  }
  const review = readReview(posted.text, uid);
  if (review.kind === "invalid") return failed("injector", `the injector: ${review.message}`);
  if (review.kind === "refused") return failed("answer", `the injector refuses such a pod: ${review.message}`);
  const patched = patchedPod(pod, review.operations, body.length + posted.text.length);
  if (patched.kind === "invalid") return failed("answer", `the injector: ${patched.message}`);
  return { kind: "answered", by: "injector", pod: patched.pod };
}

/** With the empty parts that the API server sends: injectors compare what they read with what they write. */
function sentPod(pod: JsonObject, namespace: string): JsonObject {
  const metadata = isObject(pod["metadata"]) ? pod["metadata"] : {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, namespace, creationTimestamp: null },
    spec: pod["spec"] ?? {},
    status: {},
  };
}

function uuid(random: () => number): string {
  let hex = "";
  for (let part = 0; part < 4; part++) {
    hex += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
