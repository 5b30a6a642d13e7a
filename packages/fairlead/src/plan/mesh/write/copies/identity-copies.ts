import { compareText, equal } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { meshFinding } from "../../findings.ts";
import type { RoutingFact } from "../../model/facts.ts";
import type { HostIntent } from "../../model/intent.ts";
import { writtenObject, type IdentityInput, type Output, type Placed } from "../output.ts";
import { reachable, regionTargets } from "../targets.ts";
import { copyObject } from "./copy-object.ts";
import { isCopied, isTaken, othersName } from "./eligible.ts";
import { leftOut, nameTaken, refOf } from "./left-out.ts";

/**
 * Users' VirtualServices for the hosts of an identity in the clusters that call it, and their DestinationRules where the
 * predecessor's way holds; else see `destinationRules`.
 */
export function identityCopies(input: IdentityInput): Output {
  const candidates = new Map<string, Candidate[]>();
  const findings: Finding[] = [];
  for (const host of input.intent.hosts) {
    for (const fact of input.fleet.routing(host.host)) {
      // Ours stand in place of the rules of their hosts.
      if (fact.kind === "DestinationRule" && input.fleet.settings.writing.marks === "fairlead") continue;
      if (!isCopied(input.fleet, fact)) {
        if (fact.hosts.length > 1 && fact.kind === "VirtualService") findings.push(tooMany(fact));
        else if (isTaken(fact, input.fleet.settings)) findings.push(nameTaken(fact));
        continue;
      }
      const holder = othersName(input, fact);
      if (holder !== undefined) {
        findings.push(leftOut(fact, holder));
        continue;
      }
      for (const cluster of targetClusters(input, host, fact)) {
        const object = copyFor(input, host, fact, cluster);
        const key = `${cluster} ${fact.kind} ${object.metadata.name}`;
        candidates.set(key, [...(candidates.get(key) ?? []), { cluster, fact, object }]);
      }
    }
  }
  const objects: Placed[] = [];
  for (const key of [...candidates.keys()].sort(compareText)) {
    const chosen = choose(input, candidates.get(key)!);
    objects.push({ cluster: chosen.cluster, object: chosen.object });
    for (const other of candidates.get(key)!)
      if (!equal(other.object, chosen.object)) findings.push(collision(other.fact, chosen.fact));
  }
  return { objects, findings: unique(findings) };
}

interface Candidate {
  readonly cluster: string;
  readonly fact: RoutingFact;
  readonly object: KrmObject;
}

/** The one that is written already, where the predecessor's objects are kept as they are; else the oldest. */
function choose(input: IdentityInput, candidates: readonly Candidate[]): Candidate {
  const sorted = candidates.toSorted(
    (a, b) => compareText(a.fact.createdAt, b.fact.createdAt) || compareText(a.fact.cluster, b.fact.cluster),
  );
  const first = sorted[0]!;
  if (input.fleet.settings.writing.marks === "fairlead") return first;
  const written = writtenObject(input, first.cluster, first.object);
  return sorted.find(({ object }) => written !== undefined && equal(object["spec"], written["spec"])) ?? first;
}

/**
 * The predecessor: all that have the host, if somebody calls it, else every cluster. Ours: those that have the host and
 * no such object of a user, the one that it comes from least of all.
 */
function targetClusters({ fleet }: IdentityInput, host: HostIntent, fact: RoutingFact): readonly string[] {
  const seeing = reachable(host).map(({ cluster }) => cluster);
  if (fleet.settings.writing.marks === "predecessor") {
    if (isCalled(host)) return seeing;
    if (fleet.settings.copies.withoutDependents === "nowhere") return [];
    const all = fleet.clusters.map(({ name }) => name);
    return fact.kind === "DestinationRule" ? all.filter((name) => name !== fact.cluster) : all;
  }
  const has = (cluster: string): boolean =>
    fleet
      .routing(host.host)
      .some((other) => other.kind === fact.kind && other.cluster === cluster && isCopied(fleet, other));
  return seeing.filter((cluster) => !has(cluster));
}

/** Whether somebody else than the service itself is known to call it. */
function isCalled({ audience, backends }: HostIntent): boolean {
  const own = new Set(backends.map(({ cluster, namespace }) => `${cluster}/${namespace}`));
  return audience.some(
    ({ cluster, source, exportTo = [] }) =>
      !source || exportTo.some((namespace) => namespace !== "istio-system" && !own.has(`${cluster}/${namespace}`)),
  );
}

/** As it is where the predecessor knows nobody who calls it, else with the host in place of Services. */
function copyFor(input: IdentityInput, host: HostIntent, fact: RoutingFact, cluster: string): KrmObject {
  const { fleet, intent } = input;
  const exportTo = host.audience.find((seen) => seen.cluster === cluster)?.exportTo;
  const targets = regionTargets(fleet.settings, intent, host, cluster);
  const isRewritten = fact.kind === "VirtualService" && (fleet.settings.writing.marks === "fairlead" || isCalled(host));
  return copyObject(fleet.settings, fact, {
    ...(isRewritten ? { host: host.host } : {}),
    ...(targets === undefined ? {} : { targets }),
    ...(exportTo === undefined ? {} : { exportTo }),
  });
}

function tooMany(fact: RoutingFact): Finding {
  const message = `VirtualService ${fact.namespace}/${fact.name} of cluster ${fact.cluster} has ${fact.hosts.length} hosts: it stays where it is`;
  return meshFinding("FL818", { message, object: refOf(fact) });
}

function collision(fact: RoutingFact, chosen: RoutingFact): Finding {
  const message = `${fact.kind} ${fact.namespace}/${fact.name} of cluster ${fact.cluster} differs from that of cluster ${chosen.cluster}, which other clusters get`;
  return meshFinding("FL818", { message, object: refOf(fact) });
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}
