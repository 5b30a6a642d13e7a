/** Random roles, bindings and questions: each world has users and groups of its own, so that worlds do not meet. */
import fc from "fast-check";
import type { JsonObject } from "@fairlead/apimachinery";

const apiVersion = "rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";

export interface World {
  /** In the order in which they can be created. */
  readonly objects: readonly JsonObject[];
  readonly questions: readonly JsonObject[];
  /** Rules that a user of the world tries to grant. */
  readonly grants: readonly JsonObject[];
  /** Roles that he tries to bind. */
  readonly roleRefs: readonly JsonObject[];
  readonly user: string;
  readonly group: string;
}

const some = (pool: readonly string[], maxLength = 3): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...pool), { minLength: 1, maxLength });

const verbs = ["get", "list", "watch", "create", "update", "impersonate", "*", "bind"];
const groups = ["", "apps", "*", "x.io"];
const resources = [
  "pods",
  "pods/log",
  "*/log",
  "*",
  "pods/*",
  "deployments",
  "deployments/scale",
  "*/scale",
  "clusterroles",
];
const names = ["a", "b", "*", "view"];
const urls = ["/healthz", "/logs/*", "/a*", "*", "/a/b", "/x**", "/"];

const resourceRule: fc.Arbitrary<JsonObject> = fc
  .record({
    verbs: some(verbs),
    apiGroups: some(groups),
    resources: some(resources),
    resourceNames: fc.option(some(names), { nil: undefined, freq: 2 }),
  })
  .map(({ resourceNames, ...rule }) => (resourceNames === undefined ? rule : { ...rule, resourceNames }));

const urlRule: fc.Arbitrary<JsonObject> = fc.record({ verbs: some(["get", "*", "post"]), nonResourceURLs: some(urls) });

const rulesOf = (cluster: boolean): fc.Arbitrary<JsonObject[]> =>
  fc.array(cluster ? fc.oneof({ weight: 4, arbitrary: resourceRule }, urlRule) : resourceRule, { maxLength: 3 });

const question: fc.Arbitrary<JsonObject> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      resourceAttributes: fc.record({
        verb: fc.constantFrom(...verbs, "delete", ""),
        group: fc.constantFrom(...groups),
        resource: fc.constantFrom("pods", "deployments", "*", "pods/log", "secrets", "clusterroles", ""),
        subresource: fc.constantFrom("", "", "log", "scale", "*"),
        name: fc.constantFrom("", "a", "b", "*", "view"),
        namespace: fc.constantFrom("", "0", "1", "elsewhere"),
      }),
    }),
  },
  fc.record({
    nonResourceAttributes: fc.record({
      verb: fc.constantFrom("get", "post", "*", ""),
      path: fc.constantFrom("/healthz", "/logs", "/logs/", "/logs/x", "/a", "/abc", "/a/b", "/x", "/", "*", "", "/x*y"),
    }),
  }),
);

const index = fc.integer({ min: 0, max: 3 });

/** `prefix` is in the name of everything that the world creates; it has the two namespaces `prefix-0`, `prefix-1`. */
export function world(prefix: string): fc.Arbitrary<World> {
  const user = fc.constantFrom("u0", "u1", "u2").map((name) => `${prefix}-${name}`);
  const group = fc.constantFrom("g0", "g1").map((name) => `${prefix}-${name}`);
  const space = fc.constantFrom("0", "1").map((name) => `${prefix}-${name}`);
  const account = fc.tuple(fc.constantFrom("s0", "s1"), space);
  const subject: fc.Arbitrary<JsonObject> = fc.oneof(
    user.map((name) => ({ kind: "User", apiGroup, name })),
    group.map((name) => ({ kind: "Group", apiGroup, name })),
    account.map(([name, namespace]) => ({ kind: "ServiceAccount", name, namespace })),
  );
  // Index 3 is a role that is not there.
  const roleRef = (cluster: boolean): fc.Arbitrary<JsonObject> =>
    fc
      .tuple(cluster ? fc.constant("ClusterRole") : fc.constantFrom("Role", "ClusterRole"), index)
      .map(([kind, at]) => ({ apiGroup, kind, name: `${prefix}-${at}` }));
  const binding = (cluster: boolean) =>
    fc.record({ roleRef: roleRef(cluster), subjects: fc.array(subject, { maxLength: 3 }), space });
  const list = <T>(arbitrary: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
    fc.array(arbitrary, { minLength: length, maxLength: length });
  const who = fc.oneof(
    fc.record({ user, groups: fc.uniqueArray(group) }),
    account.map(([name, namespace]) => ({
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: ["system:serviceaccounts"],
    })),
    fc.constantFrom<JsonObject>(
      { user: `${prefix}-nobody`, groups: ["system:authenticated"] },
      { user: "x", groups: ["system:masters"] },
    ),
  );
  return fc
    .record({
      roles: list(fc.record({ rules: rulesOf(false), space }), 3),
      clusterRoles: list(rulesOf(true), 3),
      bindings: list(binding(false), 6),
      clusterBindings: list(binding(true), 4),
      asked: list(fc.tuple(who, question), 60),
      grants: fc.array(fc.oneof(resourceRule, urlRule), { minLength: 8, maxLength: 8 }),
      roleRefs: list(roleRef(false), 6),
    })
    .map((parts): World => ({
      objects: [
        ...parts.roles.map(({ rules, space: namespace }, at) => ({
          apiVersion,
          kind: "Role",
          metadata: { name: `${prefix}-${at}`, namespace },
          rules,
        })),
        ...parts.clusterRoles.map((rules, at) => ({
          apiVersion,
          kind: "ClusterRole",
          metadata: { name: `${prefix}-${at}` },
          rules,
        })),
        ...parts.bindings.map(({ roleRef: ref, subjects, space: namespace }, at) => ({
          apiVersion,
          kind: "RoleBinding",
          metadata: { name: `${prefix}-${at}`, namespace },
          roleRef: ref,
          subjects,
        })),
        ...parts.clusterBindings.map(({ roleRef: ref, subjects }, at) => ({
          apiVersion,
          kind: "ClusterRoleBinding",
          metadata: { name: `${prefix}-${at}` },
          roleRef: ref,
          subjects,
        })),
      ],
      questions: parts.asked.map(([subjects, asked]) => ({ ...subjects, ...within(asked, prefix) })),
      grants: parts.grants,
      roleRefs: parts.roleRefs,
      user: `${prefix}-u0`,
      group: `${prefix}-g0`,
    }));
}

/** Namespaces `0` and `1` are those of the world. */
function within(asked: JsonObject, prefix: string): JsonObject {
  const attributes = asked["resourceAttributes"] as JsonObject | undefined;
  if (attributes === undefined) return asked;
  const namespace = attributes["namespace"] as string;
  return {
    resourceAttributes: { ...attributes, namespace: namespace.length === 1 ? `${prefix}-${namespace}` : namespace },
  };
}
