import type { JsonObject } from "@fairlead/apimachinery";
import { templateHash } from "../common/hash.ts";
import { asJson, type Pod } from "../common/objects.ts";
import {
  byRevision,
  type ControllerRevision,
  createRevision,
  deleteRevision,
  isRevisionOf,
  newRevision,
  renumberRevision,
  revisionCollection,
  revisionData,
  revisionLabel,
} from "../common/revisions.ts";
import type { Api } from "../controller.ts";
import type { DaemonSet } from "./daemon-set.ts";

export interface DaemonHistory {
  readonly hash: string;
  readonly old: readonly ControllerRevision[];
}

export function hashOf({ metadata }: ControllerRevision): string {
  return metadata.labels?.[revisionLabel] ?? metadata.name;
}

/** The revision of the current template, made or renumbered if need be, and all others. */
export async function readHistory(
  api: Api,
  set: DaemonSet,
  revisions: readonly ControllerRevision[],
  pods: readonly Pod[],
): Promise<DaemonHistory> {
  const { template } = set.spec;
  const old = revisions.filter((one) => !isRevisionOf(one, template)).sort(byRevision);
  const same = revisions.filter((one) => isRevisionOf(one, template)).sort(byRevision);
  const number = (old.at(-1)?.revision ?? 0) + 1;
  const kept = same.at(-1);
  if (kept === undefined) return { hash: await snapshot(api, set, number), old };
  await relabel(api, pods, same, kept);
  if (kept.revision < number) await renumberRevision(api, kept, number);
  return { hash: hashOf(kept), old };
}

/** Several revisions of one template: the newest stays. */
async function relabel(
  api: Api,
  pods: readonly Pod[],
  same: readonly ControllerRevision[],
  kept: ControllerRevision,
): Promise<void> {
  if (same.length === 1) return;
  const hash = hashOf(kept);
  for (const { metadata } of pods) {
    if (metadata.labels?.[revisionLabel] === hash) continue;
    const { namespace, name } = metadata;
    await api.patch("pods", { namespace, name }, { metadata: { labels: { [revisionLabel]: hash } } });
  }
  for (const revision of same) if (revision !== kept) await deleteRevision(api, revision);
}

async function snapshot(api: Api, set: DaemonSet, revision: number): Promise<string> {
  const { template } = set.spec;
  const hash = templateHash(asJson(template), set.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [revisionLabel]: hash };
  const name = `${set.metadata.name}-${hash}`;
  const created = await createRevision(
    api,
    newRevision({ owner: set, name, labels, data: revisionData(template), revision }),
  );
  if (created !== undefined) return hashOf(created);
  const collisionCount = (set.status?.collisionCount ?? 0) + 1;
  const status = { ...(set.status as JsonObject | undefined), collisionCount };
  await api.updateStatus("daemonsets.apps", asJson({ ...set, status }));
  throw new Error(`${revisionCollection} "${name}" already exists`);
}

/** Deletes the oldest revisions that no pod has, as far as there are more than history wants. */
export async function cleanHistory(
  api: Api,
  set: DaemonSet,
  old: readonly ControllerRevision[],
  pods: readonly Pod[],
): Promise<void> {
  const live = new Set(pods.map(({ metadata }) => metadata.labels?.[revisionLabel] ?? ""));
  let surplus = old.length - (set.spec.revisionHistoryLimit ?? 10);
  for (const revision of old) {
    if (surplus <= 0) return;
    if (live.has(hashOf(revision))) continue;
    await deleteRevision(api, revision);
    surplus--;
  }
}
