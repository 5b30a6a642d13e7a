import { equal, isObject, type JsonObject } from "@fairlead/apimachinery";
import { hasErrors, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { kindNames, loadKind } from "../kinds/load.ts";
import type { Declaration } from "../plan/declaration.ts";
import { ownerAnnotation } from "../plan/names.ts";
import type { Planner } from "../plan/planner.ts";
import type { World } from "../plan/world.ts";
import type { Base } from "./bases.ts";
import { decode } from "./decode.ts";
import type { DecodeResult } from "./decoded.ts";
import { createDependencies } from "./dependencies.ts";
import { chooseEnvironment, inEnvironment, type ChosenEnvironment } from "./environment.ts";
import { createFinisher, ownerOf, type Generated } from "./finish.ts";
import { linkOne, type LinkedOne } from "./link.ts";
import { loadPlanners } from "./planners.ts";
import { compareRefs } from "./world.ts";

/** The objects that are nobody's declaration, as somebody else observes them. */
export interface ObservedObjects {
  object(kind: string, namespace: string | undefined, name: string): KrmObject | undefined;
  /** In the order of their names. */
  all(kind: string, namespace: string | undefined): readonly KrmObject[];
}

export interface IncrementalOptions {
  /** The environment whose patches and settings count; else each namespace's own decides, else the shared one's. */
  readonly environment?: string | undefined;
  /** Where Environments lie that count in every namespace without one. */
  readonly sharedNamespace?: string | undefined;
  readonly observed: ObservedObjects;
}

/** One declaration, compiled. */
export interface PlannedOne {
  readonly ref: ObjectRef;
  /** What it makes, each with its owner annotation; nothing if it has errors, is abstract, or renders nothing. */
  readonly generated: readonly Generated[];
  readonly findings: readonly Finding[];
  /** Kinds of observed objects that were looked up: the result stands only if these are observed. */
  readonly asked: readonly string[];
}

/**
 * The declarations of a cluster, compiled one by one, each anew only when something changed that its result rests on.
 * A namespace is what `compile` takes as one input: declarations are linked with, and planned among, those of their own
 * namespace, and the objects that a planner looks up in it.
 */
export interface Incremental {
  /** A declaration is there, or is another one than before. */
  put(object: KrmObject): void;
  remove(ref: ObjectRef): void;
  /** An observed object has come, changed or gone. */
  touch(kind: string, namespace: string | undefined, name: string): void;
  /**
   * The declarations whose result may be another one than before, since the last call; gone ones too. What can only be
   * said of all declarations of a kind together is looked at anew first, which costs as much as there are of them:
   * without `checks` that is left for later.
   */
  takeChanged(checks?: boolean): ObjectRef[];
  /** Whether nothing has changed since that was looked at last: otherwise `plan` does so at once. */
  isChecked(ref: Pick<ObjectRef, "kind" | "namespace">): boolean;
  /** Undefined for what is not there. */
  plan(ref: Pick<ObjectRef, "kind" | "namespace" | "name">): PlannedOne | undefined;
  readonly size: number;
}

type Id = string;

/** Loads all of Fairlead's kinds and planners. */
export async function createIncremental(options: IncrementalOptions): Promise<Incremental> {
  const { observed, sharedNamespace } = options;
  const kinds = new Map(await Promise.all(kindNames.map(async (name) => [name, await loadKind(name)] as const)));
  const planners = await loadPlanners(kindNames);
  const stored = new Map<Id, DecodeResult & { readonly ref: ObjectRef; readonly source: KrmObject }>();
  const namesByScope = new Map<string, Set<string>>();
  const dirty = new Map<Id, ObjectRef>();
  const staleChecks = new Map<string, ReadonlyMap<Id, readonly Finding[]>>();
  const facts = createDependencies();
  const asked: Set<string>[] = [];
  const askedByChecks = new Map<string, ReadonlySet<string>>();

  const idOf = ({ kind, namespace, name }: Pick<ObjectRef, "kind" | "namespace" | "name">): Id =>
    `${kind}|${namespace ?? ""}|${name}`;
  const scopeOf = (kind: string, namespace: string | undefined) => `${kind}|${namespace ?? ""}`;

  const linked = facts.memo<Id, LinkedOne>((id) => declarationChanged(id));
  const plans = facts.memo<Id, PlannedOne>((id, { ref }) => void dirty.set(id, ref));
  const checks = facts.memo<string, ReadonlyMap<Id, readonly Finding[]>>((scope, before) => {
    if (!staleChecks.has(scope)) staleChecks.set(scope, before);
  });

  function declarationChanged(id: Id): void {
    const [kind = "", namespace = ""] = id.split("|");
    facts.changed(`declared|${id}`);
    facts.changed(`alldeclared|${scopeOf(kind, namespace)}`);
  }

  function writtenChanged(ref: ObjectRef): void {
    const id = idOf(ref);
    dirty.set(id, ref);
    plans.forget(id);
    linked.forget(id);
    facts.changed(`written|${id}`);
    facts.changed(`names|${scopeOf(ref.kind, ref.namespace)}`);
    declarationChanged(id);
  }

  function environmentOf(namespace: string | undefined): ChosenEnvironment {
    const here = environmentsIn(namespace);
    const all = here.length > 0 || sharedNamespace === undefined ? here : environmentsIn(sharedNamespace);
    return chooseEnvironment(all, options.environment);
  }

  function environmentsIn(namespace: string | undefined) {
    return namesIn("Environment", namespace).flatMap((name) => {
      const id = idOf({ kind: "Environment", ...(namespace !== undefined && { namespace }), name });
      facts.read(`written|${id}`);
      const decoded = stored.get(id)?.decoded;
      return decoded?.kind === "declaration" ? [decoded.written] : [];
    });
  }

  function namesIn(kind: string, namespace: string | undefined): string[] {
    facts.read(`names|${scopeOf(kind, namespace)}`);
    return [...(namesByScope.get(scopeOf(kind, namespace)) ?? [])].sort();
  }

  function linkOf(id: Id): LinkedOne | undefined {
    facts.read(`declared|${id}`);
    const found = stored.get(id);
    if (found === undefined) return undefined;
    return linked.get(id, () => {
      facts.read(`written|${id}`);
      if (found.decoded.kind !== "declaration") return { broken: true, findings: [] };
      const { written } = found.decoded;
      const environment = environmentOf(written.ref.namespace).name;
      const lookup = (kind: string) => (namespace: string | undefined, name: string) => {
        const base = idOf({ kind, ...(namespace !== undefined && { namespace }), name });
        facts.read(`written|${base}`);
        return baseOf(stored.get(base), environment);
      };
      const names = (kind: string) => () => namesIn(kind, written.ref.namespace);
      return linkOne(written, inEnvironment(written, environment), { lookup, names }, false);
    });
  }

  function worldOf(namespace: string | undefined): World {
    const id = (kind: string, name: string) => idOf({ kind, ...(namespace !== undefined && { namespace }), name });
    const environment = environmentOf(namespace);
    const ask = (kind: string) => void asked.at(-1)?.add(kind);
    const world = {
      environment: { name: environment.name, settings: environment.settings },
      declared: (kind: string, where: string | undefined, name: string): Declaration | undefined =>
        where === namespace ? linkOf(id(kind, name))?.declaration : undefined,
      broken: (kind: string, where: string | undefined, name: string): boolean =>
        where === namespace && linkOf(id(kind, name))?.broken === true,
      allDeclared: (kind: string): readonly Declaration[] => {
        facts.read(`alldeclared|${scopeOf(kind, namespace)}`);
        return namesIn(kind, namespace).flatMap((name) => linkOf(id(kind, name))?.declaration ?? []);
      },
      object: (kind: string, where: string | undefined, name: string): KrmObject | undefined => {
        ask(kind);
        facts.read(`object|${kind}|${where ?? ""}|${name}`);
        const found = observed.object(kind, where, name);
        return found === undefined || isMade(found) ? undefined : found;
      },
      allObjects: (kind: string): readonly KrmObject[] => {
        ask(kind);
        facts.read(`allobjects|${scopeOf(kind, namespace)}`);
        return observed.all(kind, namespace).filter((object) => !isMade(object));
      },
    };
    return world as World;
  }

  /** A planner that saw what an earlier run made would take it for the user's. */
  function isMade({ metadata }: KrmObject): boolean {
    const owner = metadata.annotations?.[ownerAnnotation];
    if (owner === undefined) return false;
    const id = owner.split("/").join("|");
    facts.read(`written|${id}`);
    return stored.has(id);
  }

  function checksOf(kind: string, namespace: string | undefined): ReadonlyMap<Id, readonly Finding[]> {
    const scope = scopeOf(kind, namespace);
    staleChecks.delete(scope);
    return checks.get(scope, () => {
      const byObject = new Map<Id, Finding[]>();
      const kindsAsked = new Set<string>();
      asked.push(kindsAsked);
      const found = planners.get(kind)?.check?.(worldOf(namespace)) ?? [];
      asked.pop();
      askedByChecks.set(scope, kindsAsked);
      for (const finding of found) {
        if (finding.object === undefined) continue;
        const id = idOf(finding.object);
        byObject.set(id, [...(byObject.get(id) ?? []), finding]);
      }
      return byObject;
    });
  }

  function planOne(id: Id, ref: ObjectRef): PlannedOne {
    const found = stored.get(id)!;
    const findings: Finding[] = [...found.findings];
    const kindsAsked = new Set<string>();
    asked.push(kindsAsked);
    try {
      const link = linkOf(id);
      findings.push(...(link?.findings ?? []));
      if (ref.kind === "Environment") {
        const chosen = environmentOf(ref.namespace).findings;
        findings.push(...chosen.filter(({ object }) => object !== undefined && idOf(object) === id));
      }
      const planner = planners.get(ref.kind) as Planner<unknown> | undefined;
      const generated: Generated[] = [];
      if (link?.declaration !== undefined && planner !== undefined) {
        const plan = planner.plan(link.declaration, worldOf(ref.namespace));
        const finisher = createFinisher([]);
        generated.push(...finisher.add(plan, link.declaration));
        findings.push(...plan.findings, ...finisher.findings);
      }
      return { ref, generated: hasErrors(findings) ? [] : generated, findings, asked: [...kindsAsked].sort() };
    } finally {
      asked.pop();
    }
  }

  return {
    put(object) {
      const source = declared(object);
      const ref = refOf(source);
      const id = idOf(ref);
      if (equal(stored.get(id)?.source, source)) return;
      const origin = { file: ownerOf(ref), locator: () => () => ({ file: ownerOf(ref) }) };
      stored.set(id, { ...decode({ value: source, source: origin }, kinds, false), ref, source });
      const scope = scopeOf(ref.kind, ref.namespace);
      const names = namesByScope.get(scope);
      if (names === undefined) namesByScope.set(scope, new Set([ref.name]));
      else names.add(ref.name);
      writtenChanged(ref);
    },
    remove(ref) {
      if (!stored.delete(idOf(ref))) return;
      const scope = scopeOf(ref.kind, ref.namespace);
      namesByScope.get(scope)?.delete(ref.name);
      if (namesByScope.get(scope)?.size === 0) namesByScope.delete(scope);
      writtenChanged(ref);
    },
    touch(kind, namespace, name) {
      facts.changed(`object|${kind}|${namespace ?? ""}|${name}`);
      facts.changed(`allobjects|${scopeOf(kind, namespace)}`);
    },
    isChecked: ({ kind, namespace }) =>
      planners.get(kind)?.check === undefined || checks.peek(scopeOf(kind, namespace)) !== undefined,
    takeChanged(look = true) {
      for (const [scope, before] of look ? staleChecks : []) {
        const [kind = "", namespace = ""] = scope.split("|");
        const now = checksOf(kind, namespace === "" ? undefined : namespace);
        for (const id of new Set([...before.keys(), ...now.keys()])) {
          const found = stored.get(id);
          if (found === undefined || equal(before.get(id), now.get(id))) continue;
          dirty.set(id, found.ref);
        }
      }
      const changed = [...dirty.values()].sort(compareRefs);
      dirty.clear();
      return changed;
    },
    plan(ref) {
      const id = idOf(ref);
      const found = stored.get(id);
      if (found === undefined) return undefined;
      const plan = plans.get(id, () => planOne(id, found.ref));
      if (planners.get(ref.kind)?.check === undefined) return plan;
      const more = checksOf(ref.kind, ref.namespace).get(id) ?? [];
      return {
        ...plan,
        generated: hasErrors(more) ? [] : plan.generated,
        findings: [...plan.findings, ...more],
        asked: [...new Set([...plan.asked, ...(askedByChecks.get(scopeOf(ref.kind, ref.namespace)) ?? [])])],
      };
    },
    get size() {
      return stored.size;
    },
  };
}

function baseOf(found: DecodeResult | undefined, environment: string | undefined): Base | "broken" | undefined {
  if (found === undefined) return undefined;
  if (found.decoded.kind !== "declaration") return "broken";
  const { written } = found.decoded;
  return { ref: written.ref, spec: inEnvironment(written, environment) };
}

/**
 * Labels and annotations by which other tools keep track of the declaration itself. On what it makes they would claim
 * that object for the tool, which would remove it as superfluous.
 */
const trackers = [
  "applyset.kubernetes.io/",
  "argocd.argoproj.io/",
  "helm.sh/",
  "helm.toolkit.fluxcd.io/",
  "kubectl.kubernetes.io/",
  "kustomize.toolkit.fluxcd.io/",
  "meta.helm.sh/",
];

/** What a user declared: without status, without what the server and other tools added. */
function declared(object: KrmObject): KrmObject {
  const { apiVersion, kind, metadata, spec } = object;
  const kept: JsonObject = { name: metadata.name ?? "" };
  if (metadata.namespace !== undefined) kept["namespace"] = metadata.namespace;
  for (const map of ["labels", "annotations"] as const) {
    const written = metadata[map];
    if (!isObject(written)) continue;
    const own = Object.entries(written).filter(([key]) => !trackers.some((prefix) => key.startsWith(prefix)));
    if (own.length > 0) kept[map] = Object.fromEntries(own);
  }
  return { apiVersion, kind, metadata: kept, ...(spec !== undefined && { spec }) } as KrmObject;
}
