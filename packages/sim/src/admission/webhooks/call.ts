import type { JsonValue } from "@fairlead/apimachinery";
import { webhookCall } from "@fairlead/apimachinery/cel";
import { ApiError, badRequest, internalError, notFound } from "../../errors.ts";
import type { Resource } from "../../resources/resource.ts";
import { admissionVariables, matchedResource } from "../admission-variables.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { AdmissionHost } from "../host.ts";
import { refuse } from "../objects.ts";
import { matchRequestOf } from "../request-object.ts";
import type { Hook } from "./hooks.ts";
import { readAnswer } from "./read-answer.ts";
import { admissionReview, denial, readReview } from "./review.ts";
import type { WebhookTransport } from "./transport.ts";

/** Under which resource the webhook is called, undefined if it is not. Throws ApiError. */
export function invocation(host: AdmissionHost, request: AdmissionRequest, hook: Hook): Resource | undefined {
  const call = webhookCall(hook, matchRequestOf(host, request), (resource) =>
    admissionVariables(host, request, matchedResource(host, request, resource)),
  );
  if (call.kind === "no") return undefined;
  if (call.kind === "unknown-namespace") throw notFound({ group: "", plural: "namespaces" }, request.namespace);
  if (call.kind === "failed") throw refuse(request, call.message);
  return matchedResource(host, request, call.resource);
}

export type CallResult =
  | { readonly kind: "allowed"; readonly patch: readonly JsonValue[] }
  /** The webhook, or the server in its place, says no. */
  | { readonly kind: "refused"; readonly error: ApiError }
  /** It could not be asked: its failure policy decides. */
  | { readonly kind: "failed"; readonly message: string };

/** Asks a webhook; warnings and audit annotations are passed on. Never throws. */
export async function callWebhook(
  host: AdmissionHost,
  transport: WebhookTransport,
  request: AdmissionRequest,
  matched: Resource,
  hook: Hook,
  isMutating: boolean,
): Promise<CallResult> {
  if (request.dryRun && !hook.mayRunDry) {
    const error = badRequest(`admission webhook ${JSON.stringify(hook.name)} does not support dry run`);
    return { kind: "refused", error };
  }
  const failed = (why: string): CallResult => ({
    kind: "failed",
    message: `failed calling webhook ${JSON.stringify(hook.name)}: ${why}`,
  });
  const version = hook.reviewVersions.find((one) => one === "v1" || one === "v1beta1");
  if (version === undefined)
    return failed(
      "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)",
    );
  const uid = uuid(host.random);
  let body: string;
  try {
    body = JSON.stringify(admissionReview(host, request, matched, uid, version));
  } catch (error) {
    return { kind: "refused", error: error instanceof ApiError ? error : internalError((error as Error).message) };
  }
  const posted = await transport.post(hook.client, body, hook.timeoutSeconds);
  const json = readAnswer(posted);
  if (typeof json === "string") return failed(`failed to call webhook: ${json}`);
  const answer = readReview(json, uid, version, isMutating);
  if (answer.kind === "invalid") return failed(answer.why);
  for (const [key, value] of Object.entries(answer.annotations)) request.annotate?.(`${hook.name}/${key}`, value);
  for (const warning of answer.warnings) request.warn(warning);
  if (!answer.isAllowed) return { kind: "refused", error: denial(hook.name, answer.result) };
  return { kind: "allowed", patch: answer.patch };
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, (_, index) => {
    const digit = Math.floor(random() * 16);
    return (index === 12 ? 4 : index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
