import { dns1123SubdomainProblem } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import type { Attributes } from "../authz/authorizer.ts";
import { forbiddenError } from "../authz/forbidden.ts";
import { goQuote } from "../authz/go-quote.ts";
import type { ApiError } from "../errors.ts";
import { domainPathProblems } from "./domain-path.ts";
import { serviceAccountGroups, serviceAccountOf } from "./service-account-name.ts";
import { anonymousName, authenticatedGroup, unauthenticatedGroup } from "./well-known-users.ts";

type ResourceAttributes = Extract<Attributes, { kind: "resource" }>;

/** What may be asked of an impersonator, under one verb. */
export interface ImpersonationScope {
  /** `impersonate`, or `impersonate:user-info` and the like. */
  readonly verb: string;
  /** Of the constrained kind: users and groups are looked for in authentication.k8s.io, and more is refused. */
  readonly constrained: boolean;
}

const authenticationGroup = "authentication.k8s.io";
const nodesGroup = "system:nodes";

// From so many on, one question for all of them comes first.
const many = 4;

/** The name of the node that a user name stands for. */
export function nodeOf(userName: string): string | undefined {
  if (!userName.startsWith("system:node:")) return undefined;
  const name = userName.slice("system:node:".length);
  return dns1123SubdomainProblem(name) === undefined ? name : undefined;
}

/** The refusal of an authorizer, unless it allows. */
export type Check = (attributes: Attributes) => ApiError | undefined;

/** The user that the requestor becomes, who may impersonate each thing that is wanted; or what he may not. */
export function impersonated(wanted: User, requestor: User, scope: ImpersonationScope, check: Check): User | ApiError {
  const { name, uid = "", groups } = wanted;
  const main = scope.constrained ? authenticationGroup : "";
  const about = (group: string, resource: string, named: string): ResourceAttributes => ({
    kind: "resource",
    user: requestor,
    verb: scope.verb,
    group,
    version: "v1",
    resource,
    subresource: "",
    namespace: "",
    name: named,
  });
  const account = serviceAccountOf(name);
  const node = scope.constrained ? nodeOf(name) : undefined;
  const who = account
    ? { ...about(main, "serviceaccounts", account.name), namespace: account.namespace }
    : about(main, node === undefined ? "users" : "nodes", node ?? name);
  const problem =
    check(who) ??
    (uid === "" ? undefined : check(about(authenticationGroup, "uids", uid))) ??
    groupsProblem(groups, scope, (group) => about(main, "groups", group), check) ??
    extraProblem(wanted.extra ?? {}, scope, about(authenticationGroup, "userextras", ""), check);
  if (problem !== undefined) return problem;
  const fixed = account && groups.length === 0 ? serviceAccountGroups(account.namespace) : groups;
  return { ...wanted, groups: withSystemGroup(name, node === undefined ? fixed : [nodesGroup]) };
}

function withSystemGroup(name: string, groups: readonly string[]): readonly string[] {
  if (name !== anonymousName && groups.includes(unauthenticatedGroup)) return groups;
  const group = name === anonymousName ? unauthenticatedGroup : authenticatedGroup;
  return groups.includes(group) ? groups : [...groups, group];
}

function groupsProblem(
  groups: readonly string[],
  { constrained }: ImpersonationScope,
  about: (group: string) => ResourceAttributes,
  check: Check,
): ApiError | undefined {
  if (constrained && groups.includes("")) {
    return forbiddenError(about(""), "impersonating the empty string group is not allowed");
  }
  if (constrained && groups.includes("system:masters")) {
    return forbiddenError(about("system:masters"), "impersonating the system:masters group is not allowed");
  }
  if (constrained && groups.length >= many && check(about("*")) === undefined) return undefined;
  for (const group of groups) {
    const problem = check(about(group));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function extraProblem(
  extra: NonNullable<User["extra"]>,
  { constrained }: ImpersonationScope,
  about: ResourceAttributes,
  check: Check,
): ApiError | undefined {
  const entries = Object.entries(extra);
  const wrong = constrained ? entries.map(extraShapeProblem).find((one) => one !== undefined) : undefined;
  if (wrong !== undefined) return forbiddenError(about, wrong);
  const values = entries.flatMap(([key, list]) => list.map((value) => ({ ...about, subresource: key, name: value })));
  if (constrained && (entries.length >= many || values.length >= many)) {
    if (check({ ...about, subresource: "*", name: "*" }) === undefined) return undefined;
  }
  for (const one of values) {
    const problem = check(one);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function extraShapeProblem([key, values]: [string, readonly string[]]): string | undefined {
  if (key === "") return "impersonating the empty string key in extra is not allowed";
  const problem = domainPathProblem(key);
  if (problem !== undefined) return `impersonating an invalid key in extra is not allowed: ${problem}`;
  if (key !== key.toLowerCase()) {
    return `impersonating a non-lowercase key in extra is not allowed: ${goQuote(key)}`;
  }
  if (values.length === 0) return "impersonating empty values in extra is not allowed";
  return values.includes("") ? "impersonating the empty string value in extra is not allowed" : undefined;
}

function domainPathProblem(key: string): string | undefined {
  const problems = domainPathProblems(key).map(
    ({ value, why }) => `extra.key: Invalid value: ${goQuote(value)}: ${why}`,
  );
  return problems.length < 2 ? problems[0] : `[${problems.join(", ")}]`;
}
