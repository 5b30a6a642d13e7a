import type { TaskSpec } from "../../kinds/task.ts";
import type { Declaration } from "../declaration.ts";
import type { Plan } from "../plan.ts";
import type { Planner } from "../planner.ts";
import type { World } from "../world.ts";
import { workloadContext } from "./context.ts";
import { planServiceAccount } from "./service-account.ts";
import { planJob } from "./job.ts";

/** Task: a Job, or a CronJob when it has a schedule or is triggered by hand. */
export const taskPlanner: Planner<TaskSpec> = { kind: "Task", plan: planTask };

function planTask(declaration: Declaration<TaskSpec>, world: World): Plan {
  const context = workloadContext(declaration, world);
  const empty = { scope: declaration.ref, complete: true, actions: [], needs: [] };
  if (context.spec.abstract === true) return { ...empty, desired: [], findings: [] };
  const desired = [planServiceAccount(context), planJob(context)].filter((object) => object !== undefined);
  return { ...empty, desired, findings: context.report.findings };
}
