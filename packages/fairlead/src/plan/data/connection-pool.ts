import type { KrmObject } from "@fairlead/krm";
import type { ConnectionPoolSpec } from "../../kinds/connection-pool.ts";
import type { Planner } from "../planner.ts";
import { poolConfigMap } from "./config-map.ts";
import { poolDeployment } from "./deployment.ts";
import { poolDisruptionBudget } from "./disruption-budget.ts";
import { poolPodMonitor } from "./pod-monitor.ts";
import { resolvePool } from "./pool.ts";
import { poolService } from "./service.ts";

export const connectionPoolPlanner: Planner<ConnectionPoolSpec> = {
  kind: "ConnectionPool",
  plan(given, world) {
    const pool = resolvePool(given, world);
    const config = poolConfigMap(pool);
    const desired = [
      config,
      poolService(pool),
      poolDeployment(pool, config),
      poolPodMonitor(pool),
      poolDisruptionBudget(pool),
    ].filter((object): object is KrmObject => object !== undefined);
    return { scope: given.ref, desired, complete: true, actions: [], needs: [], findings: pool.report.findings };
  },
};
