import { compareText } from "@fairlead/apimachinery";
import type { WrittenFact } from "../../model/facts.ts";
import type { Fleet, MeshKey } from "../../model/fleet.ts";
import type { HostIntent, LocalityIntent, SharesIntent } from "../../model/intent.ts";
import { nameFor } from "../../write/mark.ts";
import { sortedSet } from "../../write/output.ts";
import { isReachable } from "../../write/targets.ts";
import { hostProblem, regionHost } from "../hosts.ts";
import { annotationOf, sharesAnnotation, sharesInEffect, writtenShares, type WrittenShares } from "./shares.ts";
import type { Shift } from "./shift-of.ts";
import { parseWeights, stepTowards, weightsOf, weightsText, type Weights } from "./weights.ts";

/** What becomes of a host whose policy gives regions shares. */
export interface Moved {
  readonly locality: LocalityIntent;
  readonly shares: SharesIntent | undefined;
  /** See `HostIntent.prepared`. */
  readonly prepared: readonly string[];
  /** When the next step is due, if nothing else has to happen before. */
  readonly againAt: number | undefined;
}

/** What is written of the key of a host, and those of it that say shares. */
export interface Written {
  readonly key: MeshKey;
  readonly noted: readonly WrittenFact[];
}

type Regions = Extract<LocalityIntent, { kind: "regions" }>;

/**
 * The shares of a host on their way from what is in effect to what its policy says. Pure: what is in effect is read from
 * what is written, and the time is the fleet's.
 *
 * A shift is first noted in every cluster that can be written (`shares-to`), together with the names of all regions that
 * it leads from and to; only then shares move, by at most one step every time, and only from what every cluster has that
 * can be written. When all have the last one, the note goes, and with it the names that nobody needs any more. What is
 * noted nowhere does not depend on the time.
 */
export function moveShares(
  host: HostIntent,
  shift: Shift | "unreadable" | undefined,
  { key, noted }: Written,
  fleet: Fleet,
): Moved {
  const { locality } = host.traffic;
  const { traffic, writing } = fleet.settings;
  if (traffic.failover !== "priority" || writing.marks === "predecessor") {
    return { locality, shares: undefined, prepared: [], againAt: undefined };
  }
  const written = writtenShares(host.host, noted);
  // Whoever still calls names of regions must find them, however far the others are.
  const called = calledRegions(host, noted);
  if (locality.kind !== "regions") {
    return { locality, shares: undefined, prepared: sortedSet(called), againAt: undefined };
  }
  const wanted = weightsOf(locality.targets);
  const inEffect = sharesInEffect(written);
  const settled = (): Moved => ({ ...atOnce(locality, inEffect), prepared: sortedSet(called) });
  if (inEffect === undefined || shift === undefined || fleet.time === undefined) return settled();

  const regions = sortedSet([...inEffect.weights.keys(), ...wanted.keys()]);
  const names = regions.map((region) => regionHost(region, host.host));
  const isServed = (region: string) => host.backends.some((backend) => backend.region === region);
  // A region that has nothing left can lead nobody on, and one without a name can have no share.
  const isPossible =
    [...inEffect.weights.keys()].every(isServed) &&
    names.every((name) => name !== undefined && hostProblem(name) === undefined);
  if (!isPossible) return settled();

  const progress = progressOf({ host, shift, key, fleet, written, inEffect, wanted, names: names as string[] });
  if (progress === "done") return settled();
  const { weights, since, againAt, waits } = progress;
  return {
    locality: withWeights(locality, weights),
    shares: { weights: weightsText(weights), since, towards: weightsText(wanted), waits },
    prepared: sortedSet([...regions, ...called]),
    againAt,
  };
}

/** Regions whose names stand in a VirtualService of a cluster, or will as soon as it is written. */
function calledRegions({ host }: HostIntent, noted: readonly WrittenFact[]): readonly string[] {
  const [entry, route] = [nameFor(host, "-se"), nameFor(host, "-vs")];
  return noted.flatMap((fact) => {
    if (fact.name !== (fact.kind === "VirtualService" ? route : entry)) return [];
    const weights = parseWeights(annotationOf(fact, sharesAnnotation));
    return weights === undefined || weights.size < 2 ? [] : [...weights.keys()];
  });
}

/** As the policy says. It counts as later than what is in effect: nobody goes back to that. */
function atOnce(locality: Regions, inEffect: WrittenShares | undefined): Omit<Moved, "prepared"> {
  const weights = weightsText(weightsOf(locality.targets));
  const since =
    inEffect?.since === undefined || weights === weightsText(inEffect.weights)
      ? inEffect?.since
      : inEffect.since + 1_000;
  return {
    locality,
    shares: { weights, since, towards: undefined },
    againAt: undefined,
  };
}

interface Moving {
  readonly host: HostIntent;
  readonly shift: Shift | "unreadable";
  readonly key: MeshKey;
  readonly fleet: Fleet;
  readonly written: ReadonlyMap<string, WrittenShares>;
  readonly inEffect: WrittenShares;
  readonly wanted: Weights;
  /** Of the regions that it leads from and to. */
  readonly names: readonly string[];
}

interface Progress {
  readonly weights: Weights;
  readonly since: number | undefined;
  readonly againAt: number | undefined;
  readonly waits: string | undefined;
}

function progressOf(moving: Moving): Progress | "done" {
  const { host, shift, fleet, written, inEffect, wanted } = moving;
  const isThere = weightsText(inEffect.weights) === weightsText(wanted);
  // What a cluster that cannot be written has been told is nobody's matter but its own, until it is back.
  const isNoted = writableClusters(host, fleet).some((cluster) => written.get(cluster)?.towards !== undefined);
  const stay = (waits: string | undefined, againAt?: number): Progress => ({ ...inEffect, againAt, waits });
  if (isThere) {
    const late = isNoted ? lateCluster(moving, false) : undefined;
    return late === undefined ? "done" : stay(late);
  }
  if (shift === "unreadable") return stay("the annotation fairlead.dev/shift is not such as 10%/5m");
  if (!isNoted) return stay(undefined);
  const next = stepTowards(inEffect.weights, wanted, shift.percent);
  const waits = lateCluster(moving, true) ?? unprepared(moving) ?? unfit(moving, next);
  if (waits !== undefined) return stay(waits);

  const now = Math.floor(fleet.time! / 1_000) * 1_000;
  const { since } = inEffect;
  if (since !== undefined && now - since < shift.everyMs) return stay(undefined, since + shift.everyMs);
  return { weights: next, since: now, againAt: now + shift.everyMs, waits };
}

/** Why not every cluster that can be written has what is in effect, and, `andNoted`, knows where to. */
function lateCluster({ host, key, fleet, written, inEffect, wanted }: Moving, andNoted: boolean): string | undefined {
  const weights = weightsText(inEffect.weights);
  const towards = weightsText(wanted);
  const route = nameFor(host.host, "-vs");
  const writable = writableClusters(host, fleet);
  if (writable.length === 0) return "no cluster can be written";
  const late = writable.find((cluster) => {
    const own = written.get(cluster);
    if (own === undefined || weightsText(own.weights) !== weights) return true;
    if (andNoted && own.towards !== towards) return true;
    // The VirtualService is what makes it so, unless somebody else's does, or none is needed.
    const rule = fleet
      .written(key)
      .find((fact) => fact.cluster === cluster && fact.kind === "VirtualService" && fact.name === route);
    const noted = rule === undefined ? undefined : annotationOf(rule, sharesAnnotation);
    if (noted !== undefined) return noted !== weights;
    return inEffect.weights.size > 1 && isRoutedByUs(host, cluster, fleet);
  });
  return late === undefined ? undefined : `cluster ${late} does not have the last step yet`;
}

function isRoutedByUs({ host }: HostIntent, cluster: string, { settings, routing }: Fleet): boolean {
  if (settings.output === "ambient" || settings.routing.inCluster !== undefined) return false;
  return !routing(host).some((fact) => fact.cluster === cluster && fact.kind === "VirtualService");
}

/** Clusters that have the host and can be written now. */
function writableClusters(host: HostIntent, fleet: Fleet): readonly string[] {
  return host.audience
    .map(({ cluster }) => cluster)
    .filter((cluster) => fleet.cluster(cluster)?.view === "current" && isReachable(host, cluster));
}

/** Whether names of regions are missing where callers, or the gateways of the regions, need them. */
function unprepared({ host, key, fleet, names }: Moving): string | undefined {
  const known = new Set(
    fleet.written(key).flatMap(({ cluster, kind, name }) => (kind === "ServiceEntry" ? [`${cluster}/${name}`] : [])),
  );
  const sources = host.backends.filter(({ external }) => !external).map(({ cluster }) => cluster);
  for (const cluster of new Set([...writableClusters(host, fleet), ...sources])) {
    const missing = names.find((name) => !known.has(`${cluster}/${nameFor(name, "-se")}`));
    if (missing !== undefined) return `cluster ${cluster} does not know ${missing} yet`;
  }
  return undefined;
}

/** Why a region cannot take more than it has. */
function unfit({ host, fleet, inEffect }: Moving, next: Weights): string | undefined {
  for (const [region, weight] of next) {
    if (weight <= (inEffect.weights.get(region) ?? 0)) continue;
    const backends = host.backends.filter((backend) => backend.region === region);
    if (backends.length === 0) return `nothing runs in region ${region}`;
    for (const { cluster, retained, remote, external } of backends) {
      const view = fleet.cluster(cluster)?.view ?? "unread";
      if (!external && (retained || view !== "current")) return `cluster ${cluster} of region ${region} is ${view}`;
      if (remote === undefined) return `cluster ${cluster} of region ${region} cannot be reached from others`;
    }
  }
  return undefined;
}

/** The targets of the policy in their order with other weights; regions that it does not name any more come last. */
function withWeights({ targets }: Regions, weights: Weights): Regions {
  const named = new Set(targets.map(({ region }) => region));
  const others = [...weights.keys()].filter((region) => !named.has(region)).sort(compareText);
  const regions = [...targets.map(({ region }) => region), ...others];
  return { kind: "regions", targets: regions.map((region) => ({ region, weight: weights.get(region) ?? 0 })) };
}
