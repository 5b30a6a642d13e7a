import type { JsonObject } from "@fairlead/apimachinery";
import { ApiError } from "../../errors.ts";
import type { Api } from "../controller.ts";
import { asJson, asKind, controllerOf, controllerReference, type Kinded } from "./objects.ts";
import { asError } from "./pod-control.ts";

/** What to do with an object that an owner may have: keep it, take it, let it go, or leave it to others. */
export type ClaimDecision = "keep" | "adopt" | "release" | "ignore";

export interface ClaimOptions<T extends Kinded> {
  /** Its selector matches; of pods also that they are of the right kind. */
  readonly matches: (object: T) => boolean;
  /** Put on what is adopted, taken off what is released. */
  readonly finalizer?: string;
}

/** As `ControllerRefManager` of Kubernetes decides. */
export function planClaim<T extends Kinded>(owner: Kinded, object: T, matches: (object: T) => boolean): ClaimDecision {
  const controller = controllerOf(object);
  const isDeleted = owner.metadata.deletionTimestamp !== undefined;
  if (controller !== undefined) {
    if (controller.uid !== owner.metadata.uid) return "ignore";
    if (matches(object)) return "keep";
    return isDeleted ? "ignore" : "release";
  }
  if (isDeleted || object.metadata.deletionTimestamp !== undefined || !matches(object)) return "ignore";
  return object.metadata.namespace === owner.metadata.namespace ? "adopt" : "ignore";
}

/**
 * The candidates that belong to the owner, after taking in orphans that its selector matches and letting go of those
 * that it matches no longer. Throws what the first refused write threw, when all are through.
 */
export async function claim<T extends Kinded>(
  api: Api,
  collection: string,
  owner: Kinded,
  candidates: readonly T[],
  options: ClaimOptions<T>,
): Promise<T[]> {
  const claimed: T[] = [];
  let failure: unknown;
  for (const object of candidates) {
    const decision = planClaim(owner, object, options.matches);
    if (decision === "ignore") continue;
    if (decision === "keep") {
      claimed.push(object);
      continue;
    }
    const change = decision === "adopt" ? adoption(object, owner, options) : releasing(object, owner, options);
    try {
      const { namespace, name } = object.metadata;
      const patched = await api.patch(collection, { namespace, name }, change);
      if (decision === "adopt") claimed.push(asKind<T>(patched));
    } catch (error) {
      if (error instanceof ApiError && (error.code === 404 || (decision === "release" && error.code === 422))) continue;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw asError(failure);
  return claimed;
}

/** `uid` and version make the patch fail if it meets another object. */
function precondition({ metadata }: Kinded): JsonObject {
  return { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
}

function adoption<T extends Kinded>(object: T, owner: Kinded, { finalizer }: ClaimOptions<T>): JsonObject {
  const { ownerReferences = [], finalizers = [] } = object.metadata;
  const references = [...ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid), controllerReference(owner)];
  const metadata: JsonObject = { ...precondition(object), ownerReferences: references.map(asJson) };
  if (finalizer !== undefined && !finalizers.includes(finalizer)) metadata["finalizers"] = [...finalizers, finalizer];
  return { metadata };
}

function releasing<T extends Kinded>(object: T, owner: Kinded, { finalizer }: ClaimOptions<T>): JsonObject {
  const { ownerReferences = [], finalizers = [] } = object.metadata;
  const references = ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid);
  const metadata: JsonObject = {
    ...precondition(object),
    ownerReferences: references.length === 0 ? null : references.map(asJson),
  };
  if (finalizer !== undefined && finalizers.includes(finalizer)) {
    const rest = finalizers.filter((one) => one !== finalizer);
    metadata["finalizers"] = rest.length === 0 ? null : rest;
  }
  return { metadata };
}
