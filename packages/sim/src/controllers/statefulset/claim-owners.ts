import { controllerReference, type Kinded, type OwnerReference, type Pod } from "../common/objects.ts";
import { isInRange, type StatefulSet } from "./stateful-set.ts";

interface Policy {
  readonly onDelete: boolean;
  readonly onScale: boolean;
}

function policyOf({ spec }: StatefulSet): Policy {
  const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return { onDelete: whenDeleted === "Delete", onScale: whenScaled === "Delete" };
}

function isReferenceTo(reference: OwnerReference, { apiVersion, kind, metadata }: Kinded): boolean {
  return reference.apiVersion === apiVersion && reference.kind === kind && reference.name === metadata.name;
}

const references = ({ metadata }: Kinded): readonly OwnerReference[] => metadata.ownerReferences ?? [];

const owns = (owner: Kinded, claim: Kinded): boolean => references(claim).some(({ uid }) => uid === owner.metadata.uid);

/** It names an owner of this name that is no longer the same: what is there is left to the garbage collector. */
export function hasStaleOwner(claim: Kinded, owner: Kinded): boolean {
  const reference = references(claim).find((one) => isReferenceTo(one, owner));
  return reference !== undefined && reference.uid !== owner.metadata.uid;
}

/** Another controller manages the claim. */
export function hasUnexpectedController(claim: Kinded, set: StatefulSet, pod: Pod): boolean {
  const { onDelete, onScale } = policyOf(set);
  if (!onDelete && !onScale) return false;
  for (const reference of references(claim)) {
    const owner = [set, pod].find((one) => isReferenceTo(reference, one));
    if (owner === undefined ? reference.controller === true : reference.uid !== owner.metadata.uid) return true;
  }
  return false;
}

/** Which of set and pod own the claim, so that it goes with them, as the retention policy wants it. */
function wantedOwners(set: StatefulSet, pod: Pod): { readonly set: boolean; readonly pod: boolean } {
  const { onDelete, onScale } = policyOf(set);
  const isScaledDown = onScale && !isInRange(pod, set);
  return { set: onDelete && !isScaledDown, pod: isScaledDown };
}

export function areOwnersRight(claim: Kinded, set: StatefulSet, pod: Pod): boolean {
  if (hasStaleOwner(claim, set) || hasStaleOwner(claim, pod)) return true;
  if (hasUnexpectedController(claim, set, pod)) return !owns(set, claim) && !owns(pod, claim);
  const uids = [set.metadata.uid, pod.metadata.uid];
  if (references(claim).some((one) => uids.includes(one.uid) && one.controller !== true)) return false;
  const wanted = wantedOwners(set, pod);
  return owns(set, claim) === wanted.set && owns(pod, claim) === wanted.pod;
}

/** The owner references of the claim as they should be. */
export function rightOwners(claim: Kinded, set: StatefulSet, pod: Pod): OwnerReference[] {
  const others = references(claim).filter((one) => !isReferenceTo(one, set) && !isReferenceTo(one, pod));
  if (hasUnexpectedController(claim, set, pod)) return others;
  const wanted = wantedOwners(set, pod);
  if (wanted.pod) others.push(controllerReference(pod));
  if (wanted.set) others.push(controllerReference(set));
  return others;
}
