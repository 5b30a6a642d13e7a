import type { JsonObject } from "@fairlead/apimachinery";
import { dns1123SubdomainProblem } from "@fairlead/apimachinery";
import { ApiError } from "../../errors.ts";
import type { ControllerContext } from "../controller.ts";
import { asJson, asKind, controllerReference, type Kinded, type Pod, type PodTemplate } from "./objects.ts";

/** The refusal that a namespace being deleted gives to everything that is created in it. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const causes = (error.status["details"] as JsonObject | undefined)?.["causes"];
  return Array.isArray(causes) && causes.some((one) => (one as JsonObject)["reason"] === "NamespaceTerminating");
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "Conflict";
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "AlreadyExists";
}

/** What was thrown, as an error: it is thrown again once everything else was tried. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A pod of a template, controlled by the owner. */
export function podFromTemplate(owner: Kinded, template: PodTemplate): JsonObject {
  const { labels = {}, annotations = {}, finalizers = [] } = template.metadata ?? {};
  const prefix = `${owner.metadata.name}-`;
  const metadata: JsonObject = {
    // As a name it may not end in a hyphen; as a prefix it may.
    generateName: dns1123SubdomainProblem(`${owner.metadata.name}a`) === undefined ? prefix : owner.metadata.name,
    namespace: owner.metadata.namespace,
    labels: { ...labels },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
    ...(finalizers.length === 0 ? {} : { finalizers: [...finalizers] }),
    ownerReferences: [asJson(controllerReference(owner))],
  };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec };
}

/** Creates a pod and says so in an Event of the owner. Throws what the API server says. */
export async function createPod(context: ControllerContext, owner: Kinded, pod: JsonObject): Promise<Pod> {
  try {
    const created = asKind<Pod>(await context.api.create("pods", pod));
    context.event(asJson(owner), "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
    return created;
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      context.event(asJson(owner), "Warning", "FailedCreate", `Error creating: ${messageOf(error)}`);
    }
    throw error;
  }
}

/** Deletes a pod and says so in an Event of the owner; one that is gone is no problem. */
export async function deletePod(context: ControllerContext, owner: Kinded, name: string): Promise<void> {
  try {
    await context.api.delete("pods", { namespace: owner.metadata.namespace, name });
    context.event(asJson(owner), "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
  } catch (error) {
    if (isNotFound(error)) return;
    context.event(asJson(owner), "Warning", "FailedDelete", `Error deleting: ${messageOf(error)}`);
    throw new Error(`unable to delete pods: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Calls `create` so many times in batches of 1, 2, 4 …, and ends after a batch in which one failed: a quota that is
 * used up is not asked for thousands of times. Returns how many succeeded and what the first failure was.
 */
export async function slowStart(
  count: number,
  create: (index: number) => Promise<void>,
): Promise<{ readonly succeeded: number; readonly failure: unknown }> {
  let started = 0;
  let succeeded = 0;
  for (let batch = Math.min(count, 1); batch > 0; batch = Math.min(2 * batch, count - started)) {
    let failure: unknown;
    for (let index = 0; index < batch; index++) {
      try {
        await create(started + index);
        succeeded++;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) return { succeeded, failure };
    started += batch;
  }
  return { succeeded, failure: undefined };
}
