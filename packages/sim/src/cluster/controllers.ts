import type { JsonObject } from "@fairlead/apimachinery";
import type { SigningKeys } from "../authn/signing-keys.ts";
import { autoscaler } from "../controllers/autoscaler/autoscaler.ts";
import type { PodMetrics } from "../controllers/autoscaler/pod-metrics.ts";
import { clusterRoleAggregator } from "../controllers/clusterroles/cluster-role-aggregator.ts";
import { cronJobController } from "../controllers/cronjob/cron-job-controller.ts";
import { daemonSetController } from "../controllers/daemonset/daemon-set-controller.ts";
import type { Controller } from "../controllers/controller.ts";
import { deploymentController } from "../controllers/deployment/deployment-controller.ts";
import { disruptionController } from "../controllers/disruption/disruption-controller.ts";
import { endpointsController, endpointSliceController } from "../controllers/endpoints/endpoint-slice-controller.ts";
import { sliceMirroringController } from "../controllers/endpoints/slice-mirroring-controller.ts";
import { garbageCollector } from "../controllers/garbage/garbage-collector.ts";
import { jobController } from "../controllers/job/job-controller.ts";
import { ttlAfterFinishedController } from "../controllers/job/ttl-controller.ts";
import { namespaceController } from "../controllers/namespaces/namespace-controller.ts";
import { nodeLifecycleController } from "../controllers/nodes/node-lifecycle-controller.ts";
import { taintEvictionController } from "../controllers/nodes/taint-eviction-controller.ts";
import { podGcController } from "../controllers/podgc/pod-gc-controller.ts";
import { quotaController } from "../controllers/quota/quota-controller.ts";
import { replicaSetController, replicationController } from "../controllers/replicaset/replica-set-controller.ts";
import {
  rootCaPublisher,
  serviceAccountsController,
} from "../controllers/serviceaccounts/service-accounts-controller.ts";
import { tokensController } from "../controllers/serviceaccounts/tokens-controller.ts";
import { statefulSetController } from "../controllers/statefulset/stateful-set-controller.ts";
import { ephemeralVolumeController } from "../controllers/volumes/ephemeral-controller.ts";
import { claimProtection, volumeProtection } from "../controllers/volumes/protection-controllers.ts";
import { volumeBinder } from "../controllers/volumes/volume-binder.ts";
import { scheduler } from "../node/scheduler/scheduler.ts";
import { nodeHeartbeats } from "../node/simulated/node-heartbeats.ts";
import { simulatedNodes } from "../node/simulated/simulated-node.ts";
import { storeCollection } from "../resources/kind.ts";
import type { ResourceTable } from "../resources/resource.ts";

export interface ControllerParts {
  readonly table: ResourceTable;
  /** PEM, of the API server's authority. */
  readonly certificate: () => string;
  /** Sign the tokens of service accounts. */
  readonly keys: SigningKeys;
  /** Nodes renew their Leases every ten seconds; off unless told. */
  readonly heartbeats?: boolean;
  /** What pods use, for autoscalers; what their annotations say unless told. */
  readonly metrics?: PodMetrics;
  /** Run pods as processes of this machine; all pods are simulated unless told. */
  readonly processes?: { readonly controllers: readonly Controller[]; readonly runs: (pod: JsonObject) => boolean };
}

/** What kube-controller-manager, the scheduler and the kubelets of a cluster do, in a fixed order. */
export function clusterControllers(parts: ControllerParts): readonly Controller[] {
  const { table, certificate, keys, processes, heartbeats = false, metrics } = parts;
  const namespaced = (): readonly string[] => [
    ...new Set(
      table
        .all()
        .filter((one) => one.verbs.includes("delete") && one.verbs.includes("list") && one.namespaced)
        .map(storeCollection),
    ),
  ];
  return [
    nodeLifecycleController({ heartbeats }),
    namespaceController(namespaced),
    serviceAccountsController(),
    rootCaPublisher(certificate),
    tokensController({ keys, certificate }),
    clusterRoleAggregator(),
    cronJobController(),
    deploymentController(),
    replicaSetController(),
    replicationController(),
    statefulSetController(),
    daemonSetController(),
    jobController(),
    ttlAfterFinishedController(),
    endpointSliceController(),
    endpointsController(),
    sliceMirroringController(),
    ephemeralVolumeController(),
    volumeBinder(),
    claimProtection(),
    volumeProtection(),
    disruptionController(),
    autoscaler({
      collectionOf: (apiVersion, kind) => {
        const resource = table.findKind(apiVersion, kind);
        return resource === undefined ? undefined : storeCollection(resource);
      },
      ...(metrics === undefined ? {} : { metrics }),
    }),
    quotaController(namespaced),
    taintEvictionController(),
    podGcController(),
    garbageCollector({
      collectionOf: (apiVersion, kind) => {
        const resource = table.findKind(apiVersion, kind);
        return resource === undefined
          ? undefined
          : { collection: storeCollection(resource), namespaced: resource.namespaced };
      },
    }),
    scheduler(),
    nodeHeartbeats({ leases: heartbeats }),
    ...(processes === undefined
      ? [simulatedNodes()]
      : [simulatedNodes({ runs: (pod) => !processes.runs(pod) }), ...processes.controllers]),
  ];
}
