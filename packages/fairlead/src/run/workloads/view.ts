import { get } from "@fairlead/apimachinery";
import { groupOf, refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import {
  apiVersionOf,
  applySetId,
  partOfLabel,
  servedKinds,
  type Change,
  type Informer,
  type Resource,
} from "@fairlead/kube";
import { ownerOf } from "../../compile/finish.ts";
import { createIncremental, type PlannedOne } from "../../compile/incremental.ts";
import type { Cluster } from "../controller.ts";
import { declaredKinds, groupKindOfLookup } from "./kinds.ts";

export interface ViewOptions {
  readonly environment?: string | undefined;
  readonly sharedNamespace?: string | undefined;
}

type Kind = Pick<ObjectRef, "apiVersion" | "kind">;

/** What the workloads controller sees of a cluster: declarations, what they look up, and what they have made. */
export interface View {
  declaration(key: string): KrmObject | undefined;
  /** Undefined when it cannot be told at once; the key is looked at again when it can. */
  plan(declaration: KrmObject): PlannedOne | undefined;
  /**
   * Sees to it that these kinds are observed, those that planners look up and those of objects that are made. Returns
   * what is not in yet; the key is looked at again when it is.
   */
  waitsFor(key: string, lookedUp: readonly string[], made: readonly Kind[]): readonly string[];
  /** The members of a declaration's apply set, of all kinds that are observed. */
  members(declaration: KrmObject): readonly KrmObject[];
  resourceOf(kind: string): Resource | undefined;
}

interface Observed {
  readonly label: string;
  informer?: Informer;
  /** It is in, or the cluster does not serve it. */
  settled: boolean;
  readonly waiting: Set<string>;
}

/** How long a kind that the cluster does not serve is taken not to be there. */
export const notServedMs = 60_000;

const notReadMs = 5_000;

const shortestPauseMs = 10;
const longestPauseMs = 1_000;

const byNamespace = (object: KrmObject) => [object.metadata.namespace ?? ""];
const bySet = (object: KrmObject) => [object.metadata.labels?.[partOfLabel] ?? ""];

/** Planners read neither. */
function withoutStatus(object: KrmObject): KrmObject {
  delete object["status"];
  delete object.metadata["managedFields"];
  return object;
}

/** Whether an apply would change anything depends on who owns which field. */
const whole = (object: KrmObject): KrmObject => object;

/** The status is compared with what is to be written; who owns which field of a declaration matters to nobody. */
function withoutManagers(object: KrmObject): KrmObject {
  delete object.metadata["managedFields"];
  return object;
}

/** Watches Fairlead's kinds in a cluster; resolves when all declarations are in. */
export async function openView(cluster: Cluster, options: ViewOptions): Promise<View> {
  const declared = new Map<string, Informer>();
  const lookups = new Map<string, Observed>();
  const made = new Map<string, Observed>();
  const keysBySet = new Map<string, string>();

  const incremental = await createIncremental({
    ...options,
    observed: {
      object: (kind, namespace, name) =>
        lookups.get(kind)?.informer?.store.get({ name, ...(namespace !== undefined && { namespace }) }),
      all: (kind, namespace) =>
        [...(lookups.get(kind)?.informer?.store.by("namespace", namespace ?? "") ?? [])].sort((a, b) =>
          (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1,
        ),
    },
  });

  let replanning = false;
  /** Once for all changes that come together. */
  function replan(): void {
    if (replanning) return;
    replanning = true;
    queueMicrotask(() => {
      replanning = false;
      cluster.enqueue(...incremental.takeChanged(false).map(ownerOf));
      check();
    });
  }

  const unchecked = new Map<string, ObjectRef>();
  let checking = false;
  let pauseMs = shortestPauseMs;
  /** Looks at all declarations of a kind together, for all changes of a while: it costs as much as there are of them. */
  function check(): void {
    if (checking) return;
    checking = true;
    cluster.clock.after(pauseMs, () => {
      checking = false;
      const start = cluster.clock.monotonic();
      for (const ref of unchecked.values()) incremental.plan(ref);
      cluster.enqueue(...unchecked.keys(), ...incremental.takeChanged().map(ownerOf));
      unchecked.clear();
      // At most a sixth of the time goes into it.
      pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, 5 * (cluster.clock.monotonic() - start)));
    });
  }

  function setOf(object: KrmObject): string | undefined {
    const resource = declared.get(object.kind)?.scope.resource;
    return resource === undefined ? undefined : applySetId({ resource, key: keyOf(refOf(object)) });
  }

  function declarationChanged(change: Change): void {
    const object = change.kind === "deleted" ? change.previous : change.object;
    const set = setOf(object);
    if (change.kind === "deleted") {
      incremental.remove(refOf(object));
      if (set !== undefined) keysBySet.delete(set);
    } else {
      incremental.put(object);
      if (set !== undefined) keysBySet.set(set, ownerOf(refOf(object)));
    }
    replan();
  }

  await Promise.all(
    declaredKinds.map(async (kind) => {
      const informer = await cluster.watch({
        kind,
        strip: withoutManagers,
        listen: declarationChanged,
        keys: (object) => [ownerOf(refOf(object))],
      });
      if (informer === undefined) return;
      declared.set(kind.kind, informer);
      // Those that came before the resource was known.
      for (const object of informer.store.values()) keysBySet.set(setOf(object)!, ownerOf(refOf(object)));
    }),
  );

  function observe(map: Map<string, Observed>, id: string, label: string, start: () => Promise<Informer | undefined>) {
    let entry = map.get(id);
    if (entry !== undefined) return entry;
    entry = { label, settled: false, waiting: new Set() };
    map.set(id, entry);
    void settle(map, id, entry, start);
    return entry;
  }

  async function settle(
    map: Map<string, Observed>,
    id: string,
    entry: Observed,
    start: () => Promise<Informer | undefined>,
  ): Promise<void> {
    try {
      const informer = await start();
      if (informer !== undefined) entry.informer = informer;
      // Later it is asked for again.
      else cluster.clock.after(notServedMs, () => map.delete(id));
    } catch {
      // The cluster cannot be reached, or is going.
      map.delete(id);
      cluster.clock.after(notReadMs, () => cluster.enqueue(...entry.waiting));
      return;
    }
    entry.settled = true;
    replan();
    cluster.enqueue(...entry.waiting);
    entry.waiting.clear();
  }

  function observeLookup(kind: string): Observed | undefined {
    const groupKind = groupKindOfLookup(kind);
    if (groupKind === undefined) return undefined;
    const touch = (object: KrmObject) => incremental.touch(kind, object.metadata.namespace, object.metadata.name ?? "");
    return observe(lookups, kind, kind, async () => {
      const resource = (await servedKinds(cluster.client)).byGroupKind(groupKind);
      if (resource === undefined) return undefined;
      return cluster.watch({
        kind: { apiVersion: apiVersionOf(resource), kind },
        optional: true,
        indexes: { namespace: byNamespace },
        strip: withoutStatus,
        listen(change) {
          touch(change.kind === "deleted" ? change.previous : change.object);
          replan();
        },
        keys: () => [],
      });
    });
  }

  function observeMade(kind: Kind): Observed {
    return observe(made, `${groupOf(kind.apiVersion)}|${kind.kind}`, kind.kind, () =>
      cluster.watch({
        kind,
        optional: true,
        // Whatever is a member of some apply set: who applies it compares all of it, its field managers too.
        labelSelector: partOfLabel,
        indexes: { set: bySet },
        strip: whole,
        keys(object) {
          const key = keysBySet.get(object.metadata.labels?.[partOfLabel] ?? "");
          return key === undefined ? [] : [key];
        },
      }),
    );
  }

  return {
    declaration(key) {
      const [kind = "", namespace = "", name = ""] = key.split("/");
      return declared.get(kind)?.store.get({ name, ...(namespace !== "" && { namespace }) });
    },
    plan(declaration) {
      const ref = refOf(declaration);
      if (incremental.isChecked(ref)) return incremental.plan(ref);
      unchecked.set(ownerOf(ref), ref);
      check();
      return undefined;
    },
    waitsFor(key, lookedUp, kinds) {
      const all = [...lookedUp.map(observeLookup), ...kinds.map(observeMade)];
      const open = all.filter((one) => one !== undefined && !one.settled) as Observed[];
      for (const { waiting } of open) waiting.add(key);
      return [...new Set(open.map(({ label }) => label))];
    },
    members(declaration) {
      const id = setOf(declaration);
      if (id === undefined) return [];
      return [...made.values()].flatMap(({ informer }) => informer?.store.by("set", id) ?? []);
    },
    resourceOf: (kind) => declared.get(kind)?.scope.resource,
  };
}

export function keyOf({ name, namespace }: Pick<ObjectRef, "name" | "namespace">): {
  name: string;
  namespace?: string;
} {
  return namespace === undefined ? { name } : { name, namespace };
}

/** Whether an object is on its way out. */
export function isBeingDeleted(object: KrmObject): boolean {
  return get(object.metadata, "deletionTimestamp") !== undefined;
}
