import { compareText, get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { timeOf } from "../../../shared/time.ts";
import { rfc3339 } from "../../../shared/utc.ts";
import type { WrittenFact } from "../../model/facts.ts";
import type { Fleet, MeshKey } from "../../model/fleet.ts";
import type { SharesIntent } from "../../model/intent.ts";
import { parseWeights, weightsText, type Weights } from "./weights.ts";

/** What share each region has: on the ServiceEntry of a host, and on the VirtualService that makes it so. */
export const sharesAnnotation = "fairlead.dev/shares";
/** Since when: the time of the last step. */
export const sinceAnnotation = "fairlead.dev/shares-since";
/** The shares that are being moved to; absent unless a shift is under way. */
export const towardsAnnotation = "fairlead.dev/shares-to";

/** What is written of a host in one cluster. */
export interface WrittenShares {
  readonly weights: Weights;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  /** As text. */
  readonly towards: string | undefined;
}

/** Annotations of the ServiceEntry that remember what is in effect. */
export function sharesAnnotations(shares: SharesIntent | undefined): { readonly [annotation: string]: string } {
  if (shares === undefined) return {};
  const { weights, since, towards } = shares;
  return {
    [sharesAnnotation]: weights,
    ...(since === undefined ? {} : { [sinceAnnotation]: rfc3339(since) }),
    ...(towards === undefined ? {} : { [towardsAnnotation]: towards }),
  };
}

/** What is written of a key and says shares: few objects, or none. Only those in the namespace of the mesh count. */
export function notedObjects(key: MeshKey, fleet: Fleet): readonly WrittenFact[] {
  const { syncNamespace } = fleet.settings.scope;
  return fleet
    .written(key)
    .filter((fact) => fact.namespace === syncNamespace && annotationOf(fact, sharesAnnotation) !== undefined);
}

/** What the ServiceEntries of a host say, by cluster; `noted` are objects of its key that say shares. */
export function writtenShares(host: string, noted: readonly WrittenFact[]): ReadonlyMap<string, WrittenShares> {
  const found = new Map<string, WrittenShares>();
  const name = host.toLowerCase();
  for (const fact of noted) {
    if (fact.kind !== "ServiceEntry") continue;
    const hosts = get(get(fact.object, "spec"), "hosts");
    if (!Array.isArray(hosts) || textOf(hosts[0]).toLowerCase() !== name) continue;
    const weights = parseWeights(annotationOf(fact, sharesAnnotation));
    if (weights === undefined) continue;
    found.set(fact.cluster, {
      weights,
      since: timeOf(annotationOf(fact, sinceAnnotation) ?? ""),
      towards: annotationOf(fact, towardsAnnotation),
    });
  }
  return found;
}

/**
 * What is in effect: what was written last, wherever. The others follow, in one write. Without a time, what most clusters
 * have; the first in alphabetical order of equals.
 */
export function sharesInEffect(written: ReadonlyMap<string, WrittenShares>): WrittenShares | undefined {
  const counts = new Map<string, number>();
  for (const { weights } of written.values()) {
    const text = weightsText(weights);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const countOf = ({ weights }: WrittenShares): number => counts.get(weightsText(weights)) ?? 0;
  return [...written.values()].sort(
    (a, b) =>
      (b.since ?? 0) - (a.since ?? 0) ||
      countOf(b) - countOf(a) ||
      compareText(weightsText(a.weights), weightsText(b.weights)),
  )[0];
}

/** Whether an object says that a shift is under way: what is planned for its key depends on the time. */
export function isShifting({ kind, object }: Pick<WrittenFact, "kind" | "object">): boolean {
  return kind === "ServiceEntry" && annotationOf({ object }, towardsAnnotation) !== undefined;
}

export function annotationOf({ object }: { readonly object: JsonObject }, annotation: string): string | undefined {
  const value = get(get(get(object, "metadata"), "annotations"), annotation);
  return typeof value === "string" ? value : undefined;
}
