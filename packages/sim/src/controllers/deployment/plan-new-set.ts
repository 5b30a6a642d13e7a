import { asJson, controllerReference } from "../common/objects.ts";
import { templateHash } from "../common/hash.ts";
import { sum } from "../common/counts.ts";
import { conditionOf } from "../common/pods.ts";
import { type ReplicaSet, replicasOf } from "../replicaset/replica-set.ts";
import {
  type Deployment,
  desiredAnnotation,
  hashLabel,
  historyAnnotation,
  isRolling,
  limitsOf,
  maxAnnotation,
  maxRevisionOf,
  progressDeadlineOf,
  revisionAnnotation,
} from "./deployment.ts";
import {
  allSets,
  newCondition,
  replaceSet,
  replicaAnnotations,
  type Rollout,
  setCondition,
  withAnnotations,
} from "./rollout.ts";

const longestHistory = 2000;
const longestName = 253;
const notCopied: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "deprecated.deployment.rollback.to",
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
]);

/** Makes the set of the current template carry the newest revision, and creates it if there is none and it is wanted. */
export function planNewSet(rollout: Rollout, create: boolean): void {
  const { deployment, newSet, now } = rollout;
  const revision = String(maxRevisionOf(rollout.oldSets) + 1);
  if (newSet === undefined) {
    if (create) createSet(rollout, revision);
    return;
  }
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const annotations = annotationsOf(deployment, newSet, revision);
  const isChanged = Object.entries(annotations).some(([key, value]) => newSet.metadata.annotations?.[key] !== value);
  let set = newSet;
  if (isChanged || (newSet.spec.minReadySeconds ?? 0) !== minReadySeconds) {
    const annotated = withAnnotations(newSet, annotations);
    set = { ...annotated, spec: { ...annotated.spec, minReadySeconds } };
    rollout.actions.push({ kind: "update", set, message: undefined });
    replaceSet(rollout, set);
  }
  rollout.revision = set.metadata.annotations?.[revisionAnnotation] ?? "";
  if (
    progressDeadlineOf(deployment) !== undefined &&
    conditionOf(rollout.status.conditions, "Progressing") === undefined
  ) {
    const message = `Found new replica set "${set.metadata.name}"`;
    rollout.status = setCondition(
      rollout.status,
      newCondition(now, "Progressing", "True", "FoundNewReplicaSet", message),
    );
  }
}

/** The annotations that the set gets on top of its own. */
function annotationsOf(deployment: Deployment, set: ReplicaSet, revision: string): { [key: string]: string } {
  const annotations: { [key: string]: string } = Object.create(null);
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(key)) annotations[key] = value;
  }
  const before = set.metadata.annotations?.[revisionAnnotation];
  const number = before === undefined || before === "" ? 0 : Number(before);
  if (!Number.isInteger(number) || number >= Number(revision)) return annotations;
  annotations[revisionAnnotation] = revision;
  const history =
    before === undefined ? undefined : historyWith(set.metadata.annotations?.[historyAnnotation] ?? "", before);
  if (history !== undefined) annotations[historyAnnotation] = history;
  return annotations;
}

/** The revisions that a set has been, without the oldest ones where that gets too long. */
function historyWith(history: string, revision: string): string | undefined {
  if (history === "") return revision;
  const revisions = history.split(",");
  let length = history.length + revision.length + 1;
  let start = 0;
  for (; length > longestHistory && start < revisions.length; start++) length -= revisions[start]!.length + 1;
  return length > longestHistory ? undefined : [...revisions.slice(start), revision].join(",");
}

function createSet(rollout: Rollout, revision: string): void {
  const { deployment } = rollout;
  const { template, selector, minReadySeconds } = deployment.spec;
  const { name: owner, namespace } = deployment.metadata;
  const hash = templateHash(asJson(template), rollout.status.collisionCount);
  const name = `${owner.slice(0, longestName - 1 - hash.length)}-${hash}`;
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const matchLabels = { ...(selector["matchLabels"] as object | undefined), [hashLabel]: hash };
  const bare: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      ...({ name, namespace } as ReplicaSet["metadata"]),
      labels,
      annotations: {},
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds === undefined || minReadySeconds === 0 ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  const annotations = { ...annotationsOf(deployment, bare, revision), ...replicaAnnotations(deployment) };
  const replicas = newReplicas(deployment, [...allSets(rollout), bare], bare);
  const set = withAnnotations({ ...bare, spec: { ...bare.spec, replicas } }, annotations);
  rollout.actions.push({ kind: "create", set });
  rollout.newSet = set;
  rollout.revision = revision;
  if (progressDeadlineOf(deployment) === undefined) return;
  const message = `Created new replica set "${name}"`;
  rollout.status = setCondition(
    rollout.status,
    newCondition(rollout.now, "Progressing", "True", "NewReplicaSetCreated", message),
  );
}

/** How large the new set may be now: as far as the surge allows, not beyond what is wanted. */
export function newReplicas(deployment: Deployment, sets: readonly ReplicaSet[], newSet: ReplicaSet): number {
  const wanted = replicasOf(deployment);
  if (!isRolling(deployment)) return wanted;
  const most = wanted + limitsOf(deployment).surge;
  const room = most - sum(sets, replicasOf);
  const current = replicasOf(newSet);
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}
