import { isKubeError } from "@fairlead/kube";
import type { ActionResult } from "../../../plan/sidecars/model/run.ts";
import { readable } from "../oracle/review.ts";
import type { ActContext, Change } from "./act.ts";
import { resultOf } from "./result-of.ts";

/** Evicts one pod by policy/v1, and no other one that has got its name since. */
export async function evict(
  change: Extract<Change, { readonly kind: "evict" }>,
  context: ActContext,
): Promise<ActionResult> {
  const { client, signal, timeoutMs, dryRun } = context;
  const { namespace, cluster } = change.workload;
  const { name, uid } = change.pod;
  const pod = context.find({ apiVersion: "v1", kind: "Pod" }, { namespace, name });
  if (pod === undefined || pod.metadata["uid"] !== uid) return { kind: "gone" };
  if (!context.mayStill(change)) return { kind: "changed" };
  const body = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { namespace, name },
    deleteOptions: { preconditions: { uid }, ...(dryRun && { dryRun: ["All"] }) },
  };
  context.onSend?.({ cluster, verb: "evict", kind: "Pod", namespace, name, body });
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`;
    await client.post(path, body, { dryRun, signal, deadlineMs: timeoutMs });
    return { kind: "written" };
  } catch (error) {
    if (isKubeError(error, "too-many-requests")) return { kind: "held", by: readable(error.message) };
    // Another pod of this name is there by now.
    if (isKubeError(error, "conflict")) return { kind: "gone" };
    return resultOf(error);
  }
}
