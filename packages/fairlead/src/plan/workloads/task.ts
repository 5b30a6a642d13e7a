import type { KrmObject } from "@fairlead/krm";
import type { TaskSpec } from "../../kinds/task.ts";
import type { Declaration } from "../declaration.ts";
import type { Plan } from "../plan.ts";
import type { Planner } from "../planner.ts";
import type { World } from "../world.ts";
import { checkContainers } from "./check-containers.ts";
import { checkLabels } from "./check-labels.ts";
import { checkNames } from "./check-names.ts";
import { checkPorts } from "./check-ports.ts";
import { checkTask } from "./check-task.ts";
import { checkVolumes } from "./check-volumes.ts";
import { workloadContext, type WorkloadContext } from "./context.ts";
import { isCronJob, planCronJob } from "./cron-job.ts";
import { checkDatadog } from "./datadog.ts";
import { planJob } from "./job.ts";
import { patched } from "./patched.ts";
import { planPodMonitor } from "./pod-monitor.ts";
import { checkPools } from "./pools.ts";
import { planServiceAccount } from "./service-account.ts";

/** Task: a Job, or a CronJob when it has a schedule or is triggered by hand. */
export const taskPlanner: Planner<TaskSpec> = { kind: "Task", plan: planTask };

function planTask(declaration: Declaration<TaskSpec>, world: World): Plan {
  const context = workloadContext(declaration, world);
  const desired = context.spec.abstract === true ? [] : patched(context, taskObjects(context));
  return { scope: declaration.ref, desired, complete: true, actions: [], needs: [], findings: context.report.findings };
}

function taskObjects(context: WorkloadContext<TaskSpec>): KrmObject[] {
  checkContainers(context);
  checkPorts(context);
  checkVolumes(context);
  checkLabels(context);
  checkNames(context);
  checkTask(context);
  checkDatadog(context);
  checkPools(context);
  const work = isCronJob(context.spec) ? planCronJob(context) : planJob(context);
  return [planServiceAccount(context), work, planPodMonitor(context)].filter((object) => object !== undefined);
}
