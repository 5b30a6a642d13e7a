import { get, type JsonObject } from "@fairlead/apimachinery";
import { refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { isKubeError, type Client, type ObjectKey, type Resource } from "@fairlead/kube";
import type { MeshMode } from "../../../plan/mesh/model/settings.ts";
import { withSidecarHosts } from "../../../plan/mesh/write/sidecar-edit.ts";
import type { Version } from "../../clusters/expectations.ts";
import { isWritten, unwanted } from "./compare.ts";
import { inVersionOf, resourceFor } from "./resources.ts";
import type { Step } from "./steps.ts";

export const fieldManager = "fairlead/mesh";

export interface StepContext {
  readonly client: Client;
  readonly mode: MeshMode;
  readonly signal: AbortSignal;
  /** What a watch has told of an object, whoever's it is. */
  found(object: ObjectRef): KrmObject | undefined;
  /** The version of an object of ours that the plan was compared with. */
  version(object: ObjectRef): Version | undefined;
  /** Each answer, before the step is over. */
  wrote(object: KrmObject): void;
  removed(object: ObjectRef, uid: string): void;
  /** Requests that were made. */
  count(verb: Verb, kind: string, outcome: "ok" | "conflict" | "refused" | "failed"): void;
}

export const verbs = ["create", "apply", "update", "delete"] as const;
export type Verb = (typeof verbs)[number];

export type StepResult =
  | { readonly kind: "done" }
  /** The server made something else of it than what was sent, twice. */
  | { readonly kind: "otherwise"; readonly answer: KrmObject }
  /** The object is somebody else's. */
  | { readonly kind: "foreign" };

/**
 * Takes one step. In default mode objects are applied, so that fields of others stay theirs; where somebody put more
 * into an object than applying takes out, it is replaced. In admiral mode objects are created and replaced whole, as
 * the predecessor does. Throws what the server says.
 */
export async function takeStep(step: Step, context: StepContext): Promise<StepResult> {
  const { client, signal, mode } = context;
  const resource = await resourceFor(client, step.object);
  const key = keyOf(step.object);
  switch (step.kind) {
    case "create":
    case "update": {
      const found = context.found(step.object);
      if (step.kind === "create" && isForeign(found)) return { kind: "foreign" };
      // One that only lost the name of its owner is ours, and put right.
      const isCreated = step.kind === "create" && found === undefined;
      const desired = inVersionOf(resource, step.desired);
      if (mode === "admiral")
        return isCreated ? create(resource, desired, context) : replace(resource, desired, undefined, context);
      return apply(resource, desired, isCreated, context);
    }
    case "delete": {
      const version = context.version(step.object);
      if (version === undefined) return { kind: "done" };
      const preconditions = { uid: version.uid, resourceVersion: version.resourceVersion };
      await counted(context, "delete", resource, unlessGone(client.delete(resource, key, { preconditions, signal })));
      context.removed(step.object, version.uid);
      return { kind: "done" };
    }
    case "edit": {
      const found = await client.find(resource, key, { signal });
      const edited = found === undefined ? undefined : withSidecarHosts(found, step.edit);
      if (edited === undefined) return { kind: "done" };
      const answer = await counted(
        context,
        "update",
        resource,
        client.update(resource, edited, { fieldManager, signal }),
      );
      context.wrote(answer);
      return { kind: "done" };
    }
  }
}

/** Whether there is an object that does not say that it is the mesh's, or the predecessor's, which the mesh takes over. */
export function isForeign(found: KrmObject | undefined): boolean {
  if (found === undefined) return false;
  const { metadata } = found;
  return !(
    get(metadata.labels, "app.kubernetes.io/managed-by") === "fairlead" ||
    get(metadata.labels, "admiral.io/vs-routing") === "enabled" ||
    get(metadata.annotations, "app.kubernetes.io/created-by") === "admiral" ||
    get(metadata.annotations, "associated-routing-policy-name") !== undefined
  );
}

async function create(resource: Resource, desired: KrmObject, context: StepContext): Promise<StepResult> {
  const { client, signal } = context;
  try {
    const answer = await counted(
      context,
      "create",
      resource,
      client.create(resource, desired, { fieldManager, signal }),
    );
    context.wrote(answer);
    return isWritten(desired, answer) ? { kind: "done" } : { kind: "otherwise", answer };
  } catch (error) {
    if (isKubeError(error, "already-exists")) return { kind: "foreign" };
    throw error;
  }
}

async function apply(
  resource: Resource,
  desired: KrmObject,
  isCreated: boolean,
  context: StepContext,
): Promise<StepResult> {
  const { client, signal } = context;
  // Without force nothing of somebody else's is taken that came between the look and the write.
  // Nobody reads the warnings that the server would parse everything once more for; what it kept is compared below.
  const options = { fieldManager, fieldValidation: "Ignore", force: !isCreated, signal } as const;
  try {
    const answer = await counted(context, "apply", resource, client.apply(resource, desired, options));
    if (isWritten(desired, answer)) {
      context.wrote(answer);
      return { kind: "done" };
    }
    return await replace(resource, desired, answer, context);
  } catch (error) {
    if (isCreated && isKubeError(error, "conflict")) return { kind: "foreign" };
    throw error;
  }
}

/** Puts what is desired in place of what is there, whoever's fields it has; labels and annotations of others stay. */
async function replace(
  resource: Resource,
  desired: KrmObject,
  known: KrmObject | undefined,
  context: StepContext,
): Promise<StepResult> {
  const { client, signal, mode } = context;
  const found = known ?? (await client.get(resource, keyOf(refOf(desired)), { signal }));
  const object = mode === "admiral" ? wholly(desired, found) : onto(desired, found);
  const answer = await counted(context, "update", resource, client.update(resource, object, { fieldManager, signal }));
  context.wrote(answer);
  return isWritten(desired, answer) ? { kind: "done" } : { kind: "otherwise", answer };
}

function wholly(desired: KrmObject, found: KrmObject): KrmObject {
  const { resourceVersion = "" } = found.metadata;
  return { ...desired, metadata: { ...desired.metadata, resourceVersion } };
}

function onto(desired: KrmObject, found: KrmObject): KrmObject {
  const merged = (part: "labels" | "annotations"): JsonObject => {
    const gone = new Set(unwanted(desired.metadata[part], found.metadata[part]));
    const kept = Object.entries(found.metadata[part] ?? {}).filter(([name]) => !gone.has(name));
    return { ...Object.fromEntries(kept), ...desired.metadata[part] };
  };
  const { status } = found;
  const metadata = { ...found.metadata, labels: merged("labels"), annotations: merged("annotations") };
  return { ...desired, metadata, ...(status !== undefined && { status }) } as KrmObject;
}

async function counted<T>(context: StepContext, verb: Verb, resource: Resource, work: Promise<T>): Promise<T> {
  try {
    const answer = await work;
    context.count(verb, resource.kind, "ok");
    return answer;
  } catch (error) {
    context.count(verb, resource.kind, outcomeOf(error));
    throw error;
  }
}

function outcomeOf(error: unknown): "conflict" | "refused" | "failed" {
  if (isKubeError(error, "conflict", "already-exists")) return "conflict";
  return isRefusal(error) ? "refused" : "failed";
}

/** Whether trying again is of no use until something changes. */
export function isRefusal(error: unknown): boolean {
  return isKubeError(error, "bad-request", "forbidden", "invalid", "unknown-kind", "unsupported", "too-large");
}

async function unlessGone(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (isKubeError(error, "not-found")) return undefined;
    throw error;
  }
}

function keyOf({ namespace, name }: ObjectRef): ObjectKey {
  return { ...(namespace !== undefined && { namespace }), name };
}
