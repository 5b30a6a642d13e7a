import type { Scenario } from "../scenario/scenario.ts";
import { cronJobScenarios } from "./cron-job.ts";
import { daemonSetScenarios } from "./daemon-set.ts";
import { deploymentScenarios } from "./deployment.ts";
import { jobScenarios } from "./job.ts";
import { replicaSetScenarios } from "./replica-set.ts";
import { statefulSetScenarios } from "./stateful-set.ts";

export const groups: { readonly [group: string]: readonly Scenario[] } = {
  deployment: deploymentScenarios,
  "replica-set": replicaSetScenarios,
  "stateful-set": statefulSetScenarios,
  "daemon-set": daemonSetScenarios,
  job: jobScenarios,
  "cron-job": cronJobScenarios,
};
