import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import type { Declaration } from "../declaration.ts";
import type { Plan } from "../plan.ts";
import type { Planner } from "../planner.ts";
import type { World } from "../world.ts";
import { planAnalysisTemplates } from "./analysis-template.ts";
import { checkContainers } from "./check-containers.ts";
import { checkNames } from "./check-names.ts";
import { checkPorts } from "./check-ports.ts";
import { checkRollout } from "./check-rollout.ts";
import { checkScaling } from "./check-scaling.ts";
import { checkServices } from "./check-services.ts";
import { checkVolumes } from "./check-volumes.ts";
import { checkWorkload } from "./check-workload.ts";
import { workloadContext, type WorkloadContext } from "./context.ts";
import { checkDatadog } from "./datadog.ts";
import { checkDisruptionBudget, planDisruptionBudget } from "./disruption-budget.ts";
import { planHeadlessService } from "./headless-service.ts";
import { planHorizontalPodAutoscaler } from "./hpa.ts";
import { patched } from "./patched.ts";
import { planPodMonitor } from "./pod-monitor.ts";
import { checkPools } from "./pools.ts";
import { planScaledObject, planTriggerAuthentications } from "./scaled-object.ts";
import { planServiceAccount } from "./service-account.ts";
import { planServiceMonitor } from "./service-monitor.ts";
import { planServices } from "./service.ts";
import { planTraffic } from "./traffic.ts";
import { planWorkload } from "./workload.ts";

/** App: the workload, its Services, identity, scaling, budget, monitors and analysis. */
export const appPlanner: Planner<AppSpec> = { kind: "App", plan: planApp };

function planApp(declaration: Declaration<AppSpec>, world: World): Plan {
  const context = workloadContext(declaration, world);
  const desired = context.spec.abstract === true ? [] : patched(context, appObjects(context));
  return { scope: declaration.ref, desired, complete: true, actions: [], needs: [], findings: context.report.findings };
}

function appObjects(context: WorkloadContext<AppSpec>): KrmObject[] {
  check(context);
  const workload = planWorkload(context);
  const strategy = (workload["spec"] as JsonObject)["strategy"] as JsonObject | undefined;
  const objects: (KrmObject | undefined)[] = [
    planServiceAccount(context),
    ...planServices(context),
    planHeadlessService(context),
    ...(workload.kind === "Rollout" && strategy !== undefined ? planTraffic(context, strategy) : []),
    ...(workload.kind === "Rollout" ? planAnalysisTemplates(context) : []),
    workload,
    ...planTriggerAuthentications(context),
    planScaledObject(context),
    planHorizontalPodAutoscaler(context),
    planDisruptionBudget(context),
    planPodMonitor(context),
    planServiceMonitor(context),
  ];
  return objects.filter((object) => object !== undefined);
}

function check(context: WorkloadContext<AppSpec>): void {
  checkContainers(context);
  checkPorts(context);
  checkServices(context);
  checkVolumes(context);
  checkWorkload(context);
  checkScaling(context);
  checkRollout(context);
  checkDisruptionBudget(context);
  checkNames(context);
  checkDatadog(context);
  checkPools(context);
}
