import { compareText } from "@fairlead/apimachinery";
import { type KrmObject, refKey, refOf } from "@fairlead/krm";
import { asWritten } from "./as-written.ts";
import { isSuspended } from "./identity/suspended.ts";
import { type IntentResult, intentOf } from "./identity/intent.ts";
import type { Fleet, MeshKey } from "./model/fleet.ts";
import type { ClusterPlan, MeshPlan } from "./model/plan.ts";
import { withOwner } from "./write/metadata.ts";
import { joinOutputs, type Output } from "./write/output.ts";
import { copyWriters, identityWriters, namespaceWriters } from "./write/writers.ts";

/**
 * What a key should be in every cluster. Pure: the same fleet gives the same bytes. Nothing is planned for clusters that
 * are paused or were never read, and nothing may be deleted while one is unread or a host waits for its address.
 */
export function planKey(fleet: Fleet, key: MeshKey): MeshPlan {
  const start = key.indexOf(":") + 1;
  const name = key.slice(start);
  if (!key.startsWith("identity:")) {
    const writers = key.startsWith("namespace:") ? namespaceWriters : copyWriters;
    return assemble(fleet, key, joinOutputs(writers.map((write) => write(fleet, key))), undefined);
  }
  if (isSuspended(name, fleet)) {
    return { key, clusters: [], needsAddresses: [], findings: [], reports: [] };
  }
  const planned = intentOf(fleet, name);
  const input = { fleet, key, intent: planned.intent };
  return assemble(fleet, key, joinOutputs(identityWriters.map((write) => write(input))), planned);
}

function assemble(fleet: Fleet, key: MeshKey, output: Required<Output>, planned: IntentResult | undefined): MeshPlan {
  const names = new Set<string>();
  for (const { cluster } of output.objects) names.add(cluster);
  for (const { cluster } of output.edits) names.add(cluster);
  if (!isDisputed(fleet, key)) for (const { cluster } of fleet.written(key)) names.add(cluster);
  const needsAddresses = planned?.needsAddresses ?? [];
  const complete = planned?.waits !== true && fleet.clusters.every(({ view }) => view !== "unread");
  const stays = asWritten(fleet, key, planned);

  const clusters: ClusterPlan[] = [];
  for (const cluster of [...names].sort(compareText)) {
    const view = fleet.cluster(cluster)?.view;
    if (view === undefined || view === "paused" || view === "unread") continue;
    const objects = output.objects
      .filter((placed) => placed.cluster === cluster)
      .map(({ object }) => stays.inPlaceOf(withOwner(object, key, fleet.settings), cluster));
    clusters.push({
      cluster,
      desired: inOrder([...objects, ...stays.besides(cluster)]),
      edits: output.edits.filter((placed) => placed.cluster === cluster).map(({ edit }) => edit),
      complete,
    });
  }
  return {
    key,
    clusters,
    needsAddresses,
    findings: [...(planned?.findings ?? []), ...output.findings],
    reports: [...(planned?.reports ?? []), ...output.reports],
  };
}

const copyKey = /^copy:(.+)\/([^/]+)\/([^/]+)\/([^/]+)$/s;

/**
 * Whether a copy that nobody signed, as the predecessor leaves them, may be one of another cluster's object with the same
 * name: then its absence from this plan is no reason to delete it.
 */
function isDisputed(fleet: Fleet, key: MeshKey): boolean {
  const [, cluster, namespace = "", kind, name] = copyKey.exec(key) ?? [];
  if (cluster === undefined || fleet.settings.writing.marks === "fairlead") return false;
  return fleet.clusters.some(
    (other) =>
      other.name !== cluster &&
      fleet.routingIn(other.name, namespace).some((fact) => fact.kind === kind && fact.name === name),
  );
}

/** By kind, namespace and name; of two for one object the first counts. */
function inOrder(objects: readonly KrmObject[]): readonly KrmObject[] {
  const byKey = new Map<string, KrmObject>();
  for (const object of objects) {
    const key = refKey(refOf(object));
    if (!byKey.has(key)) byKey.set(key, object);
  }
  return [...byKey.keys()].sort(compareText).map((key) => byKey.get(key)!);
}
