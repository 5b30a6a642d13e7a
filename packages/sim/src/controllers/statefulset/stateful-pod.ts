import type { JsonObject } from "@fairlead/apimachinery";
import { asJson, asKind, type Pod } from "../common/objects.ts";
import { podFromTemplate } from "../common/pod-control.ts";
import { revisionLabel } from "../common/revisions.ts";
import { identityOf, podIndexLabel, podNameLabel, startOf, type StatefulSet } from "./stateful-set.ts";

export function claimNameOf(set: StatefulSet, template: JsonObject, ordinal: number): string {
  return `${asKind(template).metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** The claims that a pod of the set has, to be created where they are missing. */
export function claimsOf(set: StatefulSet, ordinal: number): JsonObject[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { metadata } = asKind(template);
    const selector = set.spec.selector["matchLabels"] as JsonObject | undefined;
    const labels = { ...metadata.labels, ...selector };
    const { creationTimestamp: _, ...rest } = metadata;
    return {
      ...template,
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        ...asJson(rest),
        name: claimNameOf(set, template, ordinal),
        namespace: set.metadata.namespace,
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
      },
    };
  });
}

type Volume = JsonObject & { readonly name: string };

function volumesOf(set: StatefulSet, ordinal: number, own: readonly Volume[]): Volume[] {
  const claimed = (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    name: asKind(template).metadata.name,
    persistentVolumeClaim: { claimName: claimNameOf(set, template, ordinal) },
  }));
  const names = new Set(claimed.map(({ name }) => name));
  return [...claimed, ...own.filter(({ name }) => !names.has(name))];
}

const volumesIn = (spec: unknown): readonly Volume[] => (spec as { volumes?: readonly Volume[] }).volumes ?? [];

/** The pod of an ordinal, of the set as it was at a revision. */
export function newPod(set: StatefulSet, ordinal: number, revision: string): Pod {
  const pod = podFromTemplate(set, set.spec.template);
  const name = `${set.metadata.name}-${ordinal}`;
  const { labels, ...metadata } = pod["metadata"] as JsonObject;
  const own = { [podNameLabel]: name, [podIndexLabel]: String(ordinal), [revisionLabel]: revision };
  const spec: JsonObject = { ...(pod["spec"] as JsonObject), hostname: name };
  if ((set.spec.serviceName ?? "") !== "") spec["subdomain"] = set.spec.serviceName!;
  const volumes = volumesOf(set, ordinal, volumesIn(spec));
  if (volumes.length > 0) spec["volumes"] = volumes;
  return asKind({ ...pod, metadata: { ...metadata, name, labels: { ...(labels as JsonObject), ...own } }, spec });
}

/**
 * A pod of the revision that its ordinal is to have: below the partition the current one, which may be older than the
 * update.
 */
export function newVersionedPod(
  { current, update }: { readonly current: StatefulSet; readonly update: StatefulSet },
  { currentRevision, updateRevision }: { readonly currentRevision: string; readonly updateRevision: string },
  ordinal: number,
): Pod {
  const { type, rollingUpdate } = current.spec.updateStrategy ?? {};
  const kept =
    rollingUpdate !== undefined
      ? (rollingUpdate.partition ?? 0)
      : type === "RollingUpdate"
        ? (current.status?.currentReplicas ?? 0)
        : 0;
  return ordinal < startOf(current) + kept
    ? newPod(current, ordinal, currentRevision)
    : newPod(update, ordinal, updateRevision);
}

export function identityMatches(set: StatefulSet, pod: Pod): boolean {
  const { parent, ordinal } = identityOf(pod);
  const { name, namespace, labels } = pod.metadata;
  return (
    ordinal >= 0 &&
    parent === set.metadata.name &&
    name === `${set.metadata.name}-${ordinal}` &&
    namespace === set.metadata.namespace &&
    labels?.[podNameLabel] === name
  );
}

export function storageMatches(set: StatefulSet, pod: Pod): boolean {
  const { ordinal } = identityOf(pod);
  if (ordinal < 0) return false;
  const volumes = volumesIn(pod.spec);
  return (set.spec.volumeClaimTemplates ?? []).every((template) => {
    const volume = volumes.find(({ name }) => name === asKind(template).metadata.name);
    const claim = volume?.["persistentVolumeClaim"] as { claimName?: string } | undefined;
    return claim?.claimName === claimNameOf(set, template, ordinal);
  });
}

/** The pod with identity and volumes as the set wants them. */
export function repairedPod(set: StatefulSet, pod: Pod): JsonObject {
  const { ordinal } = identityOf(pod);
  const labels = { ...pod.metadata.labels, [podNameLabel]: pod.metadata.name, [podIndexLabel]: String(ordinal) };
  const volumes = storageMatches(set, pod) ? volumesIn(pod.spec) : volumesOf(set, ordinal, volumesIn(pod.spec));
  const spec = volumes.length === 0 ? pod.spec : { ...pod.spec, volumes };
  return asJson({ ...pod, metadata: { ...pod.metadata, labels }, spec });
}
