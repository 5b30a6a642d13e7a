import { equal, get, isObject, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import { ApiError, forbidden, notFound } from "../errors.ts";
import type { User } from "../api/user.ts";
import { goQuote, goQuoteList } from "./go-quote.ts";
import { type PolicyRule, rulesOf } from "./policy-rule.ts";
import { aggregate, isRoleProblem, privilegedGroup, problemText, type Rbac, type RoleProblem } from "./rbac.ts";
import { rbacGroup } from "./rbac-objects.ts";
import { rulesText, uncoveredRules } from "./rule-covers.ts";

/** A role or a binding that somebody writes. */
export interface RbacWrite {
  readonly user: User;
  readonly resource: "roles" | "rolebindings" | "clusterroles" | "clusterrolebindings";
  /** Of the request's path; empty for cluster-scoped ones. */
  readonly namespace: string;
  /** Of the request's path: empty for a creation. */
  readonly pathName: string;
  /** As it would be stored, defaults included. */
  readonly object: JsonObject;
  /** What it replaces; undefined for a creation. */
  readonly old?: JsonObject | undefined;
}

/**
 * Why the write is refused: nobody grants what he does not have, unless he may `escalate` the role or `bind` it. It is
 * asked after admission has changed the object and before it is validated; the answer is 403, 404 for the binding of a
 * role that is not there, or 500 for a reference that is to no role.
 */
export function escalationProblem(write: RbacWrite, rbac: Rbac): ApiError | undefined {
  if (write.user.groups.includes(privilegedGroup)) return undefined;
  const isBinding = write.resource.endsWith("bindings");
  if (!isBinding && mayEscalate(write, rbac)) return undefined;
  if (write.old !== undefined && onlyCollectorFields(write.object, write.old)) return undefined;
  return isBinding ? bindingProblem(write, rbac) : roleProblem(write, rbac);
}

function mayEscalate({ user, resource, namespace, pathName }: RbacWrite, rbac: Rbac): boolean {
  const what = { group: rbacGroup, version: "*", resource, subresource: "", namespace, name: pathName };
  return rbac.decide({ kind: "resource", user, verb: "escalate", ...what }).allowed;
}

const wholeAuthority: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [], nonResourceURLs: [] },
  { verbs: ["*"], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ["*"] },
];

function roleProblem(write: RbacWrite, rbac: Rbac): ApiError | undefined {
  const problem = grantProblem(write, rulesOf(write.object), rbac);
  if (problem !== undefined) return refused(write, problem);
  const aggregates = write.resource === "clusterroles" && [write.object, write.old].some(hasAggregationRule);
  return aggregates && grantProblem(write, wholeAuthority, rbac) !== undefined
    ? refused(write, "must have cluster-admin privileges to use the aggregationRule")
    : undefined;
}

function hasAggregationRule(role: JsonObject | undefined): boolean {
  const selectors = get(get(role, "aggregationRule"), "clusterRoleSelectors");
  return Array.isArray(selectors) && selectors.length > 0;
}

function bindingProblem(write: RbacWrite, rbac: Rbac): ApiError | undefined {
  const { user, namespace } = write;
  const roleRef = get(write.object, "roleRef");
  const kind = textOf(get(roleRef, "kind"));
  const name = textOf(get(roleRef, "name"));
  if (kind === "Role" || kind === "ClusterRole") {
    const resource = kind === "Role" ? "roles" : "clusterroles";
    const what = { group: textOf(get(roleRef, "apiGroup")), version: "*", resource, subresource: "", namespace, name };
    if (rbac.decide({ kind: "resource", user, verb: "bind", ...what }).allowed) return undefined;
  }
  const rules = rbac.resolve({ kind, name }, namespace);
  if (isRoleProblem(rules)) return missingRole(rules, write);
  const problem = grantProblem(write, rules, rbac);
  return problem === undefined ? undefined : refused(write, problem);
}

function missingRole(problem: RoleProblem, { resource }: RbacWrite): ApiError {
  if (problem.kind === "unknown-kind") return new ApiError(500, "", problemText(problem));
  return notFound({ group: rbacGroup, plural: resource }, problem.name);
}

function grantProblem(
  { user, namespace, resource }: RbacWrite,
  rules: readonly PolicyRule[],
  rbac: Rbac,
): string | undefined {
  const owned: PolicyRule[] = [];
  const problems: string[] = [];
  rbac.visit(user, namespace, (grant) => {
    if (grant.kind === "rules") owned.push(...grant.rules);
    else problems.push(problemText(grant.problem, resource));
    return true;
  });
  const missing = uncoveredRules(owned, rules);
  if (missing.length === 0) return undefined;
  const who = `user ${goQuote(user.name)} (groups=${goQuoteList(user.groups)})`;
  const unread = problems.length === 0 ? "" : `; resolution errors: [${aggregate(problems)}]`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${rulesText(missing)}${unread}`;
}

function refused({ resource, object }: RbacWrite, why: string): ApiError {
  return forbidden({ group: rbacGroup, plural: resource }, textOf(get(get(object, "metadata"), "name")), why);
}

const collectorFields: ReadonlySet<string> = new Set(["ownerReferences", "finalizers", "selfLink", "managedFields"]);

/** Whether nothing changes but what the garbage collector changes. Absent and empty are the same. */
function onlyCollectorFields(object: JsonObject, old: JsonObject): boolean {
  return equal(withoutCollectorFields(object), withoutCollectorFields(old));
}

function withoutCollectorFields(object: JsonObject): JsonValue {
  const metadata = get(object, "metadata");
  const kept = Object.entries(isObject(metadata) ? metadata : {}).filter(([key]) => !collectorFields.has(key));
  return withoutEmpty({ ...object, metadata: Object.fromEntries(kept) });
}

function withoutEmpty(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, withoutEmpty(one)] as const);
  return Object.fromEntries(entries.filter(([, one]) => !isEmpty(one)));
}

const isEmpty = (value: JsonValue): boolean =>
  value === null ||
  value === "" ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);
