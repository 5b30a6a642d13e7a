import { type JsonObject, labelSelector, matchesSelector } from "@fairlead/apimachinery";
import { claim } from "../common/claim.ts";
import { asJson, asKind, controllerOf, type Pod, splitKey } from "../common/objects.ts";
import { ownedWatch, ownWatch, specSelector } from "../common/owned.ts";
import { isAlreadyExists, isNamespaceTerminating, isNotFound, messageOf } from "../common/pod-control.ts";
import type { Api, Controller, ControllerContext, ControllerWatch, Outcome } from "../controller.ts";
import { type ReplicaSet, replicasOf } from "../replicaset/replica-set.ts";
import { type Deployment, type DeploymentStatus, progressDeadlineOf } from "./deployment.ts";
import { type DeploymentPlan, equalTemplates, planDeployment } from "./plan-deployment.ts";
import { newCondition, setCondition } from "./rollout.ts";

const collection = "deployments.apps";
const owner = { apiVersion: "apps/v1", kind: "Deployment", collection };

/** Rolls Deployments out by scaling ReplicaSets. */
export function deploymentController(): Controller {
  const sets = ownedWatch<ReplicaSet>({ collection: "replicasets.apps", owner, selector: specSelector });
  const pods = ownedWatch<Pod>({
    collection: "pods",
    owner: { apiVersion: "apps/v1", kind: "ReplicaSet", collection: "replicasets.apps" },
  });

  async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
    const { api, now } = context;
    const found = api.get(collection, splitKey(key));
    if (found === undefined) return undefined;
    const deployment = asKind<Deployment>(found);
    const selector = labelSelector(deployment.spec.selector);
    if (selector === undefined || selector.length === 0) return await refuseEverything(context, deployment);
    const own = await claim(api, "replicasets.apps", deployment, sets.candidates(api, deployment), {
      matches: (set) => matchesSelector(selector, set.metadata.labels ?? {}),
    });
    const podsOf = new Map(own.map((set) => [set.metadata.uid, pods.controlled(api, set)]));
    const plan = planDeployment({ deployment, sets: own, pods: podsOf, now });
    try {
      await carryOut(context, deployment, plan);
    } catch (error) {
      // Nothing can be created in its namespace any more: trying again would not help.
      if (isNamespaceTerminating(error)) return undefined;
      throw error;
    }
    if (plan.update !== undefined) await api.updateStatus(collection, plan.update);
    return plan.afterMs === undefined ? undefined : { afterMs: plan.afterMs };
  }

  return { name: "deployment-controller", watches: [ownWatch(collection), sets.watch, podWatch], reconcile };
}

/** A Recreate waits until the last pod is gone. */
const podWatch: ControllerWatch = {
  collection: "pods",
  keys(object, { kind, api }) {
    if (kind !== "deleted") return [];
    const pod = asKind<Pod>(object);
    const set = ownerIn(api, "replicasets.apps", "ReplicaSet", pod);
    const found = set === undefined ? undefined : ownerIn(api, collection, "Deployment", asKind<ReplicaSet>(set));
    if (found === undefined || asKind<Deployment>(found).spec.strategy?.type !== "Recreate") return [];
    return [`${pod.metadata.namespace}/${asKind(found).metadata.name}`];
  },
};

function ownerIn(api: Api, owners: string, kind: string, object: Pod | ReplicaSet): JsonObject | undefined {
  const reference = controllerOf(object);
  if (reference?.kind !== kind) return undefined;
  const found = api.get(owners, { namespace: object.metadata.namespace, name: reference.name });
  return found !== undefined && asKind(found).metadata.uid === reference.uid ? found : undefined;
}

async function refuseEverything({ api, event }: ControllerContext, deployment: Deployment): Promise<Outcome> {
  const message = "This deployment is selecting all pods. A non-empty selector is required.";
  event(asJson(deployment), "Warning", "SelectingAll", message);
  const generation = deployment.metadata.generation ?? 0;
  if ((deployment.status?.observedGeneration ?? 0) < generation) {
    await api.updateStatus(
      collection,
      asJson({ ...deployment, status: { ...deployment.status, observedGeneration: generation } }),
    );
  }
  return undefined;
}

/** Sets that were written already in this sync, by name: a second change goes on top. */
type Written = Map<string, ReplicaSet>;

async function carryOut(context: ControllerContext, deployment: Deployment, plan: DeploymentPlan): Promise<void> {
  const written: Written = new Map();
  for (const action of plan.actions) {
    const { name, namespace } = action.set.metadata;
    switch (action.kind) {
      case "create":
        written.set(name, await createSet(context, deployment, action.set));
        break;
      case "update": {
        const updated = await updateSet(context.api, action.set, written.get(name));
        written.set(name, updated);
        if (action.message !== undefined) {
          context.event(asJson(deployment), "Normal", "ScalingReplicaSet", action.message);
        }
        break;
      }
      case "delete":
        try {
          await context.api.delete("replicasets.apps", { namespace, name });
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
        break;
    }
  }
}

async function updateSet(api: Api, planned: ReplicaSet, before: ReplicaSet | undefined): Promise<ReplicaSet> {
  const { resourceVersion } = before?.metadata ?? planned.metadata;
  const metadata = { ...planned.metadata, resourceVersion };
  return asKind(await api.update("replicasets.apps", asJson({ ...planned, metadata })));
}

async function createSet(context: ControllerContext, deployment: Deployment, set: ReplicaSet): Promise<ReplicaSet> {
  const { api, event, now } = context;
  const { name } = set.metadata;
  let created: ReplicaSet;
  try {
    created = asKind(await api.create("replicasets.apps", asJson(set)));
  } catch (error) {
    if (isAlreadyExists(error)) return await existingSet(context, deployment, set, error);
    if (isNamespaceTerminating(error)) throw error;
    const message = `Failed to create new replica set "${name}": ${messageOf(error)}`;
    if (progressDeadlineOf(deployment) !== undefined) {
      const condition = newCondition(now, "Progressing", "False", "ReplicaSetCreateError", message);
      // The creation is what failed: it is thrown below, and the key is visited again.
      await writeStatus(context, deployment, setCondition(deployment.status ?? {}, condition)).catch(() => {});
    }
    event(asJson(deployment), "Warning", "ReplicaSetCreateError", message);
    throw error;
  }
  const replicas = replicasOf(created);
  if (replicas > 0) {
    const message = `Scaled up replica set ${name} from 0 to ${replicas}`;
    event(asJson(deployment), "Normal", "ScalingReplicaSet", message);
  }
  return created;
}

/** The set that has the name: this Deployment's own, or another one's by accident, which another hash avoids. */
async function existingSet(
  context: ControllerContext,
  deployment: Deployment,
  { metadata, spec }: ReplicaSet,
  error: unknown,
): Promise<ReplicaSet> {
  const found = context.api.get("replicasets.apps", metadata);
  if (found === undefined) throw error;
  const there = asKind<ReplicaSet>(found);
  const isOwn = controllerOf(there)?.uid === deployment.metadata.uid;
  if (isOwn && equalTemplates(there.spec.template, spec.template)) return there;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  await writeStatus(context, deployment, { ...deployment.status, collisionCount });
  throw error;
}

async function writeStatus(
  { api }: ControllerContext,
  deployment: Deployment,
  status: DeploymentStatus,
): Promise<void> {
  await api.updateStatus(collection, asJson({ ...deployment, status }));
}
