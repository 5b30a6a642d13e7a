import { findingsToJson, type Finding } from "@fairlead/krm";
import { paint } from "../paint.ts";
import type { StatusNode } from "./forest.ts";
import { formatForest, forestToJson } from "./format.ts";

/** What was seen in one cluster. */
export interface ClusterStatus {
  readonly cluster: string;
  readonly nodes: readonly StatusNode[];
  readonly findings: readonly Finding[];
}

export function statusToJson(clusters: readonly ClusterStatus[], findings: readonly Finding[]): object {
  return {
    schemaVersion: 1,
    clusters: clusters.map(({ cluster, nodes }) => ({ cluster, objects: forestToJson(nodes) })),
    findings: findingsToJson(findings).findings,
  };
}

/** The trees of all clusters, each below its name where there are several. */
export function statusText(
  clusters: readonly ClusterStatus[],
  color: boolean,
  more: { readonly columns?: number; readonly frame?: number } = {},
): string[] {
  return clusters.flatMap(({ cluster, nodes }) => [
    ...(clusters.length > 1 ? [paint(color).cyan(`${cluster}:`)] : []),
    ...formatForest(nodes, { color, ...more }),
  ]);
}
