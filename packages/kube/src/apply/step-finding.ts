import { get } from "@fairlead/apimachinery";
import { formatRef, type Finding, type ObjectRef } from "@fairlead/krm";
import { isKubeError, type KubeError } from "../errors.ts";
import { failureText } from "./failure-text.ts";
import { applyFinding } from "./findings.ts";

/** The finding of a write that failed. Everything a cluster may answer has one: nothing ends in a stack trace. */
export function stepFinding(error: unknown, object: ObjectRef): Finding {
  const name = formatRef(object);
  const make = (code: Parameters<typeof applyFinding>[0], text: string, hint?: string): Finding =>
    applyFinding(code, { message: `${name}: ${text}`, object, ...(hint === undefined ? {} : { hint }) });
  if (!isKubeError(error)) return make("FL713", failureText(error));
  switch (error.code) {
    case "conflict": {
      const fields = managerConflicts(error);
      return fields === undefined ? make("FL713", failureText(error)) : make("FL704", fields);
    }
    case "invalid":
      return invalid(error, object, make);
    case "not-found":
      if (isMissingNamespace(error)) return make("FL712", failureText(error));
      return make("FL701", failureText(error));
    case "bad-request":
    case "forbidden":
    case "unauthorized":
    case "too-large":
    case "unsupported":
      return make("FL711", failureText(error), error.hint);
    case "unknown-kind":
      return make("FL701", error.message, error.hint);
    case "server-error":
      return isMalformed(error) ? malformed(error, object, make) : make("FL713", failureText(error), error.hint);
    case "aborted":
      return make("FL715", "it was interrupted");
    default:
      return make("FL713", failureText(error), error.hint);
  }
}

/**
 * Server-side apply answers 500 to what does not fit the kind's schema: `failed to create typed patch object (…):
 * .spec.nope: field not declared in schema`. Trying again does not help.
 */
export function isMalformed(error: unknown): boolean {
  return (
    isKubeError(error, "server-error") && /failed to (?:create typed patch|convert new) object/.test(failureText(error))
  );
}

function malformed(error: KubeError, { kind }: ObjectRef, make: (code: "FL711", text: string) => Finding): Finding {
  const text = failureText(error);
  // Values stand in these words: `expected string, got &value.valueUnstructured{Value:1}`.
  if (kind === "Secret") return make("FL711", "what is declared does not fit the kind's schema");
  const fields = /\): (?:errors:)?\s*(\..*)$/s.exec(text)?.[1];
  if (fields === undefined) return make("FL711", text);
  const list = fields.split("\n").map((line) => line.trim().replace(/^\./, ""));
  return make(
    "FL711",
    `what is declared does not fit the kind's schema: ${list.filter((line) => line !== "").join("; ")}`,
  );
}

/** `spec.replicas set to another value by kubectl-edit`, of a 409 for fields of other managers. */
function managerConflicts(error: KubeError): string | undefined {
  const causes = error.status?.details?.causes;
  const fields = new Map<string, string[]>();
  for (const cause of Array.isArray(causes) ? causes : []) {
    if (get(cause, "reason") !== "FieldManagerConflict") continue;
    const [message, field] = [get(cause, "message"), get(cause, "field")];
    // `conflict with "NAME" using apps/v1`, `conflict with "NAME" with subresource "scale" using apps/v1 at TIME`
    const manager = typeof message === "string" ? /^conflict with "([^"]*)"/.exec(message)?.[1] : undefined;
    const list = fields.get(manager ?? "another manager") ?? [];
    if (typeof field === "string") list.push(field.replace(/^\./, ""));
    fields.set(manager ?? "another manager", list);
  }
  if (fields.size === 0) return undefined;
  return [...fields].map(([manager, names]) => `${names.join(", ")} set to another value by ${manager}`).join("; ");
}

export function isMissingNamespace(error: unknown): boolean {
  if (!isKubeError(error, "not-found")) return false;
  return error.status?.details?.kind === "namespaces" || /^namespaces? "/.test(error.status?.message ?? "");
}

const immutable =
  /immutable|may not be changed|cannot be changed|may not change|updates to .* spec for fields other than|is not allowed to change|Forbidden: updates/i;

const replacements: { readonly [kind: string]: string } = {
  Job: "A Job's template cannot change. Delete the Job and apply again, or declare the new one under another name.",
  Service: "Leave the old value of the field, or delete the Service and apply again: its address changes then.",
  PersistentVolumeClaim:
    "Of a volume claim only the requested size may grow. Leave the old value, or move the data to a new claim.",
  StatefulSet:
    "Leave the old value, or delete the StatefulSet with --cascade=orphan, which keeps its Pods and volumes, and apply again.",
  Deployment: "A selector cannot change. Leave the old one, or declare the Deployment under another name.",
  DaemonSet: "A selector cannot change. Leave the old one, or declare the DaemonSet under another name.",
  RoleBinding: "The role of a binding cannot change. Delete the binding and apply again.",
  ClusterRoleBinding: "The role of a binding cannot change. Delete the binding and apply again.",
};

function invalid(
  error: KubeError,
  { kind }: ObjectRef,
  make: (code: "FL710" | "FL711", text: string, hint?: string) => Finding,
): Finding {
  const found = error.status?.details?.causes;
  const causes = (Array.isArray(found) ? found : []).map((cause) => ({
    field: stringOf(get(cause, "field")),
    message: stringOf(get(cause, "message")),
  }));
  const fixed = causes.filter(({ message }) => immutable.test(message));
  if (fixed.length > 0 || (causes.length === 0 && immutable.test(failureText(error)))) {
    const fields = [...new Set(fixed.map(({ field }) => field))].filter((field) => field !== "");
    const what = fields.length === 0 ? failureText(error) : `${fields.join(", ")} cannot be changed once it exists`;
    return make("FL710", what, replacements[kind]);
  }
  // Values of a Secret might stand in the server's words.
  if (kind === "Secret") {
    return make("FL711", `the server does not accept ${causes.map(({ field }) => field).join(", ") || "it"}`);
  }
  return make("FL711", failureText(error));
}

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
