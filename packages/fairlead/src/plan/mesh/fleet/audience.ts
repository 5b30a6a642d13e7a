import { persistentEntries, persistentGet, type PersistentMap } from "@fairlead/apimachinery";
import type { DependencyFact } from "../model/facts.ts";
import type { Audience } from "../model/fleet.ts";
import type { ScopeSettings } from "../model/settings.ts";
import { sortedUnique } from "./order.ts";
import type { IdentityState } from "./state.ts";

/** How to find an identity: in a snapshot, or in one that is being made. */
export type Find = (identity: string) => IdentityState | undefined;

const everybody: Audience = { kind: "everybody" };

/**
 * Whom Dependencies let call an identity. Those that name it decide, together with sources that may call everything
 * (`source: a, destinations: ["*"]`). If none names it, a Dependency of everybody on everything (`*` to `*`) lets
 * everybody in, and `withoutDependency` says the rest. An identity is mentioned where it is a destination: what it calls
 * itself does not say who calls it.
 */
export function clientsOf(find: Find, identity: string, scope: ScopeSettings): Audience {
  const named = sourcesOf(find(identity)?.callers);
  const wild = scope.wildcards && identity !== "*" ? sourcesOf(find("*")?.callers) : [];
  const mentioned = named.length > 0;
  if (scope.wildcards && named.includes("*")) return everybody;
  if (!mentioned && (wild.includes("*") || scope.withoutDependency === "everywhere")) return everybody;
  const identities = sortedUnique([...named, ...wild]).filter(
    (source) => source !== identity && (source !== "*" || !scope.wildcards),
  );
  return { kind: "clients", identities };
}

/** The audience as a text, to see whether it is the same. */
export function audienceText(audience: Audience): string {
  return audience.kind === "everybody" ? "*" : audience.identities.join("\n");
}

/** What an identity calls, and whether that is everything. */
export function calledBy(
  find: Find,
  identity: string,
  scope: ScopeSettings,
): { names: readonly string[]; all: boolean } {
  const own = find(identity)?.dependencies ?? [];
  const shared = scope.wildcards && identity !== "*" ? (find("*")?.dependencies ?? []) : [];
  const names = sortedUnique(
    [...own, ...shared].flatMap((fact) => (fact.ignored ? [] : fact.destinations.map((name) => name.toLowerCase()))),
  );
  const all = scope.wildcards && names.includes("*");
  return { names: names.filter((name) => name !== identity && (name !== "*" || !scope.wildcards)), all };
}

/** Every identity that runs somewhere, sorted. */
export function everyIdentity(identities: PersistentMap<IdentityState>): readonly string[] {
  const known = every.get(identities);
  if (known !== undefined) return known;
  const names: string[] = [];
  for (const [name, { members }] of persistentEntries(identities)) if (members.length > 0) names.push(name);
  const sorted = sortedUnique(names);
  every.set(identities, sorted);
  return sorted;
}

const every = new WeakMap<PersistentMap<IdentityState>, readonly string[]>();

export function destinationsOf(
  identities: PersistentMap<IdentityState>,
  identity: string,
  scope: ScopeSettings,
): readonly string[] {
  const { names, all } = calledBy((name) => persistentGet(identities, name), identity, scope);
  return all ? sortedUnique([...names, ...everyIdentity(identities).filter((name) => name !== identity)]) : names;
}

/** Sources of Dependencies that count, lower case. */
function sourcesOf(callers: readonly DependencyFact[] | undefined): string[] {
  const sources: string[] = [];
  for (const fact of callers ?? []) if (!fact.ignored) sources.push(fact.source.toLowerCase());
  return sources;
}
