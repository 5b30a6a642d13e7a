import { equal, get, type Clock } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import type { ApplyOptions, Client, DeleteOptions } from "../client/client.ts";
import { isKubeError, KubeError } from "../errors.ts";
import type { ObjectKey } from "../resource.ts";
import { judgeDeleted } from "../wait/verdict.ts";
import { waitUntil } from "../wait/wait.ts";
import type { ApplySetOptions, ApplyStep } from "./apply-set.ts";
import { membership } from "./plan/owners.ts";
import { isBeingDeleted } from "./plan/plan-object.ts";
import { releaseFields } from "./release-fields.ts";
import { retryPassing, retryWhile } from "./retry-passing.ts";

export interface StepContext {
  readonly client: Client;
  readonly options: ApplySetOptions;
  /** Of the set. */
  readonly id: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly propagation: NonNullable<DeleteOptions["propagation"]>;
  /** Kinds (`group|kind`) whose definition this run has made: the server may still be about to serve them. */
  readonly freshKinds: ReadonlySet<string>;
  /** Namespaces that this run has made: their default service account may still be missing. */
  readonly freshNamespaces: ReadonlySet<string>;
  /** Counts requests that the cluster may have stored something for. */
  readonly wrote: () => void;
}

/** What was done with one object. */
export interface Taken {
  readonly outcome: "created" | "changed" | "unchanged" | "deleted";
  readonly object?: KrmObject;
}

function keyOf({ object: { namespace, name } }: ApplyStep): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name };
}

/** Unknown fields are refused, as by kubectl: dropped without a word they would be missing for ever. */
export function writing(options: ApplySetOptions): Pick<ApplyOptions, "fieldManager" | "fieldValidation"> {
  return { fieldManager: options.fieldManager, fieldValidation: options.fieldValidation ?? "Strict" };
}

/** Applies one object. Throws a KubeError. */
export async function applyStep(step: ApplyStep, context: StepContext): Promise<Taken> {
  const { client, options, signal, clock } = context;
  const desired = step.desired!;
  if (step.kind === "create" && step.observed !== undefined) await waitUntilGone(step, context);
  const apply = { ...writing(options), force: step.force === true, signal };
  if (step.kind === "update" && (await changesNothing(step, context, apply))) {
    return step.adopts === true ? release(step, step.observed!, context) : { outcome: "unchanged" };
  }
  const send = (): Promise<KrmObject> =>
    retryPassing(() => {
      context.wrote();
      return client.apply(step.resource, desired, apply);
    }, context);
  const object = await retryWhile(send, (error) => isEarly(error, step, context), { clock, signal });
  if (step.adopts === true) return release(step, object, context);
  return { outcome: step.kind === "create" ? "created" : "changed", object };
}

async function release(step: ApplyStep, object: KrmObject, context: StepContext): Promise<Taken> {
  const { fieldManager } = context.options;
  const subject = { resource: step.resource, key: keyOf(step), object, fieldManager };
  return { outcome: "changed", object: await releaseFields(context.client, subject, context) };
}

/** The server is only catching up with what was applied before. */
function isEarly(error: unknown, { object, resource }: ApplyStep, context: StepContext): boolean {
  if (isKubeError(error, "not-found")) return context.freshKinds.has(`${resource.group}|${resource.kind}`);
  const fresh = object.namespace !== undefined && context.freshNamespaces.has(object.namespace);
  return fresh && isKubeError(error, "forbidden") && /service ?account/i.test(error.status?.message ?? error.message);
}

/**
 * Asks by a dry run before an object is changed: a webhook may put back what it is told, for ever, and the comparison
 * was made without it. It costs a request of the few that change something, and makes an idle run write nothing.
 */
async function changesNothing(step: ApplyStep, { client }: StepContext, apply: ApplyOptions): Promise<boolean> {
  try {
    const result = await client.apply(step.resource, step.desired!, { ...apply, dryRun: true });
    return equal(lasting(result), lasting(step.observed!));
  } catch (error) {
    // Webhooks with side effects refuse dry runs; a real verdict comes with the write.
    if (isKubeError(error, "aborted")) throw error;
    return false;
  }
}

/** The object without what each write changes, and without what its controller reports meanwhile. */
function lasting(object: KrmObject): KrmObject {
  const { resourceVersion: _, generation: __, managedFields, ...metadata } = object.metadata;
  const managers = (Array.isArray(managedFields) ? managedFields : [])
    .filter((entry) => (get(entry, "subresource") ?? "") === "")
    .map((entry) => [get(entry, "manager") ?? null, get(entry, "operation") ?? null, get(entry, "fieldsV1") ?? null]);
  return { ...object, status: {}, metadata: { ...metadata, managers } };
}

const goneMs = 120_000;

async function waitUntilGone(step: ApplyStep, { client, signal, clock }: StepContext): Promise<void> {
  const target = { ...step.object, resource: step.resource };
  const { ok, objects } = await waitUntil(client, [target], judgeDeleted, { signal, clock, deadlineMs: goneMs });
  if (!ok) throw new KubeError("deadline", objects[0]?.reason ?? "it is still being deleted", { object: step.object });
}

const mostAttempts = 5;

/**
 * Deletes one member as it was seen: whoever took it out of the set meanwhile, or made it anew, keeps it. Throws a
 * KubeError.
 */
export async function deleteStep(step: ApplyStep, context: StepContext): Promise<Taken> {
  const { client, id, propagation, signal } = context;
  const key = keyOf(step);
  let observed = step.observed;
  for (let attempt = 1; ; attempt++) {
    const preconditions = preconditionsOf(observed!);
    try {
      const object = await retryPassing(() => {
        context.wrote();
        return client.delete(step.resource, key, { propagation, preconditions, signal });
      }, context);
      return { outcome: "deleted", ...(refOf(object).kind === "Status" ? {} : { object }) };
    } catch (error) {
      if (isKubeError(error, "not-found")) return { outcome: "deleted" };
      if (!isKubeError(error, "conflict") || attempt >= mostAttempts) throw error;
    }
    observed = await client.find(step.resource, key, { signal });
    if (observed === undefined) return { outcome: "deleted" };
    const isSame = observed.metadata["uid"] === step.observed!.metadata["uid"];
    if (!isSame || membership(observed) !== id) return { outcome: "unchanged", object: observed };
    if (isBeingDeleted(observed)) return { outcome: "deleted", object: observed };
  }
}

function preconditionsOf({ metadata }: KrmObject): { uid?: string; resourceVersion?: string } {
  const { uid, resourceVersion } = metadata;
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}
