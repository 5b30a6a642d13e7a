import type { TopologySpreadConstraint } from "@fairlead/apimachinery/k8s";
import { items } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { hardened } from "./hardening.ts";
import { workloadSelector } from "./labels.ts";
import { isApp, mostReplicas, workloadKind } from "./replicas.ts";

/** Zones first, then nodes; a cluster that has neither to offer still runs the pods. */
const topologies = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"];

/** The constraints that are written, or else a spread of more than one replica over zones and nodes. */
export function spreadConstraints(context: WorkloadContext): TopologySpreadConstraint[] {
  const written = [...items(context.spec.topologySpreadConstraints)];
  if (written.length > 0 || !isApp(context) || !hardened(context, "topologySpread")) return written;
  if (workloadKind(context.spec) === "DaemonSet" || mostReplicas(context.spec) < 2) return [];
  const labelSelector = workloadSelector(context);
  return topologies.map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector,
  }));
}
