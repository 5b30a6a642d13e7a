import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { ApiError } from "../../errors.ts";
import type { Resource } from "../../resources/resource.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { AdmissionHost } from "../host.ts";
import { field, text, texts } from "../objects.ts";
import { requestObject } from "../request-object.ts";

/** The body of a call: `admission.k8s.io/v1`, or `v1beta1` where a webhook knows only that. */
export function admissionReview(
  host: AdmissionHost,
  request: AdmissionRequest,
  matched: Resource,
  uid: string,
  version: string,
): JsonObject {
  const seen = (object: JsonObject | undefined): JsonValue =>
    object === undefined
      ? null
      : matched === request.resource
        ? object
        : host.convert(object, request.resource, matched);
  const { dryRun, options, ...about } = requestObject(request, matched);
  return {
    kind: "AdmissionReview",
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid,
      ...about,
      object: seen(request.object),
      oldObject: seen(request.old),
      dryRun: dryRun!,
      options: options!,
    },
  };
}

export type ReviewAnswer =
  | {
      readonly kind: "answer";
      readonly isAllowed: boolean;
      /** A Status. */
      readonly result: JsonObject | undefined;
      /** Operations of a JSON patch. */
      readonly patch: readonly JsonValue[];
      readonly warnings: readonly string[];
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly kind: "invalid"; readonly why: string };

const invalid = (why: string): ReviewAnswer => ({ kind: "invalid", why: `received invalid webhook response: ${why}` });

/** What a webhook said, if it may say that. */
export function readReview(body: JsonValue, uid: string, version: string, isMutating: boolean): ReviewAnswer {
  const response = field(body, "response");
  if (!isObject(response)) return invalid("webhook response was absent");
  const isFirst = version === "v1";
  if (isFirst) {
    const answered = text(response, "uid");
    if (answered !== uid)
      return invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(answered)}`);
    const [apiVersion, kind] = [text(body, "apiVersion"), text(body, "kind")];
    if (apiVersion !== "admission.k8s.io/v1" || kind !== "AdmissionReview")
      return invalid(
        `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${apiVersion}, Kind=${kind}`,
      );
  }
  const encoded = text(response, "patch");
  const patchType = get(response, "patchType");
  const hasType = typeof patchType === "string";
  if (!isMutating && isFirst) {
    if (encoded !== "") return invalid("validating webhook may not return response.patch");
    if (hasType) return invalid("validating webhook may not return response.patchType");
  }
  if (isMutating && isFirst) {
    if (encoded !== "" && !hasType) return invalid("webhook returned response.patch but not response.patchType");
    if (encoded === "" && hasType) return invalid("webhook returned response.patchType but not response.patch");
    if (patchType === "") return invalid('webhook returned invalid response.patchType of ""');
  }
  const patch = encoded === "" || !isMutating ? [] : readPatch(encoded);
  if (!Array.isArray(patch))
    return { kind: "invalid", why: `received undecodable patch in webhook response: ${patch}` };
  if (patch.length > 0 && hasType && patchType !== "JSONPatch")
    return { kind: "invalid", why: `unsupported patch type ${JSON.stringify(patchType)}` };
  const annotations = field(response, "auditAnnotations");
  const result = get(response, "status");
  return {
    kind: "answer",
    isAllowed: get(response, "allowed") === true,
    result: isObject(result) ? result : undefined,
    patch,
    warnings: texts(response, "warnings"),
    annotations: isObject(annotations) ? (annotations as Record<string, string>) : {},
  };
}

function readPatch(encoded: string): JsonValue[] | string {
  try {
    const patch = JSON.parse(Buffer.from(encoded, "base64").toString("utf8")) as JsonValue;
    return Array.isArray(patch) ? patch : "json: cannot unmarshal object into Go value of type jsonpatch.Patch";
  } catch (error) {
    return (error as Error).message;
  }
}

/** The answer to a request that a webhook denied: its own Status, made an error if it is none. */
export function denial(webhook: string, result: JsonObject | undefined): ApiError {
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const given = field(result, "code");
  const code = typeof given === "number" && given >= 400 ? given : 400;
  const [message, reason] = [text(result, "message"), text(result, "reason")];
  const why = message !== "" ? `: ${message}` : reason !== "" ? `: ${reason}` : " without explanation";
  const details = field(result, "details");
  return new ApiError(code, reason, denied + why, isObject(details) ? details : undefined);
}
