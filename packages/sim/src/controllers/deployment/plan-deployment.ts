import { equal, type JsonObject } from "@fairlead/apimachinery";
import { byAge, type Pod, type PodTemplate } from "../common/objects.ts";
import { conditionOf, isTerminal } from "../common/pods.ts";
import { type ReplicaSet, replicasOf } from "../replicaset/replica-set.ts";
import {
  type Deployment,
  type DeploymentStatus,
  hashLabel,
  historyLimitOf,
  isRolling,
  progressDeadlineOf,
  revisionAnnotation,
  revisionOf,
} from "./deployment.ts";
import { planNewSet } from "./plan-new-set.ts";
import { planRolling } from "./plan-rolling.ts";
import { isScalingEvent, planScale } from "./plan-scale.ts";
import { countStatus, isComplete, nextDeadlineCheck, rolloutStatus, writtenStatus } from "./plan-status.ts";
import {
  activeSets,
  allSets,
  type DeploymentAction,
  newCondition,
  type Rollout,
  scaleSet,
  setCondition,
} from "./rollout.ts";

export interface DeploymentObservation {
  readonly deployment: Deployment;
  /** Those that it controls. */
  readonly sets: readonly ReplicaSet[];
  /** Pods of its sets, deleted ones too: by the set's uid. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  readonly now: number;
}

export interface DeploymentPlan {
  /** In this order, before the status. */
  readonly actions: readonly DeploymentAction[];
  /** The whole object with its next status and revision; undefined if nothing of it changes. */
  readonly update: JsonObject | undefined;
  readonly status: DeploymentStatus;
  readonly afterMs: number | undefined;
}

/** One sync of a Deployment, as kube-controller-manager does it. */
export function planDeployment(observed: DeploymentObservation): DeploymentPlan {
  const { deployment, now } = observed;
  const sets = [...observed.sets].sort(byAge);
  const newSet = sets.find((set) => equalTemplates(set.spec.template, deployment.spec.template));
  const rollout: Rollout = {
    deployment,
    now,
    actions: [],
    status: deployment.status ?? {},
    revision: deployment.metadata.annotations?.[revisionAnnotation],
    newSet,
    oldSets: sets.filter((set) => set !== newSet),
  };
  const status = sync(rollout, observed);
  const written = writtenStatus(status);
  const annotations = deployment.metadata.annotations ?? {};
  const isSame = equal(written, deployment.status ?? {}) && annotations[revisionAnnotation] === rollout.revision;
  const revised = rollout.revision === undefined ? {} : { [revisionAnnotation]: rollout.revision };
  const metadata = { ...deployment.metadata, annotations: { ...annotations, ...revised } };
  return {
    actions: rollout.actions,
    update: isSame ? undefined : ({ ...deployment, metadata, status: written } as unknown as JsonObject),
    status: written,
    afterMs:
      deployment.metadata.deletionTimestamp === undefined && deployment.spec.paused !== true
        ? nextDeadlineCheck(deployment, written, now)
        : undefined,
  };
}

function sync(rollout: Rollout, { pods }: DeploymentObservation): DeploymentStatus {
  const { deployment } = rollout;
  if (deployment.metadata.deletionTimestamp !== undefined) {
    planNewSet(rollout, false);
    return counted(rollout, allSets(rollout));
  }
  markPaused(rollout);
  planNewSet(rollout, false);
  if (deployment.spec.paused === true || isScalingEvent(rollout)) {
    const sets = allSets(rollout);
    planScale(rollout);
    if (deployment.spec.paused === true) planCleanup(rollout);
    return counted(rollout, sets);
  }
  return isRolling(deployment) ? roll(rollout) : recreate(rollout, pods);
}

function counted(rollout: Rollout, sets: readonly ReplicaSet[]): DeploymentStatus {
  const { deployment, status, newSet, now } = rollout;
  return countStatus({ deployment, status, sets, newSet, now });
}

function roll(rollout: Rollout): DeploymentStatus {
  const { deployment, now } = rollout;
  planNewSet(rollout, true);
  // The status is of the sizes before this sync; the next one sees what came of it.
  const sets = allSets(rollout);
  const isScaled = planRolling(rollout);
  if (!isScaled && isComplete(deployment, deployment.status ?? {})) planCleanup(rollout);
  return rolloutStatus({ deployment, status: rollout.status, sets, newSet: rollout.newSet, now });
}

function recreate(rollout: Rollout, pods: DeploymentObservation["pods"]): DeploymentStatus {
  const { deployment, now } = rollout;
  const before = allSets(rollout);
  const status = (sets: readonly ReplicaSet[]): DeploymentStatus =>
    rolloutStatus({ deployment, status: rollout.status, sets, newSet: rollout.newSet, now });
  const active = activeSets(rollout.oldSets);
  for (const set of active) scaleSet(rollout, set, 0);
  if (active.length > 0 || areOldPodsRunning(rollout, pods)) return status(before);
  planNewSet(rollout, true);
  const sets = allSets(rollout);
  scaleSet(rollout, rollout.newSet!, replicasOf(deployment));
  if (isComplete(deployment, deployment.status ?? {})) planCleanup(rollout);
  return status(sets);
}

function areOldPodsRunning({ newSet, oldSets }: Rollout, pods: DeploymentObservation["pods"]): boolean {
  if (oldSets.some(({ status }) => (status?.replicas ?? 0) > 0)) return true;
  for (const [uid, list] of pods) {
    if (newSet?.metadata.uid !== uid && list.some((pod) => !isTerminal(pod))) return true;
  }
  return false;
}

/** Says that it is paused or resumed: a pause must not count as a lack of progress. */
function markPaused(rollout: Rollout): void {
  const { deployment, now } = rollout;
  if (progressDeadlineOf(deployment) === undefined) return;
  const condition = conditionOf(rollout.status.conditions, "Progressing");
  if (condition?.reason === "ProgressDeadlineExceeded") return;
  const isMarked = condition?.reason === "DeploymentPaused";
  const isPaused = deployment.spec.paused === true;
  if (isMarked === isPaused) return;
  const [reason, message] = isPaused
    ? ["DeploymentPaused", "Deployment is paused"]
    : ["DeploymentResumed", "Deployment is resumed"];
  rollout.status = setCondition(rollout.status, newCondition(now, "Progressing", "Unknown", reason!, message!));
}

/** Deletes the oldest sets that have no pods, as far as there are more than history wants. */
function planCleanup(rollout: Rollout): void {
  const limit = historyLimitOf(rollout.deployment);
  if (limit === undefined) return;
  const sets = rollout.oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  sets.sort((a, b) => {
    const [revisionA, revisionB] = [revisionOf(a), revisionOf(b)];
    if (revisionA === undefined || revisionB === undefined) return byAge(a, b);
    return revisionA - revisionB || byAge(a, b);
  });
  for (const set of sets.slice(0, Math.max(0, sets.length - limit))) {
    const isObserved = (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0);
    if ((set.status?.replicas ?? 0) === 0 && replicasOf(set) === 0 && isObserved) {
      rollout.actions.push({ kind: "delete", set });
    }
  }
}

/** Without the label that tells the sets apart. */
export function equalTemplates(a: PodTemplate, b: PodTemplate): boolean {
  return equal(bare(a), bare(b));
}

function bare({ metadata, ...rest }: PodTemplate): unknown {
  const { [hashLabel]: _, ...labels } = metadata?.labels ?? {};
  const { annotations = {}, finalizers = [], ...others } = (metadata ?? {}) as JsonObject;
  return { ...rest, metadata: { ...others, annotations, finalizers, labels } };
}
