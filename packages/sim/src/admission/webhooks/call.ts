import { isObject, matchRequest, parseJson, type JsonValue } from "@fairlead/apimachinery";
import { ApiError, badRequest, internalError, notFound } from "../../errors.ts";
import type { Resource } from "../../resources/resource.ts";
import { evaluateConditions, admissionVariables, matchedResource } from "../conditions.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { AdmissionHost } from "../host.ts";
import { refuse } from "../objects.ts";
import { matchRequestOf } from "../request-object.ts";
import type { Hook } from "./hooks.ts";
import { admissionReview, denial, readReview } from "./review.ts";
import type { WebhookTransport } from "./transport.ts";

/** Under which resource the webhook is called, undefined if it is not. Throws ApiError. */
export function invocation(host: AdmissionHost, request: AdmissionRequest, hook: Hook): Resource | undefined {
  const match = matchRequest(hook.matcher, matchRequestOf(host, request));
  if (match.kind === "no") return undefined;
  if (match.kind === "unknown-namespace") throw notFound({ group: "", plural: "namespaces" }, request.namespace);
  const matched = matchedResource(host, request, match.resource);
  if (hook.conditions.length === 0) return matched;
  const variables = admissionVariables(host, request, matched);
  const result = evaluateConditions(hook.conditions, variables, hook.ignoresFailures ? "Ignore" : "Fail");
  if (result.kind === "failed") throw refuse(request, result.message);
  return result.kind === "yes" ? matched : undefined;
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
  if (posted.kind === "failed") return failed(`failed to call webhook: ${posted.message}`);
  if (posted.status < 200 || posted.status > 206)
    return failed(`failed to call webhook: ${statusText(posted.status, posted.contentType, posted.body)}`);
  if (posted.body === "")
    return failed(
      `failed to call webhook: 0-length response with status code: ${posted.status} and content type: ${posted.contentType}`,
    );
  const json = readJson(posted.body);
  if (typeof json === "string") return failed(`failed to call webhook: ${json}`);
  const answer = readReview(json, uid, version, isMutating);
  if (answer.kind === "invalid") return failed(answer.why);
  for (const [key, value] of Object.entries(answer.annotations)) request.annotate?.(`${hook.name}/${key}`, value);
  for (const warning of answer.warnings) request.warn(warning);
  if (!answer.isAllowed) return { kind: "refused", error: denial(hook.name, answer.result) };
  return { kind: "allowed", patch: answer.patch };
}

/** The answer, or why it cannot be read: the server takes what is no JSON for YAML, in which it is a text. */
function readJson(body: string): JsonValue {
  let value: JsonValue;
  try {
    value = parseJson(body);
  } catch {
    value = body;
  }
  if (isObject(value)) return value;
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
}

const byStatus: ReadonlyMap<number, string> = new Map([
  [400, "the server rejected our request for an unknown reason"],
  [401, "the server has asked for the client to provide credentials"],
  [404, "the server could not find the requested resource"],
  [405, "the server does not allow this method on the requested resource"],
  [409, "the server reported a conflict"],
  [422, "the server rejected our request due to an error in our request"],
  [429, "the server has received too many requests and has asked us to try again later"],
  [503, "the server is currently unable to handle the request"],
  [504, "the server was unable to return a response in the time allotted, but may still be processing the request"],
]);

/** As client-go speaks of an answer that is an error and no Status. */
function statusText(status: number, contentType: string, body: string): string {
  const given = contentType.startsWith("text/") || contentType === "" ? body.trim() : "unknown";
  const known = byStatus.get(status);
  if (known !== undefined) return known;
  if (status === 403 || status === 415) return given;
  if (status >= 500)
    return `an error on the server (${JSON.stringify(given)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, (_, index) => {
    const digit = Math.floor(random() * 16);
    return (index === 12 ? 4 : index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
