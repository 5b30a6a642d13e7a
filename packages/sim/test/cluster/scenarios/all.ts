import type { Scenario } from "../scenario.ts";
import { endpointScenarios } from "./endpoints.ts";
import { garbageScenarios, namespaceScenarios } from "./garbage.ts";
import { budgetScenarios, quotaScenarios, scalerScenarios } from "./keeping.ts";
import { nodeScenarios, schedulingScenarios } from "./scheduling.ts";
import { volumeScenarios } from "./volumes.ts";

export const groups: { readonly [group: string]: readonly Scenario[] } = {
  endpoints: endpointScenarios,
  garbage: garbageScenarios,
  namespaces: namespaceScenarios,
  volumes: volumeScenarios,
  budgets: budgetScenarios,
  quotas: quotaScenarios,
  scalers: scalerScenarios,
  scheduling: schedulingScenarios,
  nodes: nodeScenarios,
};

/** Those that add nodes: one after the other, when nothing else is scheduled. */
export const alone: ReadonlySet<string> = new Set(["nodes"]);
