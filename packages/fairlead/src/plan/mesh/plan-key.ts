import { compareText } from "@fairlead/apimachinery";
import { type KrmObject, type ObjectRef, refKey, refOf } from "@fairlead/krm";
import { asWritten } from "./as-written.ts";
import { isSuspended } from "./identity/suspended.ts";
import { type IntentResult, intentOf } from "./identity/intent.ts";
import type { RoutingFact } from "./model/facts.ts";
import type { Fleet, MeshKey } from "./model/fleet.ts";
import type { ClusterPlan, MeshPlan } from "./model/plan.ts";
import { withOwner } from "./write/metadata.ts";
import { proxyIdentity } from "./write/proxied-host.ts";
import { joinOutputs, type Output } from "./write/output.ts";
import { copyWriters, identityWriters, namespaceWriters } from "./write/writers.ts";

/**
 * What a key should be in every cluster. Pure: the same fleet gives the same bytes. Nothing is planned for clusters that
 * are paused or were never read, and nothing may be deleted while one is unread or a host waits for its address.
 */
export function planKey(fleet: Fleet, key: MeshKey): MeshPlan {
  const drawn = draw(fleet, key);
  if (drawn === undefined) return { key, clusters: [], needsAddresses: [], findings: [], reports: [] };
  return assemble(fleet, key, drawn.output, drawn.planned);
}

interface Drawn {
  readonly output: Required<Output>;
  readonly planned: IntentResult | undefined;
}

/** What the writers of a key say; undefined where nothing is to be said. */
function draw(fleet: Fleet, key: MeshKey): Drawn | undefined {
  if (!key.startsWith("identity:")) {
    const writers = key.startsWith("namespace:") ? namespaceWriters : copyWriters;
    return { output: joinOutputs(writers.map((write) => write(fleet, key))), planned: undefined };
  }
  const name = key.slice("identity:".length);
  if (isSuspended(name, fleet)) return undefined;
  const planned = intentOf(fleet, name);
  const input = { fleet, key, intent: planned.intent };
  return { output: joinOutputs(identityWriters.map((write) => write(input))), planned };
}

function assemble(fleet: Fleet, key: MeshKey, output: Required<Output>, planned: IntentResult | undefined): MeshPlan {
  const objectsIn = Map.groupBy(output.objects, ({ cluster }) => cluster);
  const editsIn = Map.groupBy(output.edits, ({ cluster }) => cluster);
  const names = new Set<string>([...objectsIn.keys(), ...editsIn.keys()]);
  if (!isDisputed(fleet, key)) for (const { cluster } of fleet.written(key)) names.add(cluster);
  const needsAddresses = planned?.needsAddresses ?? [];
  const complete = planned?.waits !== true && fleet.clusters.every(({ view }) => view !== "unread");
  const stays = asWritten(fleet, key, planned);

  const clusters: ClusterPlan[] = [];
  for (const cluster of [...names].sort(compareText)) {
    const view = fleet.cluster(cluster)?.view;
    if (view === undefined || view === "paused" || view === "unread") continue;
    const objects = (objectsIn.get(cluster) ?? []).map(({ object }) =>
      stays.inPlaceOf(withOwner(object, key, fleet.settings), cluster),
    );
    const desired = inOrder([...objects, ...stays.besides(cluster)]);
    const left = leftIn(fleet, key, cluster, desired);
    clusters.push({
      cluster,
      desired,
      ...(left.length > 0 && { left }),
      edits: (editsIn.get(cluster) ?? []).map(({ edit }) => edit),
      complete,
    });
  }
  return {
    key,
    clusters,
    needsAddresses,
    findings: [...(planned?.findings ?? []), ...output.findings],
    reports: [...(planned?.reports ?? []), ...output.reports],
    ...(planned?.againAt !== undefined && { againAt: planned.againAt }),
  };
}

/** Copies that the key no longer has, and the next object of that name has from now on. */
function leftIn(fleet: Fleet, key: MeshKey, cluster: string, desired: readonly KrmObject[]): readonly ObjectRef[] {
  const wanted = new Set(desired.map((object) => refKey(refOf(object))));
  return fleet.written(key).flatMap((fact): ObjectRef[] => {
    const { apiVersion, kind, namespace, name } = fact;
    if (fact.cluster !== cluster || wanted.has(refKey(fact))) return [];
    if (kind !== "VirtualService" && kind !== "DestinationRule") return [];
    const keys = new Set([...fleet.copied(kind, name).flatMap((one) => keysOf(fleet, one)), ...namedBy(fleet, name)]);
    const isNext = [...keys].some(
      (next) =>
        next !== key &&
        draw(fleet, next)?.output.objects.some(
          (placed) => placed.cluster === cluster && refKey(refOf(placed.object)) === refKey(fact),
        ),
    );
    return isNext ? [{ apiVersion, kind, namespace, name }] : [];
  });
}

/** The keys that may write a VirtualService for the host that its name tells: a proxy's, or the host's own. */
function namedBy(fleet: Fleet, name: string): MeshKey[] {
  const host = /^(.*)-vs$/s.exec(name)?.[1];
  if (host === undefined) return [];
  const identities = [...fleet.proxied(host).map(proxyIdentity), ...fleet.identitiesOf(host)];
  return identities.map((identity): MeshKey => `identity:${identity}`);
}

/** The keys by which a user's routing object may be copied. */
function keysOf(fleet: Fleet, { cluster, namespace, kind, name, hosts }: RoutingFact): MeshKey[] {
  const names = hosts.flatMap((host) => [host.toLowerCase(), ...fleet.identitiesOf(host)]);
  return [`copy:${cluster}/${namespace}/${kind}/${name}`, ...names.map((one): MeshKey => `identity:${one}`)];
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
