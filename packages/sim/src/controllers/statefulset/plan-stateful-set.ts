import { withoutEmpty } from "../common/counts.ts";
import type { Kinded, Pod } from "../common/objects.ts";
import { isAvailable, isReady } from "../common/pods.ts";
import { type ControllerRevision, revisionLabel, templateOf } from "../common/revisions.ts";
import { areOwnersRight, hasStaleOwner } from "./claim-owners.ts";
import { claimNameOf, identityMatches, newVersionedPod, storageMatches } from "./stateful-pod.ts";
import { isCreated, isInRange, ordinalOf, startOf, type StatefulSet, type StatefulSetStatus } from "./stateful-set.ts";

export type StatefulAction =
  | { readonly kind: "create"; readonly pod: Pod }
  /** Creates claims that are missing, and gives them their owners. */
  | { readonly kind: "claims"; readonly pod: Pod }
  /** Gives claims the owners that the retention policy wants. */
  | { readonly kind: "owners"; readonly pod: Pod }
  | { readonly kind: "repair"; readonly pod: Pod }
  | { readonly kind: "delete"; readonly pod: Pod };

export interface StatefulObservation {
  readonly set: StatefulSet;
  /** All of them, ended and deleted ones too. */
  readonly pods: readonly Pod[];
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly collisionCount: number;
  /** A claim of the set's namespace, by name. */
  readonly claim: (name: string) => Kinded | undefined;
  readonly now: number;
}

export interface StatefulPlan {
  readonly actions: readonly StatefulAction[];
  /** In order; where they depend on each other the first one that fails ends them. */
  readonly monotonic: boolean;
  readonly status: StatefulSetStatus;
}

interface Sync extends StatefulObservation {
  readonly actions: StatefulAction[];
  readonly monotonic: boolean;
  readonly minReady: number;
  /** The set with the template of the update. */
  readonly updateSet: StatefulSet;
}

/** One sync of a StatefulSet, as kube-controller-manager does it. */
export function planStatefulSet(observed: StatefulObservation): StatefulPlan {
  const { set, current, update, now } = observed;
  const monotonic = set.spec.podManagementPolicy !== "Parallel";
  const currentSet: StatefulSet = { ...set, spec: { ...set.spec, template: templateOf(current) } };
  const updateSet: StatefulSet = { ...set, spec: { ...set.spec, template: templateOf(update) } };
  const minReady = set.spec.minReadySeconds ?? 0;
  const sync: Sync = { ...observed, actions: [], monotonic, minReady, updateSet };
  const replicas = Array.from({ length: set.spec.replicas ?? 1 }, (_, index) => {
    const ordinal = startOf(set) + index;
    const revisions = { currentRevision: current.metadata.name, updateRevision: update.metadata.name };
    return (
      observed.pods.find((pod) => ordinalOf(pod) === ordinal) ??
      newVersionedPod({ current: currentSet, update: updateSet }, revisions, ordinal)
    );
  });
  const condemned = observed.pods
    .filter((pod) => !isInRange(pod, set) && ordinalOf(pod) >= 0)
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  const firstUnavailable = [...replicas, ...[...condemned].reverse()].find((pod) => isUnavailable(pod, minReady, now));
  let updating = 0;
  if (set.metadata.deletionTimestamp === undefined) {
    const isSettled = planReplicas(sync, replicas) && planCondemned(sync, condemned, firstUnavailable);
    if (isSettled && planUpdate(sync, replicas)) updating = 1;
  }
  return { actions: sync.actions, monotonic, status: statusOf(observed, updating) };
}

function isUnavailable(pod: Pod, minReady: number, now: number): boolean {
  return !isAvailable(pod, minReady, now) || pod.metadata.deletionTimestamp !== undefined;
}

const isTerminating = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

/** True if the next pod may be looked at, and in the end if all are as they should be. */
function planReplicas(sync: Sync, replicas: readonly Pod[]): boolean {
  for (const pod of replicas) if (!planReplica(sync, pod) && sync.monotonic) return false;
  return true;
}

function planReplica(sync: Sync, pod: Pod): boolean {
  const { set, updateSet, actions, monotonic, minReady, now } = sync;
  const phase = pod.status?.phase;
  if (phase === "Failed" || phase === "Succeeded") {
    if (!isTerminating(pod)) actions.push({ kind: "delete", pod });
    return false;
  }
  if (!isCreated(pod)) {
    const keepsScaled = set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== "Delete";
    if (!keepsScaled && claimsIn(sync, pod).some((one) => hasStaleOwner(one, pod))) return false;
    actions.push({ kind: "create", pod });
    if (monotonic) return false;
  }
  const areOwned = claimsIn(sync, pod).every((one) => areOwnersRight(one, updateSet, pod));
  if (phase === "Pending" && (isClaimMissing(sync, pod) || !areOwned)) actions.push({ kind: "claims", pod });
  if (monotonic && (isTerminating(pod) || phase !== "Running" || !isAvailable(pod, minReady, now))) return false;
  if (!isCreated(pod)) return true;
  if (!areOwned || !identityMatches(set, pod) || !storageMatches(set, pod)) actions.push({ kind: "repair", pod });
  return true;
}

function claimNames({ set }: Sync, pod: Pod): string[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => claimNameOf(set, template, ordinalOf(pod)));
}

function claimsIn(sync: Sync, pod: Pod): Kinded[] {
  return claimNames(sync, pod).flatMap((name) => sync.claim(name) ?? []);
}

function isClaimMissing(sync: Sync, pod: Pod): boolean {
  return claimNames(sync, pod).some((name) => sync.claim(name) === undefined);
}

/** Takes pods beyond `replicas` away, from the highest ordinal on. */
function planCondemned(sync: Sync, condemned: readonly Pod[], firstUnavailable: Pod | undefined): boolean {
  const { actions, monotonic, minReady, now, updateSet } = sync;
  for (const pod of condemned) {
    if (!claimsIn(sync, pod).every((one) => areOwnersRight(one, updateSet, pod))) actions.push({ kind: "owners", pod });
  }
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (monotonic) return false;
      continue;
    }
    const waits = pod.status?.phase !== "Running" || !isReady(pod) || !isAvailable(pod, minReady, now);
    if (monotonic && waits && pod !== firstUnavailable) return false;
    actions.push({ kind: "delete", pod });
    if (monotonic) return false;
  }
  return true;
}

/** Replaces the pod of the highest ordinal that is not of the update, once all above it are available. */
function planUpdate({ set, update, actions, minReady, now }: Sync, replicas: readonly Pod[]): boolean {
  const { type = "RollingUpdate", rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === "OnDelete") return false;
  for (let index = replicas.length - 1; index >= (rollingUpdate?.partition ?? 0); index--) {
    const pod = replicas[index]!;
    if (pod.metadata.labels?.[revisionLabel] !== update.metadata.name && !isTerminating(pod)) {
      actions.push({ kind: "delete", pod });
      return true;
    }
    if (isUnavailable(pod, minReady, now)) return false;
  }
  return false;
}

function statusOf(observed: StatefulObservation, updating: number): StatefulSetStatus {
  const { set, pods, current, update, collisionCount, now } = observed;
  const minReady = set.spec.minReadySeconds ?? 0;
  let [replicas, ready, available, onCurrent, onUpdate] = [0, 0, 0, 0, 0];
  for (const pod of pods) {
    if (ordinalOf(pod) < 0) continue;
    if (isCreated(pod)) replicas++;
    if (pod.status?.phase === "Running" && isReady(pod)) {
      ready++;
      if (isAvailable(pod, minReady, now)) available++;
    }
    if (!isCreated(pod) || isTerminating(pod)) continue;
    const revision = pod.metadata.labels?.[revisionLabel];
    if (revision === current.metadata.name) onCurrent++;
    if (revision === update.metadata.name) onUpdate++;
  }
  const wanted = set.spec.replicas ?? 1;
  const isRolling = (set.spec.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate";
  const isComplete = isRolling && onUpdate === wanted && ready === wanted && replicas === wanted;
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas,
    readyReplicas: ready,
    currentReplicas: isComplete ? onUpdate : onCurrent - updating,
    updatedReplicas: onUpdate,
    currentRevision: isComplete ? update.metadata.name : current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount,
    availableReplicas: available,
  };
  return withoutEmpty(status, ["replicas", "availableReplicas", "collisionCount"]);
}

/** Whether what is written says something else: `collisionCount` alone is no reason to write. */
export function isStatusNews(
  before: StatefulSetStatus | undefined,
  { observedGeneration = 0, ...after }: StatefulSetStatus,
): boolean {
  if (before === undefined || observedGeneration > (before.observedGeneration ?? 0)) return true;
  const keys = ["replicas", "currentReplicas", "readyReplicas", "updatedReplicas", "availableReplicas"] as const;
  return (
    keys.some((key) => (before[key] ?? 0) !== (after[key] ?? 0)) ||
    before.currentRevision !== after.currentRevision ||
    before.updateRevision !== after.updateRevision
  );
}
