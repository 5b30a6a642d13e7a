import { isKubeError } from "@fairlead/kube";
import type { ActionResult } from "../../../plan/sidecars/model/run.ts";
import { readable } from "../oracle/review.ts";

/**
 * What a failed write means. Where no answer came, or the server fell over, it may have been written; where nothing arrived, or
 * the server has no time, it is tried again: that says nothing about the object.
 */
export function resultOf(error: unknown): ActionResult {
  if (!isKubeError(error)) throw error;
  const message = readable(error.message);
  if (error.unsent) return { kind: "changed", message };
  switch (error.code) {
    case "not-found":
      return { kind: "gone" };
    case "conflict":
      return { kind: "changed" };
    case "too-many-requests":
      return { kind: "changed", message };
    case "connection":
    case "protocol":
    case "deadline":
    case "aborted":
    case "closed":
    case "server-error":
    case "server-timeout":
    case "unavailable":
    // 410 is about a version or a list that the server knows no more, and not about the object.
    case "gone":
      return { kind: "unsure", message };
    default:
      return { kind: "refused", message };
  }
}
