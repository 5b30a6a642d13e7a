import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** `metav1.Status` (Kubernetes API conventions, "Response Status Kind"), every field as the server sent it. */
export type Status = JsonObject & {
  kind: "Status";
  status?: "Success" | "Failure";
  message?: string;
  reason?: string;
  code?: number;
  details?: StatusDetails;
};

export type StatusDetails = JsonObject & {
  name?: string;
  group?: string;
  kind?: string;
  causes?: StatusCause[];
  /** Seconds after which the request may be sent again. */
  retryAfterSeconds?: number;
};

export type StatusCause = JsonObject & { reason?: string; message?: string; field?: string };

export function isStatus(value: JsonValue | undefined): value is Status {
  return isObject(value) && get(value, "kind") === "Status" && get(value, "apiVersion") === "v1";
}
