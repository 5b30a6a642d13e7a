import { labelSelector, matchesSelector } from "@fairlead/apimachinery";
import { claim } from "../common/claim.ts";
import { asJson, asKind, controllerOf, type Pod, splitKey } from "../common/objects.ts";
import { ownedWatch, ownWatch, specSelector } from "../common/owned.ts";
import { asError, isConflict, slowStart } from "../common/pod-control.ts";
import { nextAvailable } from "../common/pods.ts";
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
  revisionHash,
  revisionLabel,
} from "../common/revisions.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../controller.ts";
import { isStatusNews, planStatefulSet, type StatefulPlan } from "./plan-stateful-set.ts";
import { actOnPod } from "./stateful-actions.ts";
import { identityOf, type StatefulSet, type StatefulSetStatus } from "./stateful-set.ts";

const collection = "statefulsets.apps";
const owner = { apiVersion: "apps/v1", kind: "StatefulSet", collection };
const hashLabel = "controller.kubernetes.io/hash";

/** Keeps pods with names and storage of their own, one after the other. */
export function statefulSetController(): Controller {
  const pods = ownedWatch<Pod>({ collection: "pods", owner, selector: specSelector });
  // Changes of revisions wake nobody, but what nobody controls has to be known.
  const revisions = ownedWatch<ControllerRevision>({ collection: revisionCollection, owner });

  async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
    const { api, now } = context;
    const found = api.get(collection, splitKey(key));
    if (found === undefined) return undefined;
    const set = asKind<StatefulSet>(found);
    const selector = labelSelector(set.spec.selector);
    if (selector === undefined) return undefined;
    const matches = ({ metadata }: Pod | ControllerRevision): boolean =>
      matchesSelector(selector, metadata.labels ?? {});
    const history = await adoptRevisions(api, set, revisions.candidates(api, set).filter(matches));
    const own = await claim(api, "pods", set, pods.candidates(api, set), {
      matches: (pod) => matches(pod) && identityOf(pod).parent === set.metadata.name,
    });
    const known = await revisionsOf(api, set, history.sort(byRevision));
    const { current, update } = known;
    const plan = planStatefulSet({
      ...known,
      set,
      pods: own,
      claim: (name) => {
        const there = api.get("persistentvolumeclaims", { namespace: set.metadata.namespace, name });
        return there === undefined ? undefined : asKind(there);
      },
      now,
    });
    try {
      await carryOut(context, set, plan);
    } finally {
      if (isStatusNews(set.status, plan.status)) await writeStatus(api, set, plan.status);
      await truncate(api, set, own, history, [current, update]);
    }
    const minReady = set.spec.minReadySeconds ?? 0;
    if (minReady === 0 || (plan.status.readyReplicas ?? 0) === plan.status.availableReplicas) return undefined;
    return { afterMs: nextAvailable(own, minReady, now) ?? minReady * 1000 };
  }

  const silent = {
    collection: revisionCollection,
    keys: (...input: Parameters<typeof revisions.watch.keys>) => {
      revisions.watch.keys(...input);
      return [];
    },
  };
  return { name: "statefulset-controller", watches: [ownWatch(collection), pods.watch, silent], reconcile };
}

async function adoptRevisions(api: Api, set: StatefulSet, all: ControllerRevision[]): Promise<ControllerRevision[]> {
  const orphans = all.filter((one) => controllerOf(one) === undefined);
  if (orphans.length === 0 || set.metadata.deletionTimestamp !== undefined) return all;
  const adopted = await claim(api, revisionCollection, set, orphans, { matches: () => true });
  return [...all.filter((one) => !orphans.includes(one)), ...adopted];
}

interface KnownRevisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly collisionCount: number;
}

/** The revision that pods have, and the one of the template, which is created if there is none. */
async function revisionsOf(
  api: Api,
  set: StatefulSet,
  history: readonly ControllerRevision[],
): Promise<KnownRevisions> {
  let collisionCount = set.status?.collisionCount ?? 0;
  const newest = history.at(-1);
  const number = (newest?.revision ?? 0) + 1;
  const equal = history.filter((one) => isRevisionOf(one, set.spec.template)).at(-1);
  let update: ControllerRevision | undefined;
  if (equal !== undefined) update = equal === newest ? newest : await renumberRevision(api, equal, number);
  const data = revisionData(set.spec.template);
  for (; update === undefined; collisionCount += update === undefined ? 1 : 0) {
    const hash = revisionHash(data, collisionCount);
    const name = `${set.metadata.name.slice(0, 223)}-${hash}`;
    const labels = { ...set.spec.template.metadata?.labels, [hashLabel]: hash };
    update = await createRevision(api, newRevision({ owner: set, name, labels, data, revision: number }));
  }
  const current = history.find(({ metadata }) => metadata.name === set.status?.currentRevision);
  return { current: current ?? update, update, collisionCount };
}

async function carryOut(context: ControllerContext, set: StatefulSet, plan: StatefulPlan): Promise<void> {
  if (plan.monotonic) {
    for (const action of plan.actions) await actOnPod(context, set, action);
    return;
  }
  const { failure } = await slowStart(plan.actions.length, (index) => actOnPod(context, set, plan.actions[index]!));
  if (failure !== undefined) throw asError(failure);
}

async function writeStatus(api: Api, set: StatefulSet, status: StatefulSetStatus): Promise<void> {
  try {
    await api.updateStatus(collection, asJson({ ...set, status }));
  } catch (error) {
    const fresh = api.get(collection, set.metadata);
    if (fresh === undefined || !isConflict(error)) throw error;
    await api.updateStatus(collection, asJson({ ...fresh, status: asJson(status) }));
  }
}

/** Deletes the oldest revisions that no pod has. */
async function truncate(
  api: Api,
  set: StatefulSet,
  pods: readonly Pod[],
  history: readonly ControllerRevision[],
  used: readonly ControllerRevision[],
): Promise<void> {
  const live = new Set(used.map(({ metadata }) => metadata.name));
  for (const { metadata } of pods) live.add(metadata.labels?.[revisionLabel] ?? "");
  const idle = history.filter(({ metadata }) => !live.has(metadata.name));
  const limit = set.spec.revisionHistoryLimit ?? 10;
  if (limit < 0) return;
  for (const revision of idle.slice(0, Math.max(0, idle.length - limit))) await deleteRevision(api, revision);
}
