import { persistentEntries, persistentGet, type PersistentMap } from "@fairlead/apimachinery";
import type { DependencyFact } from "../model/facts.ts";
import type { Audience } from "../model/fleet.ts";
import type { ScopeSettings } from "../model/settings.ts";
import { sortedUnique } from "./order.ts";
import type { IdentityState, Member } from "./state.ts";

/** How to find an identity: in a snapshot, or in one that is being made. */
export type Find = (identity: string) => IdentityState | undefined;

const everybody: Audience = { kind: "everybody" };

/**
 * Whom Dependencies let call an identity. Those that name it decide, together with sources that may call everything
 * (`source: a, destinations: ["*"]`). If none names it, a Dependency of everybody on everything (`*` to `*`) lets
 * everybody in, and `withoutDependency` says the rest. An identity is mentioned where it is a destination: what it calls
 * itself does not say who calls it. `called`: the names that count, where only some partitions of it are meant.
 */
export function clientsOf(
  find: Find,
  identity: string,
  scope: ScopeSettings,
  called: readonly string[] = callNames(find, identity),
): Audience {
  const named = called.flatMap((name) => sourcesOf(find(name)?.callers));
  const wild = scope.wildcards && identity !== "*" ? sourcesOf(find("*")?.callers) : [];
  const mentioned = named.length > 0;
  if (scope.wildcards && named.includes("*")) return everybody;
  if (!mentioned && (wild.includes("*") || scope.withoutDependency === "everywhere")) return everybody;
  const identities = sortedUnique([...named, ...wild]).filter(
    (source) => !called.includes(source) && (source !== "*" || !scope.wildcards),
  );
  return { kind: "clients", identities };
}

/** What Dependencies call an identity: its own name, or those of its partitions. */
export function callNames(find: Find, identity: string): readonly string[] {
  const members = find(identity)?.members ?? [];
  return members.every(({ called }) => called === identity)
    ? [identity]
    : sortedUnique(members.map(({ called }) => called));
}

/** The identities that are planned for a name of a Dependency: itself, or what it is a partition of. */
export function planned(find: Find, name: string): readonly string[] {
  const state = find(name);
  if (state === undefined || state.partition.length === 0) return [name];
  const whole = state.partition.map(({ identity }) => identity);
  return sortedUnique(state.members.length > 0 ? [name, ...whole] : whole);
}

/** The workloads that call others by this name. */
export function membersCalled(find: Find, name: string): readonly Member[] {
  const state = find(name);
  if (state === undefined) return [];
  const own = state.members.filter(({ called }) => called === name);
  return state.partition.length === 0 ? own : [...own, ...state.partition];
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
  const called = callNames(find, identity);
  const own = called.flatMap((name) => find(name)?.dependencies ?? []);
  const shared = scope.wildcards && identity !== "*" ? (find("*")?.dependencies ?? []) : [];
  const names = sortedUnique(
    [...own, ...shared].flatMap((fact) =>
      fact.ignored ? [] : fact.destinations.flatMap((name) => planned(find, name.toLowerCase())),
    ),
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
