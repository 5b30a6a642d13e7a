import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isKubeError, type Resource } from "@fairlead/kube";
import type { ActionResult } from "../../../plan/sidecars/model/run.ts";
import {
  fortsaAnnotation,
  restartedAtAnnotation,
  restartedForAnnotation,
} from "../../../plan/sidecars/observe/keys.ts";
import type { ActContext, Change } from "./act.ts";
import { resultOf } from "./result-of.ts";

export const fieldManager = "fairlead/sidecars";

const attempts = 4;
const pauseMs = 500;

type Restart = Extract<Change, { readonly kind: "restart" }>;

/**
 * Has a workload's pods replaced by its own controller: by an annotation of its pod template, or by `restartAt` of an
 * Argo Rollout. The patch counts only for the very state of the object that was looked at.
 */
export async function annotate(change: Restart, context: ActContext): Promise<ActionResult> {
  const { apiVersion, kind, uid, namespace, name } = change.workload;
  const { client, signal, timeoutMs, dryRun } = context;
  const key = { namespace, name };
  let isSent = false;
  try {
    const resource = await client.discovery.resource({ apiVersion, kind });
    let object = context.find({ apiVersion, kind }, key);
    for (let attempt = 1; ; attempt++) {
      if (object === undefined || object.metadata["uid"] !== uid) return { kind: "gone" };
      if (isMarked(change, object)) return { kind: "written" };
      // The patch counts only if nothing has become of the workload since `object`: neither has it of its pods, then.
      if (!(await context.isNeeded(change))) return { kind: "changed" };
      if (!context.isSame(change, object) || !context.mayStill(change)) return { kind: "changed" };
      const body = patchOf(change, object, context.mode);
      isSent = true;
      context.onSend?.({ cluster: change.workload.cluster, verb: "patch", kind, namespace, name, body });
      try {
        const options = { type: "merge", fieldManager, dryRun, signal, deadlineMs: timeoutMs } as const;
        const written = await client.patch(resource, key, body, options);
        if (!dryRun) context.wrote(written);
        return { kind: "written" };
      } catch (error) {
        // Sent again it cannot count twice: it is about one version of the object.
        const isOpen = isKubeError(error, "conflict") || resultOf(error).kind === "unsure";
        if (!isOpen || attempt === attempts || signal.aborted) throw error;
        if (!isKubeError(error, "conflict")) await context.pause(pauseMs * attempt);
        // Status moves all the time; a template that somebody changed is another decision.
        object = await read(resource, key, context);
      }
    }
  } catch (error) {
    const result = resultOf(error);
    // Of what was only read everybody knows that it was not written.
    return result.kind === "unsure" && !isSent ? { ...result, kind: "changed" } : result;
  }
}

function read(resource: Resource, key: { namespace: string; name: string }, context: ActContext) {
  const { client, signal, timeoutMs } = context;
  return client.find(resource, key, { signal, deadlineMs: timeoutMs });
}

/** Whether it says already that it was restarted for this: by an attempt whose answer was lost, or another leader's. */
function isMarked({ way, target, marked, at }: Restart, object: KrmObject): boolean {
  const isRollout = way.kind === "restart-at";
  const metadata = isRollout ? object.metadata : get(get(object["spec"], "template"), "metadata");
  const annotations = get(metadata as JsonObject, "annotations");
  if (textOf(get(annotations, restartedForAnnotation)) !== target) return false;
  if (!marked) return true;
  return textOf(isRollout ? get(object["spec"], "restartAt") : get(annotations, restartedAtAnnotation)) === at;
}

function patchOf({ way, target, at }: Restart, { metadata }: KrmObject, mode: ActContext["mode"]): JsonObject {
  const precondition = {
    uid: textOf(metadata["uid"]),
    resourceVersion: textOf(metadata["resourceVersion"]),
  };
  const mark = { [restartedForAnnotation]: target };
  if (way.kind === "restart-at") return { metadata: { ...precondition, annotations: mark }, spec: { restartAt: at } };
  const annotations = {
    ...mark,
    [restartedAtAnnotation]: at,
    ...(mode === "fortsa" && { [fortsaAnnotation]: at }),
  };
  return { metadata: precondition, spec: { template: { metadata: { annotations } } } };
}
