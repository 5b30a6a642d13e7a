import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { integer, object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { hardened } from "./hardening.ts";
import { workloadSelector } from "./labels.ts";
import { leastReplicas, workloadKind } from "./replicas.ts";

/**
 * The PodDisruptionBudget: the one that is written, or one pod at a time when more than one always runs. By default pods
 * that never became ready do not count, so that a broken release cannot block the drain of a node.
 */
export function planDisruptionBudget(context: WorkloadContext<AppSpec>): KrmObject | undefined {
  const settings = object(context.spec.disruptionBudget);
  if (settings?.enabled === false) return undefined;
  const minAvailable = limit(settings?.minAvailable);
  const maxUnavailable = limit(settings?.maxUnavailable);
  const written = minAvailable !== undefined || maxUnavailable !== undefined;
  const wanted = written || settings?.enabled === true;
  if (!wanted && !hasDefaultBudget(context)) return undefined;
  const { declaration, world } = context;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: objectMetadata(declaration, world, { name: text(settings?.name) ?? context.name }),
    spec: fields({
      minAvailable,
      maxUnavailable: written ? maxUnavailable : 1,
      unhealthyPodEvictionPolicy: settings?.unhealthyPodEvictionPolicy ?? (written ? undefined : "AlwaysAllow"),
      selector: workloadSelector(context),
    }),
  };
}

function hasDefaultBudget(context: WorkloadContext<AppSpec>): boolean {
  if (!hardened(context, "disruptionBudget") || workloadKind(context.spec) === "DaemonSet") return false;
  return leastReplicas(context.spec) > 1;
}

function limit(value: unknown): number | string | undefined {
  return integer(value) ?? text(value);
}

/** Says when the numbers that are written keep every pod from being evicted. */
export function checkDisruptionBudget(context: WorkloadContext<AppSpec>): void {
  const settings = object(context.spec.disruptionBudget);
  if (settings === undefined || settings.enabled === false) return;
  const minAvailable = limit(settings.minAvailable);
  const maxUnavailable = limit(settings.maxUnavailable);
  const field = ["spec", "disruptionBudget"];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    context.report("FL221", {
      message: `the disruption budget has minAvailable ${minAvailable} and maxUnavailable ${maxUnavailable}`,
      hint: "keep one of them",
      field,
    });
    return;
  }
  const replicas = Math.max(1, leastReplicas(context.spec));
  const needed = podCount(minAvailable, replicas);
  if (needed !== undefined && needed >= replicas && workloadKind(context.spec) !== "DaemonSet") {
    context.report("FL220", {
      message: `minAvailable ${minAvailable} of ${replicas} ${replicas === 1 ? "replica" : "replicas"} lets no pod go, so nodes cannot be drained`,
      hint: "write maxUnavailable: 1 instead, or run more replicas",
      field: [...field, "minAvailable"],
    });
  }
  if (podCount(maxUnavailable, replicas) === 0) {
    context.report("FL220", {
      message: `maxUnavailable ${maxUnavailable} lets no pod go, so nodes cannot be drained`,
      hint: "write maxUnavailable: 1",
      field: [...field, "maxUnavailable"],
    });
  }
}

/** Kubernetes rounds percentages up. */
function podCount(value: number | string | undefined, replicas: number): number | undefined {
  if (typeof value === "number" || value === undefined) return value;
  const percent = /^(\d{1,3})%$/.exec(value)?.[1];
  return percent === undefined ? undefined : Math.ceil((Number(percent) * replicas) / 100);
}
