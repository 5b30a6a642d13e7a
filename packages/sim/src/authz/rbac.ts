import type { JsonObject } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import type { Attributes, Authorizer, Decision } from "./authorizer.ts";
import { type Binding, type BindingIndex, bindingOf, bindingsFor, indexBindings, subjectFor } from "./binding-index.ts";
import { goQuote } from "./go-quote.ts";
import { type PolicyRule, ruleAllows, rulesOf } from "./policy-rule.ts";
import { type RbacObjects, rbacGroup } from "./rbac-objects.ts";

/** Why the role of a binding has no rules. */
export type RoleProblem =
  | { readonly kind: "not-found"; readonly role: "Role" | "ClusterRole"; readonly name: string }
  | { readonly kind: "unknown-kind"; readonly role: string };

/** What a user may do by one binding. */
export type Grant =
  | { readonly kind: "rules"; readonly binding: Binding; readonly rules: readonly PolicyRule[] }
  | { readonly kind: "problem"; readonly binding: Binding; readonly problem: RoleProblem };

export interface Rbac extends Authorizer {
  /**
   * What the bindings grant to the user: those of the cluster, then those of the namespace unless it is empty, each in
   * the order of their names (the order of the API server is that of a hash). Ends when `visit` returns false.
   */
  visit(user: User, namespace: string, visit: (grant: Grant) => boolean): void;
  /** The rules of a role that a binding in the namespace refers to. */
  resolve(roleRef: Binding["roleRef"], namespace: string): readonly PolicyRule[] | RoleProblem;
}

export function isRoleProblem(found: readonly PolicyRule[] | RoleProblem): found is RoleProblem {
  return !Array.isArray(found);
}

/** Members of it may do everything; no binding is looked at. */
export const privilegedGroup = "system:masters";

/**
 * The authorization of a cluster: RBAC over the stored roles and bindings, and `system:masters`. What was read is kept
 * until the namespace that it lies in, or the roles of the cluster, change.
 */
export function createRbac(objects: RbacObjects): Rbac {
  const indexes = new Map<string, Versioned<BindingIndex>>();
  const roles = new Map<string, Versioned<readonly PolicyRule[] | undefined>>();

  function indexOf(namespace: string): BindingIndex {
    const collection =
      namespace === "" ? "clusterrolebindings.rbac.authorization.k8s.io" : "rolebindings.rbac.authorization.k8s.io";
    const kind = namespace === "" ? "ClusterRoleBinding" : "RoleBinding";
    return kept(indexes, namespace, objects.version(collection, namespace), () =>
      indexBindings(objects.list(collection, namespace).map((object) => bindingOf(kind, object))),
    );
  }

  function resolve({ kind, name }: Binding["roleRef"], namespace: string): readonly PolicyRule[] | RoleProblem {
    if (kind !== "Role" && kind !== "ClusterRole") return { kind: "unknown-kind", role: kind };
    const collection = kind === "Role" ? "roles.rbac.authorization.k8s.io" : "clusterroles.rbac.authorization.k8s.io";
    const scope = kind === "Role" ? namespace : "";
    const rules = kept(roles, `${kind}/${scope}/${name}`, objects.version(collection, scope), () => {
      const role = kind === "Role" && scope === "" ? undefined : objects.get(collection, scope, name);
      return role === undefined ? undefined : readRules(role);
    });
    return rules ?? { kind: "not-found", role: kind, name };
  }

  function visitIndex(user: User, namespace: string, visitor: (grant: Grant) => boolean): boolean {
    for (const binding of bindingsFor(indexOf(namespace), user)) {
      const found = resolve(binding.roleRef, namespace);
      const grant: Grant = isRoleProblem(found)
        ? { kind: "problem", binding, problem: found }
        : { kind: "rules", binding, rules: found };
      if (!visitor(grant)) return false;
    }
    return true;
  }

  function visit(user: User, namespace: string, visitor: (grant: Grant) => boolean): void {
    if (visitIndex(user, "", visitor) && namespace !== "") visitIndex(user, namespace, visitor);
  }

  function decide(attributes: Attributes): Decision {
    const { user } = attributes;
    if (user.groups.includes(privilegedGroup)) return { allowed: true, reason: "" };
    const problems: string[] = [];
    let by: Binding | undefined;
    visit(user, attributes.kind === "resource" ? attributes.namespace : "", (grant) => {
      if (grant.kind === "problem") problems.push(problemText(grant.problem));
      else if (grant.rules.some((rule) => ruleAllows(rule, attributes))) by = grant.binding;
      return by === undefined;
    });
    if (by !== undefined) return { allowed: true, reason: `RBAC: allowed by ${describe(by, user)}` };
    return { allowed: false, reason: problems.length === 0 ? "" : `RBAC: ${aggregate(problems)}` };
  }

  return { decide, visit, resolve };
}

interface Versioned<T> {
  readonly version: number;
  readonly value: T;
}

// Names of roles and namespaces come from requests: what is kept of those that do not exist is bounded.
const most = 20_000;

function kept<T>(cache: Map<string, Versioned<T>>, key: string, version: number, make: () => T): T {
  const known = cache.get(key);
  if (known?.version === version) return known.value;
  const value = make();
  if (cache.size >= most) cache.clear();
  cache.set(key, { version, value });
  return value;
}

const read = new WeakMap<JsonObject, readonly PolicyRule[]>();

function readRules(role: JsonObject): readonly PolicyRule[] {
  const known = read.get(role) ?? rulesOf(role);
  read.set(role, known);
  return known;
}

/** `ClusterRoleBinding "x" of ClusterRole "y" to User "z"` */
function describe(binding: Binding, user: User): string {
  const { kind, name, namespace, roleRef } = binding;
  const subject = subjectFor(binding, user)!;
  const full = kind === "RoleBinding" ? `${name}/${namespace}` : name;
  const account = `${subject.name}/${subject.namespace === "" ? namespace : subject.namespace}`;
  const whom = `${subject.kind} ${goQuote(subject.kind === "ServiceAccount" ? account : subject.name)}`;
  return `${kind} ${goQuote(full)} of ${roleRef.kind} ${goQuote(roleRef.name)} to ${whom}`;
}

/**
 * What the authorizer says of a role that it cannot use. Its cache names the kind of what it has not; where storage is
 * asked instead, the resource of the request is named, whatever was looked for.
 */
export function problemText(problem: RoleProblem, resource?: string): string {
  if (problem.kind === "unknown-kind") return `unsupported role reference kind: ${goQuote(problem.role)}`;
  return `${resource ?? problem.role.toLowerCase()}.${rbacGroup} ${goQuote(problem.name)} not found`;
}

/** Several errors as Kubernetes prints them: each once, in brackets if there is more than one. */
export function aggregate(messages: readonly string[]): string {
  const unique = [...new Set(messages)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(", ")}]`;
}
