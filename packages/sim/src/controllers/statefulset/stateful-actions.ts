import { asJson, asKind, type Pod } from "../common/objects.ts";
import { isAlreadyExists, isNotFound, messageOf } from "../common/pod-control.ts";
import type { ControllerContext } from "../controller.ts";
import { areOwnersRight, hasUnexpectedController, rightOwners } from "./claim-owners.ts";
import type { StatefulAction } from "./plan-stateful-set.ts";
import { claimNameOf, claimsOf, identityMatches, repairedPod, storageMatches } from "./stateful-pod.ts";
import { ordinalOf, type StatefulSet } from "./stateful-set.ts";

const claims = "persistentvolumeclaims";

/** Carries one step out, and says so in an Event of the set. */
export async function actOnPod(
  context: ControllerContext,
  set: StatefulSet,
  { kind, pod }: StatefulAction,
): Promise<void> {
  switch (kind) {
    case "create":
      return await createStatefulPod(context, set, pod);
    case "claims":
      await createClaims(context, set, pod);
      return await said(context, set, pod, "Update", false, () => ownClaims(context, set, pod));
    case "owners":
      return await ownClaims(context, set, pod);
    case "repair":
      return await repairPod(context, set, pod);
    case "delete":
      return await said(context, set, pod, "Delete", true, async () => {
        try {
          const { namespace, name } = pod.metadata;
          await context.api.delete("pods", { namespace, name });
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      });
  }
}

/** Tells of a failure, and of a success if asked to. */
async function said(
  { event }: ControllerContext,
  set: StatefulSet,
  { metadata }: Pod,
  verb: "Create" | "Update" | "Delete",
  tellSuccess: boolean,
  act: () => Promise<void>,
): Promise<void> {
  const subject = `${verb} Pod ${metadata.name} in StatefulSet ${set.metadata.name}`;
  try {
    await act();
  } catch (error) {
    event(asJson(set), "Warning", `Failed${verb}`, `${subject} failed error: ${messageOf(error)}`);
    throw error;
  }
  if (tellSuccess) event(asJson(set), "Normal", `Successful${verb}`, `${subject} successful`);
}

async function createStatefulPod(context: ControllerContext, set: StatefulSet, pod: Pod): Promise<void> {
  await said(context, set, pod, "Create", false, () => createClaims(context, set, pod));
  let failure: unknown;
  try {
    await context.api.create("pods", asJson(pod));
  } catch (error) {
    if (isAlreadyExists(error)) throw error;
    failure = error;
  }
  await said(context, set, pod, "Update", false, () => ownClaims(context, set, pod));
  await said(context, set, pod, "Create", true, () =>
    failure === undefined ? Promise.resolve() : Promise.reject(failure as Error),
  );
}

async function createClaims(context: ControllerContext, set: StatefulSet, pod: Pod): Promise<void> {
  const { api, event } = context;
  const problems: string[] = [];
  for (const claim of claimsOf(set, ordinalOf(pod))) {
    const { name, namespace } = asKind(claim).metadata;
    const found = api.get(claims, { namespace, name });
    if (found !== undefined) {
      if (asKind(found).metadata.deletionTimestamp !== undefined) problems.push(`pvc ${name} is being deleted`);
      continue;
    }
    const at = `Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
    try {
      await api.create(claims, claim);
      event(asJson(set), "Normal", "SuccessfulCreate", `Create Claim ${name} ${at} success`);
    } catch (error) {
      problems.push(`failed to create PVC ${name}: ${messageOf(error)}`);
      if (isAlreadyExists(error)) continue;
      const why = `Create Claim ${name} for ${at} failed error: ${messageOf(error)}`;
      event(asJson(set), "Warning", "FailedCreate", why);
    }
  }
  if (problems.length > 0) throw new Error(problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`);
}

async function ownClaims({ api, event }: ControllerContext, set: StatefulSet, pod: Pod): Promise<void> {
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const name = claimNameOf(set, template, ordinalOf(pod));
    const found = api.get(claims, { namespace: set.metadata.namespace, name });
    if (found === undefined) continue;
    const claim = asKind(found);
    if (hasUnexpectedController(claim, set, pod)) {
      const why =
        "has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim";
      event(asJson(set), "Warning", "ConflictingController", `PersistentVolumeClaim ${name} ${why}`);
    }
    if (areOwnersRight(claim, set, pod)) continue;
    const ownerReferences = rightOwners(claim, set, pod);
    try {
      await api.update(claims, asJson({ ...claim, metadata: { ...claim.metadata, ownerReferences } }));
    } catch (error) {
      throw new Error(`could not update claim ${name} for delete policy ownerRefs: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

async function repairPod(context: ControllerContext, set: StatefulSet, pod: Pod): Promise<void> {
  const hasStorage = storageMatches(set, pod);
  await said(context, set, pod, "Update", true, async () => {
    if (!hasStorage) await createClaims(context, set, pod);
    await ownClaims(context, set, pod);
    if (!hasStorage || !identityMatches(set, pod)) await context.api.update("pods", repairedPod(set, pod));
  });
}
