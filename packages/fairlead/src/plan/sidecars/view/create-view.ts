import {
  compareText,
  emptyPersistentMap,
  persistentEntries,
  persistentGet,
  type PersistentMap,
} from "@fairlead/apimachinery";
import type { NamespaceFact, OwnerFact, PodFact, WorkloadFact } from "../model/facts.ts";
import type { SidecarSettings } from "../model/settings.ts";
import type { ClusterView, SidecarChange, SidecarView } from "../model/view.ts";
import { linksOf, localName, podsOf, topOf, topOfMaker, topOfPod } from "./chain.ts";
import { changeCluster, clusterIn, openDraft, type Draft } from "./draft.ts";
import { partsOf, placeParts } from "../model/keys.ts";
import { emptyNamespace, type ClusterState, type NamespaceState, type ViewState } from "./state.ts";
import { take } from "./take.ts";

/** A view of which nothing is known yet. */
export function createView(settings: SidecarSettings): SidecarView {
  return viewOf(settings, new Map());
}

const unread = (name: string): ClusterView => ({ name, region: "", state: "unread" });

function viewOf(settings: SidecarSettings, state: ViewState): SidecarView {
  const inNamespace = (cluster: string, namespace: string): NamespaceState =>
    persistentGet(state.get(cluster)?.namespaces ?? none, namespace) ?? emptyNamespace;
  const clusters = [...state]
    .map(([name, { view }]) => view ?? unread(name))
    .sort((a, b) => compareText(a.name, b.name));
  return {
    settings,
    clusters,
    cluster: (name) => {
      const found = state.get(name);
      return found === undefined ? undefined : (found.view ?? unread(name));
    },
    keys: () => [...state].flatMap(([cluster, one]) => keysOf(cluster, one)).sort(compareText),
    workload(key) {
      const { cluster, namespace, local } = partsOf(key);
      const found = persistentGet(inNamespace(cluster, namespace).makers, local);
      return found?.fact === "workload" ? found : undefined;
    },
    pods(key) {
      const { cluster, namespace, local } = partsOf(key);
      return podsOf(inNamespace(cluster, namespace), local).filter(isLive);
    },
    isTop(key) {
      const { cluster, namespace, local } = partsOf(key);
      const space = inNamespace(cluster, namespace);
      const maker = persistentGet(space.makers, local);
      return maker === undefined || topOfMaker(space, maker).name === local;
    },
    makers(key): readonly (WorkloadFact | OwnerFact)[] {
      const { cluster, namespace, local } = partsOf(key);
      return linksOf(inNamespace(cluster, namespace), local);
    },
    namespace: (cluster, name): NamespaceFact | undefined => inNamespace(cluster, name).fact,
    namespaces: (cluster) =>
      [...persistentEntries(state.get(cluster)?.namespaces ?? none)]
        .flatMap(([, { fact }]) => (fact === undefined ? [] : [fact]))
        .sort((a, b) => compareText(a.name, b.name)),
    hooks: (cluster) => state.get(cluster)?.hooks ?? [],
    configs: (cluster) => state.get(cluster)?.configs ?? [],
    controlPlanes: (cluster) => state.get(cluster)?.controlPlanes ?? [],
    proxyConfigs: (cluster, namespace) => inNamespace(cluster, namespace).proxyConfigs,
    budgets: (cluster, namespace) => inNamespace(cluster, namespace).budgets,
    node: (cluster, name) => persistentGet(state.get(cluster)?.nodes ?? none, name),
    top(cluster, namespace, controller) {
      const top = topOf(inNamespace(cluster, namespace), controller);
      return top.isKnown ? `${cluster}/${namespace}/${top.name}` : undefined;
    },
    with(changes) {
      const draft = openDraft(state);
      for (const change of changes) apply(draft, change);
      return { view: viewOf(settings, draft.clusters), keys: touched(draft, state) };
    },
  };
}

const none: PersistentMap<never> = emptyPersistentMap();

function isLive({ phase, terminating }: PodFact): boolean {
  return !terminating && phase !== "Succeeded" && phase !== "Failed";
}

function apply(draft: Draft, change: SidecarChange): void {
  switch (change.kind) {
    case "set":
      return take(draft, change.fact, true);
    case "removed":
      return take(draft, change.fact, false);
    case "cluster": {
      const { name, region, state } = change.cluster;
      const before = clusterIn(draft, name).view;
      if (before !== undefined && before.region === region && before.state === state) return;
      changeCluster(draft, name, { view: change.cluster });
      draft.whole.add(name);
      return;
    }
    case "cluster-removed":
      draft.clusters.delete(change.name);
      draft.whole.add(change.name);
  }
}

/** Every key that a change may have to do with, sorted; those that are gone as well. */
function touched(draft: Draft, before: ViewState): readonly string[] {
  const keys = new Set(draft.keys);
  for (const state of [before, draft.clusters]) {
    for (const cluster of draft.whole) addAll(keys, keysOf(cluster, state.get(cluster)));
    for (const place of draft.namespaces) {
      const { cluster, namespace } = placeParts(place);
      const found = persistentGet(state.get(cluster)?.namespaces ?? none, namespace) as NamespaceState | undefined;
      if (found !== undefined) addAll(keys, keysIn(cluster, namespace, found));
    }
  }
  for (const [name, nodes] of draft.nodes) {
    for (const [namespace, state] of persistentEntries(clusterIn(draft, name).namespaces)) {
      for (const [, pod] of persistentEntries(state.pods)) {
        if (nodes.has(pod.node)) keys.add(`${name}/${namespace}/${topOfPod(state, pod).name}`);
      }
    }
  }
  return [...keys].sort(compareText);
}

function addAll(keys: Set<string>, more: Iterable<string>): void {
  for (const key of more) keys.add(key);
}

function keysOf(cluster: string, state: ClusterState | undefined): string[] {
  if (state === undefined) return [];
  return [...persistentEntries(state.namespaces)].flatMap(([name, namespace]) => [...keysIn(cluster, name, namespace)]);
}

/** Tops of everything: makers that nothing is above of, and what pods belong to that nobody has seen. */
function keysIn(cluster: string, namespace: string, state: NamespaceState): Set<string> {
  const keys = new Set<string>();
  for (const [, maker] of persistentEntries(state.makers)) {
    const isOwn = maker.fact === "workload" && topOfMaker(state, maker).name === localName(maker);
    if (isOwn) keys.add(`${cluster}/${namespace}/${localName(maker)}`);
  }
  for (const [, pods] of persistentEntries(state.files)) {
    for (const [, pod] of persistentEntries(pods)) {
      keys.add(`${cluster}/${namespace}/${topOfPod(state, pod).name}`);
      break;
    }
  }
  return keys;
}
