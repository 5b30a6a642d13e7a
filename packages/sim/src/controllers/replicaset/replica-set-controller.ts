import { type JsonObject, labelSelector, matchesSelector, type Selector } from "@fairlead/apimachinery";
import { claim } from "../common/claim.ts";
import { asJson, asKind, controllerOf, type Kinded, type Pod, splitKey } from "../common/objects.ts";
import { ownedWatch, ownWatch, specSelector } from "../common/owned.ts";
import {
  asError,
  createPod,
  deletePod,
  isNamespaceTerminating,
  messageOf,
  podFromTemplate,
  slowStart,
} from "../common/pod-control.ts";
import { isActive, isTerminating, nextAvailable } from "../common/pods.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../controller.ts";
import { planReplicas } from "./plan-replicas.ts";
import { type ReplicaSet, replicasOf } from "./replica-set.ts";
import { planReplicaStatus, withReplicaStatus } from "./replica-status.ts";

interface ReplicaKind {
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly collection: string;
  readonly selector: (owner: JsonObject) => Selector | undefined;
  readonly countsTerminating: boolean;
}

/** Keeps as many pods as a ReplicaSet wants. */
export function replicaSetController(): Controller {
  return controllerOfKind({
    name: "replicaset-controller",
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    collection: "replicasets.apps",
    selector: specSelector,
    countsTerminating: true,
  });
}

/** The same for the older kind. */
export function replicationController(): Controller {
  return controllerOfKind({
    name: "replication-controller",
    apiVersion: "v1",
    kind: "ReplicationController",
    collection: "replicationcontrollers",
    selector: (owner) => {
      const { spec } = owner as { spec?: JsonObject };
      return labelSelector({ matchLabels: spec?.["selector"] ?? {} });
    },
    countsTerminating: false,
  });
}

function controllerOfKind(kind: ReplicaKind): Controller {
  const pods = ownedWatch<Pod>({ collection: "pods", owner: kind, selector: kind.selector });

  /** Active pods of all sets of the same owner. */
  function relatedPods(api: Api, set: ReplicaSet): Pod[] {
    const owner = controllerOf(set);
    const siblings: Kinded[] = [set];
    for (const one of owner === undefined ? [] : api.dependents(owner.uid)) {
      const sibling = one.collection === kind.collection ? api.get(one.collection, one) : undefined;
      if (sibling !== undefined && one.name !== set.metadata.name) siblings.push(asKind(sibling));
    }
    return siblings.flatMap((sibling) => pods.controlled(api, sibling)).filter(isActive);
  }

  async function manage(context: ControllerContext, set: ReplicaSet, active: readonly Pod[]): Promise<unknown> {
    const related = (): Pod[] => relatedPods(context.api, set);
    const plan = planReplicas({ replicas: replicasOf(set), pods: active, related, now: context.now });
    if (plan.kind === "create") {
      const { failure } = await slowStart(plan.count, async () => {
        try {
          await createPod(context, set, podFromTemplate(set, set.spec.template));
        } catch (error) {
          if (!isNamespaceTerminating(error)) throw error;
        }
      });
      return failure;
    }
    let failure: unknown;
    for (const pod of plan.kind === "delete" ? plan.pods : []) {
      try {
        await deletePod(context, set, pod.metadata.name);
      } catch (error) {
        failure ??= error;
      }
    }
    return failure;
  }

  async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
    const { api, now } = context;
    const found = api.get(kind.collection, splitKey(key));
    if (found === undefined) return undefined;
    const set = asKind<ReplicaSet>(found);
    const selector = kind.selector(found);
    if (selector === undefined) return undefined;
    const matches = (pod: Pod): boolean => matchesSelector(selector, pod.metadata.labels ?? {});
    const all = pods.candidates(api, set);
    const active = await claim(api, "pods", set, all.filter(isActive), { matches });
    const terminating = all.filter((pod) => controllerOf(pod) !== undefined && matches(pod) && isTerminating(pod));
    const failure = set.metadata.deletionTimestamp === undefined ? await manage(context, set, active) : undefined;
    const status = planReplicaStatus({
      set,
      pods: active,
      terminating: kind.countsTerminating ? terminating.length : undefined,
      failure: failure === undefined ? undefined : messageOf(failure),
      now,
    });
    const written =
      status === undefined ? set : asKind<ReplicaSet>(await updateStatus(api, kind.collection, set, status));
    if (failure !== undefined) throw asError(failure);
    const minReady = set.spec.minReadySeconds ?? 0;
    const { readyReplicas = 0, availableReplicas = 0 } = written.status ?? {};
    if (minReady === 0 || readyReplicas === availableReplicas) return undefined;
    return { afterMs: nextAvailable(active, minReady, now) ?? minReady * 1000 };
  }

  return { name: kind.name, watches: [ownWatch(kind.collection), pods.watch], reconcile };
}

/** Tried again once on what is there by then, as the status depends on pods only. */
async function updateStatus(
  api: Api,
  collection: string,
  set: ReplicaSet,
  status: NonNullable<ReplicaSet["status"]>,
): Promise<JsonObject> {
  try {
    return await api.updateStatus(collection, withReplicaStatus(set, status));
  } catch (error) {
    const fresh = api.get(collection, set.metadata);
    if (fresh === undefined || asKind(fresh).metadata.resourceVersion === set.metadata.resourceVersion) throw error;
    return await api.updateStatus(collection, withReplicaStatus(asKind<ReplicaSet>(asJson(fresh)), status));
  }
}
