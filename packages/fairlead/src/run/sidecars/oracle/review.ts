import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { isTooDeep } from "./depth.ts";

export type Review =
  /** Operations of a JSON patch; none: the pod stays as it is. */
  | { readonly kind: "allowed"; readonly operations: readonly JsonValue[] }
  /** The API server would refuse such a pod. */
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "invalid"; readonly message: string };

const mostOperations = 5_000;

/** An AdmissionReview as the API server sends it when a pod is created without being stored. */
export function reviewBody(pod: JsonObject, namespace: string, uid: string): string {
  const kind = { group: "", version: "v1", kind: "Pod" };
  const resource = { group: "", version: "v1", resource: "pods" };
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid,
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      namespace,
      operation: "CREATE",
      userInfo: { username: "fairlead-sidecars", groups: ["system:authenticated"] },
      object: pod,
      oldObject: null,
      dryRun: true,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1", dryRun: ["All"] },
    },
  });
}

/** Reads an answer by admission.k8s.io/v1; whoever sent it is not trusted. */
export function readReview(text: string, uid: string): Review {
  const invalid = (why: string): Review => ({ kind: "invalid", message: `its answer is no AdmissionReview: ${why}` });
  const json = parse(text);
  if (json === undefined || !isObject(json)) return invalid("it is no JSON object");
  if (json["apiVersion"] !== "admission.k8s.io/v1" || json["kind"] !== "AdmissionReview") {
    return invalid("it is of another version or kind");
  }
  const response = json["response"];
  if (!isObject(response)) return invalid("it has no response");
  if (response["uid"] !== uid) return invalid("it answers another question");
  if (typeof response["allowed"] !== "boolean") return invalid("it does not say whether the pod is allowed");
  if (!response["allowed"]) {
    const message = get(response["status"], "message");
    return { kind: "refused", message: readable(typeof message === "string" ? message : "without a reason") };
  }
  const { patch } = response;
  if (patch === undefined || patch === null || patch === "") return { kind: "allowed", operations: [] };
  if (typeof patch !== "string") return invalid("its patch is no text");
  if (response["patchType"] !== "JSONPatch") return invalid("its patch is no JSON patch");
  const operations = parse(Buffer.from(patch, "base64").toString("utf8"));
  if (!Array.isArray(operations)) return invalid("its patch is no list");
  if (operations.length > mostOperations) return invalid(`its patch has more than ${mostOperations} operations`);
  return { kind: "allowed", operations };
}

function parse(text: string): JsonValue | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** What somebody else wrote, short enough and without control characters for logs and tables. */
export function readable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const plain = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, " ").trim();
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
}
