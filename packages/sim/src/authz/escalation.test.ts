import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import { aggregateClusterRole } from "./aggregate-cluster-role.ts";
import { escalationProblem, type RbacWrite } from "./escalation.ts";
import { createRbac } from "./rbac.ts";
import { staticRbacObjects } from "./rbac-objects.ts";

const jane: User = { name: "jane", groups: ["dev", "system:authenticated"] };

const held = (...rules: JsonObject[]): JsonObject[] => [
  { kind: "ClusterRole", metadata: { name: "held" }, rules },
  {
    kind: "ClusterRoleBinding",
    metadata: { name: "held" },
    roleRef: { kind: "ClusterRole", name: "held" },
    subjects: [{ kind: "User", name: "jane" }],
  },
];

const pods = { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list"] };
const secrets = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };

const clusterRole = (...rules: JsonObject[]): JsonObject => ({ kind: "ClusterRole", metadata: { name: "new" }, rules });

function problem(objects: JsonObject[], write: Partial<RbacWrite> & Pick<RbacWrite, "object">) {
  const rbac = createRbac(staticRbacObjects(objects));
  return escalationProblem({ user: jane, resource: "clusterroles", namespace: "", pathName: "", ...write }, rbac);
}

describe("who writes a role", () => {
  test("may grant what he holds, and no more", () => {
    assert.equal(problem(held(pods), { object: clusterRole(pods) }), undefined);
    const refused = problem(held(pods), {
      object: clusterRole({ ...pods, verbs: ["get", "watch", "delete"] }, secrets),
    });
    assert.equal(
      refused?.message,
      [
        'clusterroles.rbac.authorization.k8s.io "new" is forbidden: user "jane" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
        '{APIGroups:[""], Resources:["pods"], Verbs:["watch" "delete"]}',
        '{APIGroups:[""], Resources:["pods/log"], Verbs:["watch" "delete"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
      ].join("\n"),
    );
    assert.deepEqual(refused?.status["details"], {
      name: "new",
      group: "rbac.authorization.k8s.io",
      kind: "clusterroles",
    });
  });

  test("is told of names, paths and of roles that could not be read", () => {
    const dangling = {
      kind: "ClusterRoleBinding",
      metadata: { name: "dangling" },
      roleRef: { kind: "ClusterRole", name: "gone" },
      subjects: [{ kind: "Group", name: "dev" }],
    };
    const object = clusterRole(
      { ...secrets, resourceNames: ["a", "b"] },
      { nonResourceURLs: ["/metrics", "/logs/x"], verbs: ["get"] },
    );
    assert.equal(
      problem([...held({ nonResourceURLs: ["/logs*"], verbs: ["*"] }), dangling], { object })
        ?.message.split("\n")
        .slice(1)
        .join("\n"),
      [
        '{APIGroups:[""], Resources:["secrets"], ResourceNames:["a"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["get"]}',
        '{NonResourceURLs:["/metrics"], Verbs:["get"]}; resolution errors: [clusterroles.rbac.authorization.k8s.io "gone" not found]',
      ].join("\n"),
    );
  });

  test("may grant what is narrower than what he holds", () => {
    const wide = { apiGroups: ["*"], resources: ["*/scale", "pods"], verbs: ["*"] };
    const narrow = { apiGroups: ["apps"], resources: ["deployments/scale"], resourceNames: ["x"], verbs: ["get"] };
    assert.equal(problem(held(wide), { object: clusterRole(narrow) }), undefined);
    assert.notEqual(
      problem(held({ ...wide, resourceNames: ["x"] }), { object: clusterRole({ ...narrow, resourceNames: [] }) }),
      undefined,
    );
  });

  test("may escalate it if that is what he may, or as a member of system:masters", () => {
    const escalate = { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["escalate"] };
    assert.equal(problem(held(escalate), { object: clusterRole(secrets) }), undefined);
    const named = { ...escalate, resourceNames: ["new"] };
    assert.notEqual(problem(held(named), { object: clusterRole(secrets) }), undefined);
    assert.equal(problem(held(named), { object: clusterRole(secrets), pathName: "new" }), undefined);
    assert.equal(
      problem([], { object: clusterRole(secrets), user: { name: "a", groups: ["system:masters"] } }),
      undefined,
    );
  });

  test("needs everything for an aggregation rule", () => {
    const object = { ...clusterRole(), aggregationRule: { clusterRoleSelectors: [{}] } };
    assert.equal(
      problem(held(pods), { object })?.message,
      'clusterroles.rbac.authorization.k8s.io "new" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
    assert.notEqual(problem(held(pods), { object: clusterRole(), old: object, pathName: "new" }), undefined);
    const all = [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ];
    assert.equal(problem(held(...all), { object }), undefined);
  });

  test("is not asked where only the garbage collector's fields change", () => {
    const old = clusterRole(secrets);
    const object = { ...old, metadata: { name: "new", finalizers: ["x"], ownerReferences: [] } };
    assert.equal(problem([], { object, old, pathName: "new" }), undefined);
    const labelled = { ...old, metadata: { name: "new", labels: { a: "b" } } };
    assert.notEqual(problem([], { object: labelled, old, pathName: "new" }), undefined);
  });
});

describe("who writes a binding", () => {
  const secretRole = { kind: "ClusterRole", metadata: { name: "secrets" }, rules: [secrets] };
  const object = (kind = "ClusterRole", name = "secrets"): JsonObject => ({
    kind: "RoleBinding",
    metadata: { name: "new", namespace: "default" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
  });
  const write = { resource: "rolebindings", namespace: "default" } as const;

  test("may bind what he holds", () => {
    assert.equal(problem([...held(secrets), secretRole], { ...write, object: object() }), undefined);
    assert.equal(
      problem([...held(pods), secretRole], { ...write, object: object() })?.message,
      'rolebindings.rbac.authorization.k8s.io "new" is forbidden: user "jane" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
  });

  test("may bind what he may bind", () => {
    const bind = { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["bind"] };
    assert.equal(
      problem([...held({ ...bind, resourceNames: ["secrets"] }), secretRole], { ...write, object: object() }),
      undefined,
    );
    assert.notEqual(
      problem([...held({ ...bind, resourceNames: ["other"] }), secretRole], { ...write, object: object() }),
      undefined,
    );
  });

  test("hears of a role that is not there", () => {
    const missing = problem(held(pods), { ...write, object: object("Role", "gone") });
    assert.equal(missing?.code, 404);
    assert.equal(missing?.message, 'rolebindings.rbac.authorization.k8s.io "gone" not found');
    const wrong = problem(held(pods), { ...write, object: object("Rule") });
    assert.deepEqual([wrong?.code, wrong?.message], [500, 'unsupported role reference kind: "Rule"']);
  });
});

describe("an aggregated role", () => {
  const part = (name: string, label: string, ...rules: JsonObject[]): JsonObject => ({
    metadata: { name, labels: { [label]: "true" } },
    rules,
  });
  const role = {
    metadata: { name: "view", labels: { a: "true" } },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { b: "true" } }, { matchLabels: { a: "true" } }] },
    rules: [secrets],
  };

  test("has the rules of what it selects, by selector and name, each once and not its own", () => {
    const all = [part("z", "a", pods), part("y", "a", secrets, pods), part("x", "b", pods), role];
    assert.deepEqual(aggregateClusterRole(role, all), { ...role, rules: [pods, secrets] });
  });

  test("is the same object where nothing changes", () => {
    assert.equal(aggregateClusterRole(role, [part("y", "a", secrets), role]), role);
    const plain = clusterRole(pods);
    assert.equal(aggregateClusterRole(plain, [part("y", "a", secrets)]), plain);
  });
});
