import type { KindName } from "../kinds/load.ts";
import type { Planner } from "../plan/planner.ts";

/** Loads a planner when its kind is met. Kinds that only others read (ContainerTemplate, Environment) have none. */
const loaders: { readonly [Name in KindName]?: () => Promise<Planner<never>> } = {
  App: async () => (await import("../plan/workloads/app.ts")).appPlanner,
  Task: async () => (await import("../plan/workloads/task.ts")).taskPlanner,
  Route: async () => (await import("../plan/routes/route.ts")).routePlanner,
  Topic: async () => (await import("../plan/messaging/topic.ts")).topicPlanner,
  Subscription: async () => (await import("../plan/messaging/subscription.ts")).subscriptionPlanner,
  ConnectionPool: async () => (await import("../plan/data/connection-pool.ts")).connectionPoolPlanner,
  MeshConfig: async () => (await import("../plan/mesh/config/mesh-config-planner.ts")).meshConfigPlanner,
  SidecarPolicy: async () => (await import("../plan/sidecars/config/sidecar-policy-planner.ts")).sidecarPolicyPlanner,
  CloudIdentity: async () => (await import("../plan/access/cloud-identity.ts")).cloudIdentityPlanner,
};

export async function loadPlanners(kinds: Iterable<KindName>): Promise<ReadonlyMap<string, Planner<never>>> {
  const found = new Map<string, Planner<never>>();
  for (const kind of kinds) {
    const load = loaders[kind];
    if (load !== undefined) found.set(kind, await load());
  }
  return found;
}
