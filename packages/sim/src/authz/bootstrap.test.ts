import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type JsonObject, textOf } from "@fairlead/apimachinery";
import { anonymousUser, authenticatedGroup } from "../authn/well-known-users.ts";
import { bootstrapObjects } from "../data/bootstrap-objects.ts";
import { aggregateClusterRole } from "./aggregate-cluster-role.ts";
import type { Attributes } from "./authorizer.ts";
import { createRbac } from "./rbac.ts";
import { staticRbacObjects } from "./rbac-objects.ts";

const stored = bootstrapObjects("2026-01-01T00:00:00Z").filter((one) => textOf(one["apiVersion"]).startsWith("rbac."));
const clusterRoles = stored.filter((one) => one["kind"] === "ClusterRole");
/** One turn of the aggregation controller for each role. */
const turn = (roles: readonly JsonObject[]): readonly JsonObject[] =>
  roles.map((role) => aggregateClusterRole(role, roles));
// What edits is part of what administers, and what views of what edits.
const aggregated = turn(turn(turn(clusterRoles)));
const viewer: JsonObject = {
  kind: "RoleBinding",
  metadata: { name: "viewers", namespace: "default" },
  roleRef: { kind: "ClusterRole", name: "view" },
  subjects: [{ kind: "User", name: "jane" }],
};
const others = stored.filter((one) => one["kind"] !== "ClusterRole");
const rbac = createRbac(staticRbacObjects([...aggregated, ...others, viewer]));

const reasonOf = (name: string, attributes: Omit<Attributes, "user">, groups: readonly string[] = []): string => {
  const user = name === anonymousUser.name ? anonymousUser : { name, groups: [...groups, authenticatedGroup] };
  const { allowed, reason } = rbac.decide({ ...attributes, user } as Attributes);
  return allowed ? reason.replace("RBAC: allowed by ", "") : "refused";
};

const path = (text: string) => ({ kind: "path", verb: "get", path: text }) as const;
const resource = (verb: string, group: string, plural: string, more: Partial<Attributes> = {}) =>
  ({
    kind: "resource",
    verb,
    group,
    version: "v1",
    resource: plural,
    subresource: "",
    namespace: "default",
    name: "",
    ...more,
  }) as const;

describe("on a fresh cluster", () => {
  const cases: [string, string, Omit<Attributes, "user">, string][] = [
    [
      "anybody may ask for its health and version",
      anonymousUser.name,
      path("/livez"),
      'ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:unauthenticated"',
    ],
    ["not anybody may ask for its metrics", anonymousUser.name, path("/metrics"), "refused"],
    ["not anybody may ask what it serves", anonymousUser.name, path("/apis"), "refused"],
    [
      "who is authenticated may ask what it serves",
      "jane",
      path("/apis/apps/v1"),
      'ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    ],
    [
      "who is authenticated may ask what he may",
      "bob",
      resource("create", "authorization.k8s.io", "selfsubjectaccessreviews", { namespace: "" }),
      'ClusterRoleBinding "system:basic-user" of ClusterRole "system:basic-user" to Group "system:authenticated"',
    ],
    [
      "the scheduler binds pods",
      "system:kube-scheduler",
      resource("create", "", "pods", { subresource: "binding" }),
      'ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" to User "system:kube-scheduler"',
    ],
    [
      "a controller does its own work",
      "system:serviceaccount:kube-system:deployment-controller",
      resource("update", "apps", "deployments", { subresource: "status" }),
      'ClusterRoleBinding "system:controller:deployment-controller" of ClusterRole "system:controller:deployment-controller" to ServiceAccount "deployment-controller/kube-system"',
    ],
    [
      "a viewer sees pods, by the rules that are aggregated",
      "jane",
      resource("list", "", "pods"),
      'RoleBinding "viewers/default" of ClusterRole "view" to User "jane"',
    ],
    ["a viewer sees no secrets", "jane", resource("list", "", "secrets"), "refused"],
    ["a viewer sees nothing elsewhere", "jane", resource("list", "", "pods", { namespace: "other" }), "refused"],
  ];
  for (const [name, user, attributes, reason] of cases) {
    test(name, () => assert.equal(reasonOf(user, attributes), reason));
  }
});

test("aggregation comes to rest", () => {
  for (const role of aggregated) assert.equal(aggregateClusterRole(role, aggregated), role);
});
