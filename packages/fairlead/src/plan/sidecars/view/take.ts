import {
  equal,
  labelSelector,
  matchesSelector,
  persistentDelete,
  persistentEntries,
  persistentGet,
  persistentSet,
} from "@fairlead/apimachinery";
import type { BudgetFact, ControlPlaneFact, NodeFact, PodFact, SidecarFact } from "../model/facts.ts";
import { fileOfPod, localName, topOfMaker, topOfPod } from "./chain.ts";
import { changeCluster, changeNamespace, clusterIn, filed, listed, namespaceIn, type Draft } from "./draft.ts";
import type { Maker } from "./state.ts";

/** Takes a fact in, or out, and notes whose decision may be another. A fact that says nothing new changes nothing. */
export function take(draft: Draft, fact: SidecarFact, isThere: boolean): void {
  const { cluster, namespace, name } = fact;
  switch (fact.fact) {
    case "pod":
      return takePod(draft, fact, isThere);
    case "workload":
    case "owner":
      return takeMaker(draft, fact, isThere);
    case "namespace": {
      const before = namespaceIn(draft, cluster, name).fact;
      const after = isThere ? fact : undefined;
      if (equal(before, after)) return;
      changeNamespace(draft, cluster, name, { fact: after });
      draft.namespaces.add(`${cluster}/${name}`);
      return;
    }
    case "budget":
      return takeBudget(draft, fact, isThere);
    case "proxy-config": {
      const { proxyConfigs } = namespaceIn(draft, cluster, namespace);
      const after = replaced(proxyConfigs, ({ name: one }) => one, name, isThere ? fact : undefined);
      if (after === proxyConfigs) return;
      changeNamespace(draft, cluster, namespace, { proxyConfigs: after });
      // It may be the root namespace's, which holds for all.
      draft.whole.add(cluster);
      return;
    }
    case "node":
      return takeNode(draft, fact, isThere);
    case "hooks": {
      const { hooks } = clusterIn(draft, cluster);
      // Who wrote what last is of no account here: certificates are renewed now and then.
      const after = replaced(hooks, ({ name: one }) => one, name, isThere ? fact : undefined);
      if (after === hooks) return;
      changeCluster(draft, cluster, { hooks: after });
      draft.whole.add(cluster);
      return;
    }
    case "config": {
      const { configs } = clusterIn(draft, cluster);
      const after = replaced(configs, placeKey, placeKey(fact), isThere ? fact : undefined);
      if (after === configs) return;
      changeCluster(draft, cluster, { configs: after });
      draft.whole.add(cluster);
      return;
    }
    case "control-plane": {
      const { controlPlanes } = clusterIn(draft, cluster);
      const after = replaced(controlPlanes, placeKey, placeKey(fact), isThere ? fact : undefined);
      if (after === controlPlanes) return;
      changeCluster(draft, cluster, { controlPlanes: after });
      const before = controlPlanes.find((one) => placeKey(one) === placeKey(fact));
      // How far it has rolled out is told by the answers.
      if (!isThere || before === undefined || !equal(inputOf(before), inputOf(fact))) draft.whole.add(cluster);
    }
  }
}

const placeKey = (fact: { readonly namespace: string; readonly name: string }): string =>
  `${fact.namespace}/${fact.name}`;

function inputOf({ revision, labels, hash }: ControlPlaneFact) {
  return { revision, labels, hash };
}

/** The same list if nothing is new. */
function replaced<V extends object>(
  list: readonly V[],
  keyOf: (item: V) => string,
  key: string,
  value: V | undefined,
): readonly V[] {
  const before = list.find((item) => keyOf(item) === key);
  return equal(before, value) ? list : listed(list, keyOf, key, value);
}

function takePod(draft: Draft, fact: PodFact, isThere: boolean): void {
  const { cluster, namespace, name } = fact;
  const state = namespaceIn(draft, cluster, namespace);
  const before = persistentGet(state.pods, name);
  const after = isThere ? fact : undefined;
  if (before === after || equal(before, after)) return;
  let { pods, files } = state;
  const touch = (pod: PodFact): void => void draft.keys.add(`${cluster}/${namespace}/${topOfPod(state, pod).name}`);
  if (before !== undefined) {
    touch(before);
    if (after === undefined || fileOfPod(after) !== fileOfPod(before)) {
      files = filed(files, fileOfPod(before), name, undefined);
    }
  }
  if (after !== undefined) {
    touch(after);
    files = filed(files, fileOfPod(after), name, after);
  }
  pods = after === undefined ? persistentDelete(pods, name) : persistentSet(pods, name, after);
  changeNamespace(draft, cluster, namespace, { pods, files });
}

function takeMaker(draft: Draft, fact: Maker, isThere: boolean): void {
  const { cluster, namespace } = fact;
  const state = namespaceIn(draft, cluster, namespace);
  const name = localName(fact);
  const before = persistentGet(state.makers, name);
  const after = isThere ? fact : undefined;
  if (before === after || equal(before, after)) return;
  const touch = (key: string): void => void draft.keys.add(`${cluster}/${namespace}/${key}`);
  touch(name);
  if (before !== undefined) touch(topOfMaker(state, before).name);
  let { made, borrowers } = state;
  const makers = after === undefined ? persistentDelete(state.makers, name) : persistentSet(state.makers, name, after);
  if (before?.controller !== undefined) made = filed(made, localName(before.controller), name, undefined);
  if (after?.controller !== undefined) made = filed(made, localName(after.controller), name, after);
  const [lent, borrowed] = [lenderOf(before), lenderOf(after)];
  if (lent !== undefined) {
    const rest = (persistentGet(borrowers, lent) ?? []).filter((one) => one !== name);
    borrowers = rest.length === 0 ? persistentDelete(borrowers, lent) : persistentSet(borrowers, lent, rest);
  }
  if (borrowed !== undefined) {
    const list = persistentGet(borrowers, borrowed) ?? [];
    borrowers = persistentSet(borrowers, borrowed, [...list, name].sort());
  }
  changeNamespace(draft, cluster, namespace, { makers, made, borrowers });
  for (const borrower of persistentGet(borrowers, name) ?? []) touch(borrower);
  if (after !== undefined) touch(topOfMaker(namespaceIn(draft, cluster, namespace), after).name);
}

function lenderOf(maker: Maker | undefined): string | undefined {
  return maker?.fact === "workload" && maker.templateOf !== undefined
    ? `Deployment.apps/${maker.templateOf}`
    : undefined;
}

function takeBudget(draft: Draft, fact: BudgetFact, isThere: boolean): void {
  const { cluster, namespace, name } = fact;
  const state = namespaceIn(draft, cluster, namespace);
  const before = state.budgets.find((one) => one.name === name);
  const after = isThere ? fact : undefined;
  const budgets = replaced(state.budgets, ({ name: one }) => one, name, after);
  if (budgets === state.budgets) return;
  changeNamespace(draft, cluster, namespace, { budgets });
  if (holds(before) === holds(after) && equal(before?.selector, after?.selector)) return;
  const selectors = [before, after]
    .map((one) => labelSelector(one?.selector))
    .filter((selector) => selector !== undefined);
  for (const [, pods] of persistentEntries(state.files)) {
    for (const [, pod] of persistentEntries(pods)) {
      if (!selectors.some((selector) => matchesSelector(selector, pod.labels))) continue;
      draft.keys.add(`${cluster}/${namespace}/${topOfPod(state, pod).name}`);
      break;
    }
  }
}

/** Whether a budget lets no pod go now, or does not know. */
export function holds(budget: BudgetFact | undefined): boolean {
  return budget !== undefined && (budget.disruptionsAllowed === 0 || !budget.current);
}

function takeNode(draft: Draft, fact: NodeFact, isThere: boolean): void {
  const { cluster, name } = fact;
  const { nodes } = clusterIn(draft, cluster);
  const before = persistentGet(nodes, name);
  const after = isThere ? fact : undefined;
  if (equal(before, after)) return;
  changeCluster(draft, cluster, {
    nodes: after === undefined ? persistentDelete(nodes, name) : persistentSet(nodes, name, after),
  });
  if (before?.zone === after?.zone) return;
  const names = draft.nodes.get(cluster);
  if (names === undefined) draft.nodes.set(cluster, new Set([name]));
  else names.add(name);
}
