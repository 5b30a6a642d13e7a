import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import type { Attributes } from "../authz/authorizer.ts";
import { createRbac } from "../authz/rbac.ts";
import { staticRbacObjects } from "../authz/rbac-objects.ts";
import { createImpersonation, type Impersonate, type Impersonation } from "./impersonate.ts";

const agent: User = { name: "system:serviceaccount:default:agent", groups: ["system:authenticated"] };
const authentication = "authentication.k8s.io";

const rule = (verb: string, resource: string, more: JsonObject = {}): JsonObject => ({
  verbs: [verb],
  apiGroups: [""],
  resources: [resource],
  ...more,
});

/** Impersonation in a cluster where the agent has these rules. */
function allowed(...rules: JsonObject[]): Impersonate {
  const objects = [
    { kind: "ClusterRole", metadata: { name: "r" }, rules },
    {
      kind: "ClusterRoleBinding",
      metadata: { name: "b" },
      roleRef: { kind: "ClusterRole", name: "r" },
      subjects: [{ kind: "ServiceAccount", namespace: "default", name: "agent" }],
    },
  ];
  return createImpersonation(createRbac(staticRbacObjects(objects)));
}

const lists = (resource = "pods", user = agent): Attributes => ({
  kind: "resource",
  user,
  verb: "list",
  group: "",
  version: "v1",
  resource,
  subresource: "",
  namespace: "",
  name: "",
});

type Headers = Parameters<Impersonate>[0];

const said = (outcome: Impersonation): unknown =>
  outcome.kind === "user" ? outcome.user : outcome.kind === "refused" ? outcome.error.message : outcome.kind;

const ask = (impersonate: Impersonate, headers: Headers, attributes = lists()): unknown =>
  said(impersonate(headers, attributes));

const as = (user: string, more: Headers = {}): Headers => ({ "impersonate-user": user, ...more });
const who = 'User "system:serviceaccount:default:agent" cannot';

test("a request without such headers is its sender's", () => {
  assert.equal(ask(allowed(), { accept: "*/*" }), "none");
});

test("groups, a uid or extras without a user are a bad request", () => {
  assert.equal(
    ask(allowed(), { "impersonate-group": ["a", "b"] }),
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a", "b"}, Extra:map[string][]string(nil)} without impersonating a user name',
  );
  assert.equal(
    ask(allowed(), { "impersonate-uid": "a", "impersonate-extra-foo%2fbar": "b", "impersonate-extra-a": '"x' }),
    'requested &user.DefaultInfo{Name:"", UID:"a", Groups:[]string(nil), Extra:map[string][]string{"a":[]string{"\\"x"}, "foo/bar":[]string{"b"}}} without impersonating a user name',
  );
});

describe("who may impersonate what there always was", () => {
  const may = allowed(
    rule("impersonate", "users"),
    rule("impersonate", "groups", { resourceNames: ["g", "system:unauthenticated"] }),
    rule("impersonate", "serviceaccounts"),
    rule("impersonate", "uids", { apiGroups: [authentication] }),
    rule("impersonate", "userextras/scopes", { apiGroups: [authentication], resourceNames: ["view"] }),
  );

  test("becomes the user, who is authenticated unless he is not", () => {
    assert.deepEqual(ask(may, as("bob")), { name: "bob", groups: ["system:authenticated"] });
    assert.deepEqual(ask(may, as("bob", { "impersonate-group": "system:unauthenticated" })), {
      name: "bob",
      groups: ["system:unauthenticated"],
    });
    assert.deepEqual(ask(may, as("system:anonymous")), {
      name: "system:anonymous",
      groups: ["system:unauthenticated"],
    });
    const whole = { "impersonate-group": "g", "impersonate-uid": "7", "impersonate-extra-scopes": "view" };
    assert.deepEqual(ask(may, as("bob", whole)), {
      name: "bob",
      uid: "7",
      groups: ["g", "system:authenticated"],
      extra: { scopes: ["view"] },
    });
  });

  test("becomes the service account, with its groups unless told", () => {
    const account = "system:serviceaccount:default:x";
    assert.deepEqual(ask(may, as(account)), {
      name: account,
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
    assert.deepEqual(ask(may, as(account, { "impersonate-group": "g" })), {
      name: account,
      groups: ["g", "system:authenticated"],
    });
  });

  test("does not become what he may not", () => {
    assert.equal(
      ask(may, as("bob", { "impersonate-group": ["g", "h"] })),
      `groups "h" is forbidden: ${who} impersonate resource "groups" in API group "" at the cluster scope`,
    );
    assert.equal(
      ask(may, as("bob", { "impersonate-extra-scopes": ["view", "edit"] })),
      `userextras.authentication.k8s.io "edit" is forbidden: ${who} impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope`,
    );
  });
});

describe("who may impersonate nobody is told of the first mode that applies", () => {
  const cases: [string, Headers, Attributes, string][] = [
    [
      "a user",
      as("bob"),
      lists(),
      `pods is forbidden: ${who} impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope`,
    ],
    [
      "a user, for a path",
      as("bob"),
      { kind: "path", user: agent, verb: "get", path: "/metrics" },
      `forbidden: ${who} impersonate-on:user-info:get path "/metrics"`,
    ],
    [
      "a service account",
      as("system:serviceaccount:default:x"),
      lists(),
      `pods is forbidden: ${who} impersonate-on:serviceaccount:list resource "pods" in API group "" at the cluster scope`,
    ],
    [
      "a service account with groups",
      as("system:serviceaccount:default:x", { "impersonate-group": "g" }),
      lists(),
      `serviceaccounts "x" is forbidden: ${who} impersonate resource "serviceaccounts" in API group "" in the namespace "default"`,
    ],
    [
      "a node",
      as("system:node:n1"),
      lists(),
      `pods is forbidden: ${who} impersonate-on:arbitrary-node:list resource "pods" in API group "" at the cluster scope`,
    ],
    [
      "a node with groups",
      as("system:node:n1", { "impersonate-group": "g" }),
      lists(),
      `users "system:node:n1" is forbidden: ${who} impersonate resource "users" in API group "" at the cluster scope`,
    ],
  ];
  for (const [name, headers, attributes, message] of cases) {
    test(name, () => assert.equal(ask(allowed(), headers, attributes), message));
  }
});

describe("constrained impersonation", () => {
  const rules = [
    rule("impersonate:user-info", "users", { apiGroups: [authentication] }),
    rule("impersonate-on:user-info:list", "pods"),
    rule("impersonate", "users", { resourceNames: ["old"] }),
  ];

  test("is for the requests that are named", () => {
    const may = allowed(...rules);
    assert.deepEqual(ask(may, as("bob")), { name: "bob", groups: ["system:authenticated"] });
    assert.equal(
      ask(may, as("bob"), lists("nodes")),
      `nodes is forbidden: ${who} impersonate-on:user-info:list resource "nodes" in API group "" at the cluster scope`,
    );
  });

  test("tells of the mode that was good last", () => {
    const may = allowed(...rules);
    assert.deepEqual(ask(may, as("old"), lists("nodes")), { name: "old", groups: ["system:authenticated"] });
    assert.equal(
      ask(may, as("bob"), lists("nodes")),
      `users "bob" is forbidden: ${who} impersonate resource "users" in API group "" at the cluster scope`,
    );
  });

  const about = (what: string, resource: string, why = ""): string =>
    `${what} is forbidden: ${who} impersonate:user-info resource "${resource}" in API group "authentication.k8s.io" at the cluster scope${why}`;
  const refusals: [string, Headers, string][] = [
    ["a group", { "impersonate-group": "g" }, about('groups.authentication.k8s.io "g"', "groups")],
    [
      "system:masters",
      { "impersonate-group": "system:masters" },
      about(
        'groups.authentication.k8s.io "system:masters"',
        "groups",
        ": impersonating the system:masters group is not allowed",
      ),
    ],
    [
      "the empty group",
      { "impersonate-group": "" },
      about("groups.authentication.k8s.io", "groups", ": impersonating the empty string group is not allowed"),
    ],
    ["a uid", { "impersonate-uid": "u" }, about('uids.authentication.k8s.io "u"', "uids")],
    [
      "an extra of no domain",
      { "impersonate-extra-x": "u" },
      about(
        "userextras.authentication.k8s.io",
        "userextras",
        ': impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")',
      ),
    ],
    [
      "an extra of no path",
      { "impersonate-extra-x.io%2fa%20b": "u" },
      about(
        "userextras.authentication.k8s.io",
        "userextras",
        `: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "a b": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`,
      ),
    ],
    [
      "an extra",
      { "impersonate-extra-x.io%2fa": "u" },
      about('userextras.authentication.k8s.io "u"', "userextras/x.io/a"),
    ],
  ];
  for (const [name, headers, message] of refusals) {
    test(`does not cover ${name} unless it says so`, () => {
      assert.equal(ask(allowed(...rules), as("bob", headers)), message);
    });
  }

  test("asks for all at once where many are wanted", () => {
    const all = rule("impersonate:user-info", "groups", { apiGroups: [authentication], resourceNames: ["*"] });
    const may = allowed(...rules, all);
    const four = ask(may, as("bob", { "impersonate-group": ["a", "b", "c", "d"] }));
    assert.deepEqual((four as User).groups, ["a", "b", "c", "d", "system:authenticated"]);
    assert.equal(
      ask(may, as("bob", { "impersonate-group": ["a", "b", "c"] })),
      about('groups.authentication.k8s.io "a"', "groups"),
    );
  });

  test("lets an agent be the node that it is on", () => {
    const onNode = { ...agent, extra: { "authentication.kubernetes.io/node-name": ["n1"] } };
    const on = rule("impersonate-on:associated-node:list", "pods");
    const node = { name: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };
    const nodes = { apiGroups: [authentication], resourceNames: ["*"] };
    const may = allowed(on, rule("impersonate:associated-node", "nodes", nodes));
    assert.deepEqual(ask(may, as("system:node:n1"), lists("pods", onNode)), node);
    assert.match(String(ask(may, as("system:node:n2"), lists("pods", onNode))), /impersonate-on:arbitrary-node:list/);
    assert.equal(
      ask(allowed(on), as("system:node:n1"), lists("pods", onNode)),
      `nodes.authentication.k8s.io "*" is forbidden: ${who} impersonate:associated-node resource "nodes" in API group "authentication.k8s.io" at the cluster scope`,
    );
  });
});
