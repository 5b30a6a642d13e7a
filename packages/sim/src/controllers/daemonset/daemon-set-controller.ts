import { equal, labelSelector, matchesSelector, type Selector } from "@fairlead/apimachinery";
import { claim } from "../common/claim.ts";
import { asJson, asKind, keyOf, type Pod, splitKey } from "../common/objects.ts";
import { ownedWatch, ownWatch, specSelector } from "../common/owned.ts";
import { asError, createPod, deletePod, isConflict, isNamespaceTerminating, slowStart } from "../common/pod-control.ts";
import { nextAvailable } from "../common/pods.ts";
import { type ControllerRevision, revisionCollection } from "../common/revisions.ts";
import type { Api, Controller, ControllerContext, ControllerWatch, Outcome } from "../controller.ts";
import { cleanHistory, readHistory } from "./daemon-history.ts";
import { daemonPod } from "./daemon-pod.ts";
import type { DaemonSet, DaemonSetStatus, Node } from "./daemon-set.ts";
import { failureBackoff } from "./failure-backoff.ts";
import { type DaemonObservation, planDaemonPods } from "./plan-daemon-pods.ts";
import { planDaemonStatus } from "./plan-daemon-status.ts";
import { planDaemonUpdate } from "./plan-daemon-update.ts";

const collection = "daemonsets.apps";
const owner = { apiVersion: "apps/v1", kind: "DaemonSet", collection };
const burst = 250;

/** Keeps a pod of a DaemonSet on every node that its pods can run on. */
export function daemonSetController(): Controller {
  const pods = ownedWatch<Pod>({ collection: "pods", owner, selector: specSelector });
  const revisions = ownedWatch<ControllerRevision>({ collection: revisionCollection, owner, selector: specSelector });
  const backoff = failureBackoff();

  async function observe(api: Api, set: DaemonSet, selector: Selector): Promise<Pod[]> {
    return await claim(api, "pods", set, pods.candidates(api, set), {
      matches: ({ metadata }) => matchesSelector(selector, metadata.labels ?? {}),
    });
  }

  async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
    const { api, now, event } = context;
    const found = api.get(collection, splitKey(key));
    if (found === undefined) return undefined;
    const set = asKind<DaemonSet>(found);
    const selector = labelSelector(set.spec.selector);
    if (selector === undefined || selector.length === 0) {
      const message = "This daemon set is selecting all pods. A non-empty selector is required.";
      event(asJson(set), "Warning", "SelectingAll", message);
      return undefined;
    }
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    const nodes = api.list("nodes").map((node) => asKind<Node>(node));
    const before = await observe(api, set, selector);
    const claimed = await claim(api, revisionCollection, set, revisions.candidates(api, set), {
      matches: ({ metadata }) => matchesSelector(selector, metadata.labels ?? {}),
    });
    const { hash, old } = await readHistory(api, set, claimed, before);
    let afterMs: number | undefined;
    try {
      afterMs = await manage(context, { set, nodes, pods: before, hash, now });
      await cleanHistory(api, set, old, pods.controlled(api, set));
    } finally {
      const after = pods
        .controlled(api, set)
        .filter(({ metadata }) => matchesSelector(selector, metadata.labels ?? {}));
      const status = planDaemonStatus({ set, nodes, pods: after, hash, now });
      if (status !== undefined) await writeStatus(api, set, status);
      const next = nextAvailable(after, set.spec.minReadySeconds ?? 0, now);
      if (next !== undefined) afterMs = Math.min(afterMs ?? next, next);
    }
    return afterMs === undefined ? undefined : { afterMs };
  }

  async function manage(context: ControllerContext, observed: DaemonObservation): Promise<number | undefined> {
    const { set, now } = observed;
    const backoffKey = (node: string): string => `${set.metadata.uid}/${set.status?.observedGeneration ?? 0}/${node}`;
    const plan = planDaemonPods(observed, (node) => backoff.wait(backoffKey(node), now));
    for (const node of plan.failed) backoff.next(backoffKey(node), now);
    for (const { type, reason, message } of plan.notes) context.event(asJson(set), type, reason, message);
    if (plan.create.length > 0 || plan.delete.length > 0) await syncPods(context, observed, plan);
    else if ((set.spec.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate") {
      await syncPods(context, observed, planDaemonUpdate(observed));
    }
    return plan.afterMs;
  }

  return {
    name: "daemonset-controller",
    watches: [ownWatch(collection), revisions.watch, pods.watch, nodeWatch],
    reconcile,
  };
}

/** A node that came, went, or got other labels or taints may need other pods. */
const nodeWatch: ControllerWatch = {
  collection: "nodes",
  keys(object, { kind, previous, api }) {
    const [node, before] = [asKind<Node>(object), previous === undefined ? undefined : asKind<Node>(previous)];
    const isSame =
      kind === "modified" &&
      equal(node.metadata.labels, before?.metadata.labels) &&
      equal(node.spec?.taints, before?.spec?.taints);
    return isSame ? [] : api.list(collection).map((set) => keyOf(asKind(set)));
  },
};

async function syncPods(
  context: ControllerContext,
  { set, hash }: DaemonObservation,
  { create, delete: remove }: { readonly create: readonly string[]; readonly delete: readonly string[] },
): Promise<void> {
  let { failure } = await slowStart(Math.min(create.length, burst), async (index) => {
    try {
      await createPod(context, set, daemonPod(set, create[index]!, hash));
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  });
  for (const name of remove.slice(0, burst)) {
    try {
      await deletePod(context, set, name);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw asError(failure);
}

async function writeStatus(api: Api, set: DaemonSet, status: DaemonSetStatus): Promise<void> {
  try {
    await api.updateStatus(collection, asJson({ ...set, status }));
  } catch (error) {
    const fresh = api.get(collection, set.metadata);
    if (fresh === undefined || !isConflict(error)) throw error;
    await api.updateStatus(collection, asJson({ ...fresh, status: asJson(status) }));
  }
}
