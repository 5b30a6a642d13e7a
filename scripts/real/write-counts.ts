import type { PlaneAccess } from "./access.ts";
import { RealPlaneError } from "./errors.ts";
import { request } from "./request.ts";

/** Requests by verb and resource, such as `APPLY deployments.apps`, `PATCH pods/status`. */
export type WriteCounts = ReadonlyMap<string, number>;

const mutating = new Set(["POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"]);

/**
 * How many mutating requests the API server has answered since it started, whoever sent them: dry runs, Leases and
 * Events aside. From its metric `apiserver_request_total`, which knows no users (`writesDuring` does).
 */
export async function countWrites(plane: PlaneAccess): Promise<WriteCounts> {
  const answer = await request(plane, { path: "/metrics", accept: "text/plain" });
  if (answer.status !== 200) throw new RealPlaneError("unexpected-answer", `/metrics: ${answer.status}`);
  return parseWriteCounts(answer.text);
}

export function parseWriteCounts(metrics: string): WriteCounts {
  const counts = new Map<string, number>();
  for (const [, labels, value] of metrics.matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm)) {
    const label = (name: string): string => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels!)?.[1] ?? "";
    const [verb, group, resource] = [label("verb"), label("group"), label("resource")];
    if (!mutating.has(verb) || label("dry_run") !== "" || resource === "leases" || resource === "events") continue;
    const subresource = label("subresource");
    const key = `${verb} ${resource}${group === "" ? "" : `.${group}`}${subresource === "" ? "" : `/${subresource}`}`;
    counts.set(key, (counts.get(key) ?? 0) + Number(value));
  }
  return counts;
}

/** What `after` counts that `before` did not. */
export function addedWrites(before: WriteCounts, after: WriteCounts): WriteCounts {
  const added = [...after].map(([key, count]) => [key, count - (before.get(key) ?? 0)] as const);
  return new Map(added.filter(([, count]) => count !== 0));
}

export function totalWrites(counts: WriteCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
