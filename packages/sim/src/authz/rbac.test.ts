import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import type { Attributes } from "./authorizer.ts";
import { forbiddenError } from "./forbidden.ts";
import { createRbac } from "./rbac.ts";
import { type RbacObjects, staticRbacObjects } from "./rbac-objects.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";

const role = (kind: string, metadata: JsonObject, ...rules: JsonObject[]): JsonObject => ({
  apiVersion,
  kind,
  metadata,
  rules,
});

const binding = (kind: string, metadata: JsonObject, roleRef: JsonObject, ...subjects: JsonObject[]): JsonObject => ({
  apiVersion,
  kind,
  metadata,
  roleRef,
  subjects,
});

const jane: User = { name: "jane", groups: ["dev", "system:authenticated"] };

type Resource = Extract<Attributes, { kind: "resource" }>;

const asks = (verb: string, resource: string, more: Partial<Omit<Resource, "kind">> = {}): Attributes => ({
  kind: "resource",
  user: jane,
  verb,
  group: "",
  version: "v1",
  resource,
  subresource: "",
  namespace: "default",
  name: "",
  ...more,
});

const user = (name: string): JsonObject => ({ kind: "User", name });

/** A cluster in which jane has the rules everywhere. */
const granted = (...rules: JsonObject[]) =>
  createRbac(
    staticRbacObjects([
      role("ClusterRole", { name: "r" }, ...rules),
      binding("ClusterRoleBinding", { name: "b" }, { kind: "ClusterRole", name: "r" }, user("jane")),
    ]),
  );

describe("a rule allows", () => {
  const core = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };
  const cases: [string, JsonObject, Attributes, boolean][] = [
    ["its verbs", core, asks("list", "pods"), true],
    ["no other verb", core, asks("delete", "pods"), false],
    ["no other group", core, asks("get", "pods", { group: "metrics.k8s.io" }), false],
    ["every group by *", { ...core, apiGroups: ["*"] }, asks("get", "pods", { group: "metrics.k8s.io" }), true],
    ["every verb by *", { ...core, verbs: ["*"] }, asks("impersonate", "pods"), true],
    ["no subresource of its resource", core, asks("get", "pods", { subresource: "log" }), false],
    [
      "the subresource it names",
      { ...core, resources: ["pods/log"] },
      asks("get", "pods", { subresource: "log" }),
      true,
    ],
    ["not the resource of a subresource", { ...core, resources: ["pods/log"] }, asks("get", "pods"), false],
    ["a subresource of all", { ...core, resources: ["*/log"] }, asks("get", "pods", { subresource: "log" }), true],
    [
      "not all subresources of one",
      { ...core, resources: ["pods/*"] },
      asks("get", "pods", { subresource: "log" }),
      false,
    ],
    ["every subresource by *", { ...core, resources: ["*"] }, asks("get", "pods", { subresource: "log" }), true],
    ["the names it lists", { ...core, resourceNames: ["a"] }, asks("get", "pods", { name: "a" }), true],
    ["no other name", { ...core, resourceNames: ["a"] }, asks("get", "pods", { name: "b" }), false],
    ["no list where it lists names", { ...core, resourceNames: ["a"] }, asks("list", "pods"), false],
    ["no * among names", { ...core, resourceNames: ["*"] }, asks("get", "pods", { name: "b" }), false],
  ];
  for (const [name, rule, attributes, allowed] of cases) {
    test(name, () => {
      assert.equal(granted(rule).decide(attributes).allowed, allowed);
    });
  }

  const paths: [string, boolean][] = [
    ["/healthz", true],
    ["/healthz/ping", false],
    ["/logs/x/y", true],
    ["/logs", false],
  ];
  for (const [path, allowed] of paths) {
    test(`${allowed ? "" : "not "}${path} by /healthz and /logs/*`, () => {
      const rbac = granted({ nonResourceURLs: ["/healthz", "/logs/*"], verbs: ["get"] });
      assert.equal(rbac.decide({ kind: "path", user: jane, verb: "get", path }).allowed, allowed);
    });
  }
});

describe("a binding", () => {
  const pods = { apiGroups: [""], resources: ["pods"], verbs: ["*"] };
  const reader = role("Role", { name: "reader", namespace: "default" }, pods);
  const wide = role("ClusterRole", { name: "wide" }, pods);

  test("says why it allows", () => {
    const rbac = createRbac(
      staticRbacObjects([
        reader,
        wide,
        binding("RoleBinding", { name: "x", namespace: "default" }, { kind: "Role", name: "reader" }, user("jane")),
        binding(
          "RoleBinding",
          { name: "y", namespace: "default" },
          { kind: "ClusterRole", name: "wide" },
          {
            kind: "ServiceAccount",
            name: "robot",
          },
        ),
        binding("ClusterRoleBinding", { name: "z" }, { kind: "ClusterRole", name: "wide" }, user("eve"), {
          kind: "Group",
          name: "ops",
        }),
      ]),
    );
    const reason = (name: string, groups: string[] = []) =>
      rbac.decide(asks("get", "pods", { user: { name, groups } })).reason;
    assert.equal(reason("jane"), 'RBAC: allowed by RoleBinding "x/default" of Role "reader" to User "jane"');
    assert.equal(
      reason("system:serviceaccount:default:robot"),
      'RBAC: allowed by RoleBinding "y/default" of ClusterRole "wide" to ServiceAccount "robot/default"',
    );
    assert.equal(
      reason("bob", ["dev", "ops"]),
      'RBAC: allowed by ClusterRoleBinding "z" of ClusterRole "wide" to Group "ops"',
    );
    assert.equal(reason("bob"), "");
  });

  test("of a namespace counts only there", () => {
    const rbac = createRbac(
      staticRbacObjects([
        wide,
        binding(
          "RoleBinding",
          { name: "x", namespace: "default" },
          { kind: "ClusterRole", name: "wide" },
          user("jane"),
        ),
      ]),
    );
    assert.equal(rbac.decide(asks("get", "pods")).allowed, true);
    assert.equal(rbac.decide(asks("get", "pods", { namespace: "other" })).allowed, false);
    assert.equal(rbac.decide(asks("get", "pods", { namespace: "" })).allowed, false);
  });

  test("to a service account without a namespace means nobody in the cluster's bindings", () => {
    const rbac = createRbac(
      staticRbacObjects([
        wide,
        binding(
          "ClusterRoleBinding",
          { name: "x" },
          { kind: "ClusterRole", name: "wide" },
          {
            kind: "ServiceAccount",
            name: "robot",
          },
        ),
      ]),
    );
    const robot = { name: "system:serviceaccount::robot", groups: [] };
    assert.equal(rbac.decide(asks("get", "pods", { user: robot })).allowed, false);
  });

  test("of a role that is not there says so, and hides no other", () => {
    const missing = binding("ClusterRoleBinding", { name: "a" }, { kind: "ClusterRole", name: "gone" }, user("jane"));
    const local = binding(
      "RoleBinding",
      { name: "b", namespace: "default" },
      { kind: "Role", name: "lost" },
      user("jane"),
      user("jane"),
    );
    const good = binding("ClusterRoleBinding", { name: "c" }, { kind: "ClusterRole", name: "wide" }, user("jane"));
    const of = (...objects: JsonObject[]) => createRbac(staticRbacObjects(objects)).decide(asks("get", "pods"));
    assert.deepEqual(of(missing), {
      allowed: false,
      reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    });
    assert.deepEqual(of(missing, { ...missing, metadata: { name: "a2" } }, local), {
      allowed: false,
      reason:
        'RBAC: [clusterrole.rbac.authorization.k8s.io "gone" not found, role.rbac.authorization.k8s.io "lost" not found]',
    });
    assert.equal(of(missing, local, wide, good).allowed, true);
  });
});

test("system:masters may do everything, by no binding", () => {
  const admin = { name: "x", groups: ["system:masters"] };
  const rbac = createRbac(staticRbacObjects([]));
  assert.deepEqual(rbac.decide(asks("delete", "nodes", { user: admin })), { allowed: true, reason: "" });
});

test("a decision follows what is stored, and reads again only what has changed", () => {
  let rules: JsonObject[] = [];
  const versions = new Map<string, number>();
  const reads: string[] = [];
  const bound = binding("ClusterRoleBinding", { name: "b" }, { kind: "ClusterRole", name: "r" }, user("jane"));
  const objects: RbacObjects = {
    list: (collection, namespace) => {
      reads.push(`list ${collection}/${namespace}`);
      return collection.startsWith("clusterrolebindings") ? [bound] : [];
    },
    get: (collection, namespace, name) => {
      reads.push(`get ${collection}/${namespace}/${name}`);
      return role("ClusterRole", { name }, ...rules);
    },
    version: (collection) => versions.get(collection) ?? 0,
  };
  const rbac = createRbac(objects);
  assert.equal(rbac.decide(asks("get", "pods")).allowed, false);
  assert.equal(reads.length, 3);
  assert.equal(rbac.decide(asks("get", "pods")).allowed, false);
  assert.equal(reads.length, 3);
  rules = [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }];
  versions.set("clusterroles.rbac.authorization.k8s.io", 1);
  assert.equal(rbac.decide(asks("get", "pods")).allowed, true);
  assert.deepEqual(reads.slice(3), ["get clusterroles.rbac.authorization.k8s.io//r"]);
});

describe("the answer 403", () => {
  const said = (attributes: Attributes, reason = "") => forbiddenError(attributes, reason).status;

  test("names the resource, its group and where", () => {
    assert.deepEqual(said(asks("list", "pods")), {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
      reason: "Forbidden",
      details: { kind: "pods" },
      code: 403,
    });
    const scale = asks("update", "deployments", { group: "apps", subresource: "scale", name: "web", namespace: "" });
    assert.equal(
      said(scale, "why")["message"],
      'deployments.apps "web" is forbidden: User "jane" cannot update resource "deployments/scale" in API group "apps" at the cluster scope: why',
    );
  });

  test("names a path, and escapes what looks like HTML", () => {
    const status = said({ kind: "path", user: { name: "<x>", groups: [] }, verb: "get", path: "/metrics" });
    assert.equal(status["message"], 'forbidden: User "&lt;x&gt;" cannot get path "/metrics"');
    assert.deepEqual(status["details"], {});
  });
});
