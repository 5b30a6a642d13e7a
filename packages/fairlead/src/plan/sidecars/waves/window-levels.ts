import type { Outdated } from "../model/decision.ts";
import type { WindowSettings } from "../model/settings.ts";

/** Windows of one level; one of them has to be open, and so at every level. */
export interface WindowLevel {
  readonly of: string;
  readonly texts: readonly string[];
  /** Whether the operator of all set it, or the owner of the workload. */
  readonly byOperator: boolean;
}

/** The levels at which a workload has windows. */
export function windowLevels(
  { all, clusters, namespaces }: WindowSettings,
  { windows, workload }: Pick<Outdated, "windows" | "workload">,
): readonly WindowLevel[] {
  const { cluster, namespace } = workload;
  return [
    { of: "the fleet", texts: all, byOperator: true },
    { of: `cluster ${cluster}`, texts: own(clusters, cluster), byOperator: true },
    { of: `namespace ${namespace}`, texts: own(namespaces, namespace), byOperator: true },
    { of: "its annotation", texts: windows, byOperator: false },
  ].filter(({ texts }) => texts.length > 0);
}

function own(record: { readonly [key: string]: readonly string[] }, key: string): readonly string[] {
  return Object.hasOwn(record, key) ? record[key]! : [];
}
