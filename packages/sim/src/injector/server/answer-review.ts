import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { InjectionContext } from "../inject/context.ts";
import { inject } from "../inject/inject.ts";
import { at, jsonIn, textAt } from "../inject/pod-parts.ts";
import { keyOf, podName, type InjectorCall } from "./calls.ts";
import type { InjectorFault } from "./faults.ts";

/** An AdmissionReview with a request, as far as an injector reads it. */
export interface ReviewRequest {
  readonly apiVersion: string;
  readonly uid: string;
  readonly namespace: string;
  readonly dryRun: boolean;
  readonly pod: JsonObject;
}

/** Text says what is wrong with the review. */
export function readReview(body: string): ReviewRequest | string {
  const review = jsonIn(body);
  if (!isObject(review) || review["kind"] !== "AdmissionReview") return "not an AdmissionReview";
  const apiVersion = textAt(review, "apiVersion");
  if (apiVersion !== "admission.k8s.io/v1" && apiVersion !== "admission.k8s.io/v1beta1")
    return `AdmissionReview of ${JSON.stringify(apiVersion.slice(0, 100))}`;
  const request = review["request"];
  const pod = at(request, "object");
  if (!isObject(pod)) return "the request has no object";
  return {
    apiVersion,
    uid: textAt(request, "uid"),
    namespace: textAt(request, "namespace"),
    dryRun: at(request, "dryRun") === true,
    pod,
  };
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly outcome: InjectorCall["outcome"];
}

/** The answer to a review, or what a fault makes of it. Faults of connections and of time are the server's. */
export function answerReview(
  review: ReviewRequest,
  context: InjectionContext,
  fault: InjectorFault | undefined,
): Answer {
  switch (fault?.kind) {
    case "status": {
      const { status, body = "the injector is out of order\n" } = fault;
      return { status, contentType: "text/plain; charset=utf-8", body, outcome: "fault" };
    }
    case "text":
      return { status: 200, contentType: "text/html", body: "<html>not an AdmissionReview</html>", outcome: "fault" };
    case "large": {
      const message = "x".repeat(fault.bytes ?? 10 << 20);
      return reviewed(review, { allowed: true, warnings: [message] }, "fault");
    }
    case "denied":
      return reviewed(review, { allowed: false, status: { message: fault.message } }, "fault");
    case "nothing":
      return reviewed(review, { allowed: true }, "fault");
    case "undecodable patch":
      return reviewed(review, { allowed: true, patchType: "JSONPatch", patch: "e30=" }, "fault");
    case "inapplicable patch":
      return patched(review, [{ op: "replace", path: "/spec/containers/9999/image", value: "none" }], "fault");
    case "foreign patch":
      return patched(review, foreign, "fault");
    case "patch":
      return patched(review, fault.operations, "fault");
    case "wrong uid":
    case "hang":
    case "reset":
    case "slow":
    case undefined:
      break;
  }
  const injection = inject(review.pod, context);
  const shown = fault?.kind === "wrong uid" ? { ...review, uid: "00000000-0000-4000-8000-000000000000" } : review;
  if (injection.kind === "skipped") return reviewed(shown, { allowed: true }, "skipped");
  if (injection.kind === "failed")
    return reviewed(shown, { allowed: false, status: { message: injection.message } }, "failed");
  return patched(shown, injection.patch, "injected");
}

/** Who a pod is, is not the injector's to say. */
const foreign: readonly JsonObject[] = [
  { op: "replace", path: "/metadata/namespace", value: "kube-system" },
  { op: "add", path: "/metadata/name", value: "somebody-else" },
  { op: "replace", path: "/kind", value: "Secret" },
];

function patched(review: ReviewRequest, operations: readonly JsonObject[], outcome: InjectorCall["outcome"]): Answer {
  const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
  return reviewed(review, { allowed: true, patchType: "JSONPatch", patch }, outcome);
}

function reviewed(review: ReviewRequest, response: JsonObject, outcome: InjectorCall["outcome"]): Answer {
  const body: JsonValue = {
    kind: "AdmissionReview",
    apiVersion: review.apiVersion,
    response: { uid: review.uid, ...response },
  };
  return { status: 200, contentType: "application/json", body: JSON.stringify(body), outcome };
}

/** What is remembered of a call. */
export function callOf(
  review: ReviewRequest,
  revision: string,
  path: string,
  outcome: InjectorCall["outcome"],
): InjectorCall {
  const { pod, namespace, dryRun } = review;
  return { revision, path, namespace, pod: podName(pod), key: keyOf(pod), dryRun, outcome };
}
