import type { Controller } from "./controller.ts";
import { cronJobController } from "./cronjob/cron-job-controller.ts";
import { daemonSetController } from "./daemonset/daemon-set-controller.ts";
import { deploymentController } from "./deployment/deployment-controller.ts";
import { jobController } from "./job/job-controller.ts";
import { ttlAfterFinishedController } from "./job/ttl-controller.ts";
import { replicaSetController, replicationController } from "./replicaset/replica-set-controller.ts";
import { statefulSetController } from "./statefulset/stateful-set-controller.ts";

/** The controllers that make pods of workloads, fresh ones with each call: they remember what they have seen. */
export function workloadControllers(): Controller[] {
  return [
    cronJobController(),
    jobController(),
    ttlAfterFinishedController(),
    deploymentController(),
    statefulSetController(),
    daemonSetController(),
    replicaSetController(),
    replicationController(),
  ];
}
