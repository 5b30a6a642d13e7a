import { createClient } from "@fairlead/kube";
import { defaultRegistry } from "../../plan/mesh/config/registry-settings.ts";
import type { DialService } from "../../run/sidecars/oracle/target.ts";
import type { SidecarClusters } from "../../run/sidecars/sidecars-model.ts";
import { version } from "../../version.ts";
import type { Target } from "../cluster/targets.ts";
import type { CliContext } from "../context.ts";

/**
 * Whose sidecars are looked after: the clusters that are named, or with `--registry` those that Secrets of the first one
 * register, and this one.
 */
export function clustersOf(context: CliContext, targets: readonly Target[], registry: boolean): SidecarClusters {
  const home = targets[0]!;
  if (!registry) return { kind: "listed", clusters: targets.map(({ name, client }) => ({ name, client })) };
  const connect = context.connect ?? createClient;
  return {
    kind: "registry",
    settings: { ...defaultRegistry, home: home.name },
    connect: (access, options) => connect(access, { userAgent: `fairlead/${version}`, ...options }),
  };
}

/**
 * Services of injectors are reached by their names where those resolve: in a pod of their cluster. Of other clusters, and
 * from outside, the API server is asked in their place.
 */
export function dialFrom({ env }: CliContext, home: string): DialService | undefined {
  if (env["KUBERNETES_SERVICE_HOST"] === undefined) return undefined;
  return (cluster, { namespace, name, port }) =>
    cluster === home ? { host: `${name}.${namespace}.svc`, port } : undefined;
}
