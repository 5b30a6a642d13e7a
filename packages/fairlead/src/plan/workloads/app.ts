import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import type { Declaration } from "../declaration.ts";
import type { Plan } from "../plan.ts";
import type { Planner } from "../planner.ts";
import type { World } from "../world.ts";
import { workloadContext } from "./context.ts";
import { checkDatadog } from "./datadog.ts";
import { planServiceAccount } from "./service-account.ts";
import { planServices } from "./service.ts";
import { planWorkload } from "./workload.ts";
import { checkPools } from "./pools.ts";

/** App: the workload, its Services, identity, scaling, budget, monitors and analysis. */
export const appPlanner: Planner<AppSpec> = { kind: "App", plan: planApp };

function planApp(declaration: Declaration<AppSpec>, world: World): Plan {
  const context = workloadContext(declaration, world);
  const scope = declaration.ref;
  const empty = { scope, complete: true, actions: [], needs: [] };
  if (context.spec.abstract === true) return { ...empty, desired: [], findings: [] };
  checkDatadog(context);
  checkPools(context);
  const objects: (KrmObject | undefined)[] = [
    planServiceAccount(context),
    ...planServices(context),
    planWorkload(context),
  ];
  const desired = objects.filter((object) => object !== undefined);
  return { ...empty, desired, findings: context.report.findings };
}
