import { compareText, type JsonObject } from "@fairlead/apimachinery";
import { groupOf, type KrmObject } from "@fairlead/krm";
import { resourceOf } from "./resource-of.ts";

const rbac = "rbac.authorization.k8s.io";
export const readVerbs: readonly string[] = ["get", "list", "watch"];
/** Of what is only followed. */
export const watchVerbs: readonly string[] = ["list", "watch"];

/** A rule of a Role or a ClusterRole. */
export interface Rule extends JsonObject {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  /** Absent: all names. */
  resourceNames?: string[];
}

/** A ServiceAccount, and the labels of everything that is made for it. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
  readonly labels: { readonly [key: string]: string };
}

export function ruleOf(group: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [group], resources: unique(resources), verbs: unique(verbs) };
}

/** Rights to read kinds, one rule for each group. */
export function readRules(
  kinds: readonly { readonly apiVersion: string; readonly kind: string }[],
  verbs: readonly string[] = readVerbs,
): Rule[] {
  const byGroup = new Map<string, string[]>();
  for (const { apiVersion, kind } of kinds) {
    const of = groupOf(apiVersion);
    byGroup.set(of, [...(byGroup.get(of) ?? []), resourceOf(kind)]);
  }
  return [...byGroup].sort(([a], [b]) => compareText(a, b)).map(([of, resources]) => ruleOf(of, resources, verbs));
}

/**
 * Rights to wait for kinds that a cluster need not serve, by watching the definition of each: a list or a watch of one
 * name is allowed by that name. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export function definitionRules(
  kinds: readonly { readonly apiVersion: string; readonly kind: string; readonly optional: boolean }[],
): Rule[] {
  const names = kinds
    .filter(({ optional }) => optional)
    .map(({ apiVersion, kind }) => `${resourceOf(kind)}.${groupOf(apiVersion)}`);
  if (names.length === 0) return [];
  const rule = ruleOf("apiextensions.k8s.io", ["customresourcedefinitions"], watchVerbs);
  return [{ ...rule, resourceNames: unique(names) }];
}

/** A namespace in which nothing of a mesh runs: it gets no sidecars. */
export function plainNamespace(name: string, labels: Account["labels"]): KrmObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { ...labels, "istio-injection": "disabled" } },
  };
}

export function accountObject({ name, namespace, labels }: Account): KrmObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels: { ...labels } } };
}

/** A Role and its binding; nothing where there is nothing to allow. */
export function role(name: string, namespace: string, rules: Rule[], account: Account): KrmObject[] {
  if (rules.length === 0) return [];
  return pair("Role", "RoleBinding", { name, namespace, labels: { ...account.labels } }, rules, account);
}

export function clusterRole(name: string, rules: Rule[], account: Account): KrmObject[] {
  return pair("ClusterRole", "ClusterRoleBinding", { name, labels: { ...account.labels } }, rules, account);
}

function pair(
  kind: string,
  binding: string,
  metadata: { name: string; namespace?: string; labels: { [key: string]: string } },
  rules: Rule[],
  { name, namespace }: Account,
): KrmObject[] {
  const apiVersion = `${rbac}/v1`;
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: binding,
      metadata,
      roleRef: { apiGroup: rbac, kind, name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}

export function unique(list: readonly string[]): string[] {
  return [...new Set(list)].sort(compareText);
}
