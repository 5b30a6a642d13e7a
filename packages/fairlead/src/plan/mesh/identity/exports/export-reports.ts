import { compareText } from "@fairlead/apimachinery";
import type { ObjectRef } from "@fairlead/krm";
import type { ExportFact } from "../../model/facts.ts";
import type { HostIntent } from "../../model/intent.ts";
import type { PolicyReport } from "../../model/plan.ts";
import type { Exporter } from "./exporters.ts";

export interface ExportOutcome {
  /** Why the name cannot be, whoever exports it. */
  readonly problem: string | undefined;
  readonly conflicts: readonly string[];
  readonly host: HostIntent | undefined;
}

/** What became of every export. A conflict is told to all of them (KEP-1645, "Global Properties"). */
export function exportReports(
  exporters: readonly Exporter[],
  { problem, conflicts, host }: ExportOutcome,
): readonly PolicyReport[] {
  const clusters = [...new Set(host?.audience.map(({ cluster }) => cluster))].sort(compareText);
  return exporters.map(({ fact, service, targets }) => {
    const { cluster, namespace, name, generation } = fact;
    const [accepted, reason, message] =
      problem !== undefined
        ? [false, "InvalidName", problem]
        : service === undefined
          ? [false, "NoService", `There is no Service ${namespace}/${name}.`]
          : targets.length === 0
            ? [false, "NoWorkload", `No workload of the mesh with a TCP port is behind Service ${namespace}/${name}.`]
            : [true, "Valid", `It is exported as ${host?.host ?? name}.`];
    return {
      object: { cluster, namespace, name, kind: "ServiceExport" as const },
      generation,
      accepted,
      reason,
      message,
      hosts: accepted && host !== undefined ? [host.host] : [],
      clusters: accepted ? clusters : [],
      ...(conflicts.length === 0 ? {} : { conflict: conflictText(conflicts) }),
    };
  });
}

/** At most so many differences are listed. */
const most = 5;

export function conflictText(conflicts: readonly string[]): string {
  const more = conflicts.length > most ? `; and ${conflicts.length - most} more` : "";
  return `${conflicts.slice(0, most).join("; ")}${more}`;
}

export function exportRef({ namespace, name }: ExportFact): ObjectRef {
  return { apiVersion: "multicluster.x-k8s.io/v1alpha1", kind: "ServiceExport", namespace, name };
}
