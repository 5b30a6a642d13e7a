import { get, statusOf } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

export interface Verdict {
  readonly kind: "done" | "waiting" | "failed";
  readonly reason: string;
}

/** Judges an object as it is; `replaced`: it is another object than the one that was seen first. */
export type Judge = (object: KrmObject | undefined, replaced: boolean) => Verdict;

export const judgeDeleted: Judge = (object, replaced) => {
  if (object === undefined || replaced) return { kind: "done", reason: "it is gone" };
  const finalizers = object.metadata["finalizers"];
  if (typeof object.metadata["deletionTimestamp"] !== "string") return { kind: "waiting", reason: "it is still there" };
  const names = (Array.isArray(finalizers) ? finalizers : []).filter((name) => typeof name === "string");
  const left = names.length === 0 ? "" : `, held by ${names.join(", ")}`;
  return { kind: "waiting", reason: `it is being deleted${left}` };
};

/** Whether the server serves the kinds of a CustomResourceDefinition. */
export const judgeEstablished: Judge = (object) => {
  const conditions = get(object?.["status"], "conditions");
  const find = (type: string): unknown =>
    Array.isArray(conditions) ? conditions.find((one) => get(one, "type") === type) : undefined;
  const established = find("Established");
  if (get(established, "status") === "True") return { kind: "done", reason: "it is established" };
  const names = find("NamesAccepted");
  if (get(names, "status") === "False") {
    const message = get(names, "message");
    return { kind: "failed", reason: typeof message === "string" ? message : "its names are not accepted" };
  }
  return { kind: "waiting", reason: "the server does not serve its kind yet" };
};

/** Ready by kstatus. */
export const judgeReady: Judge = (object) => {
  const { status, message } = statusOf(object);
  switch (status) {
    case "Current":
      return { kind: "done", reason: message };
    case "Failed":
      return { kind: "failed", reason: message };
    case "InProgress":
    case "Terminating":
    case "NotFound":
    case "Unknown":
      return { kind: "waiting", reason: message };
  }
};
