/** What the embedded cluster decides about requests is what a real API server decides, word for word. */
import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import fc from "fast-check";
import { get, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import { createImpersonation } from "../../packages/sim/src/authn/impersonate.ts";
import type { User } from "../../packages/sim/src/api/user.ts";
import { userInfo } from "../../packages/sim/src/authn/reviews.ts";
import type { Attributes } from "../../packages/sim/src/authz/authorizer.ts";
import { escalationProblem, type RbacWrite } from "../../packages/sim/src/authz/escalation.ts";
import { forbiddenError } from "../../packages/sim/src/authz/forbidden.ts";
import { createRbac, type Rbac } from "../../packages/sim/src/authz/rbac.ts";
import { staticRbacObjects } from "../../packages/sim/src/authz/rbac-objects.ts";
import { answerAccessReview, selfSubjectRules } from "../../packages/sim/src/authz/reviews.ts";
import type { ApiError } from "../../packages/sim/src/errors.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { mapBounded } from "../../scripts/real/bounded.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";
import { runs } from "../../scripts/runs.ts";
import { isVendored } from "./manifests.ts";
import { type World, world } from "./sim-authorization-worlds.ts";

const { plane } = readAccess();
const rbacPath = "/apis/rbac.authorization.k8s.io/v1";
const base = `sim-authz-${process.pid}`;
const { numRuns, seed } = runs(12);
const worlds: readonly World[] = fc
  .sample(fc.infiniteStream(fc.integer()), { numRuns: 1, seed: seed ?? Date.now() })
  .flatMap((stream) => Array.from(stream.take(numRuns)))
  .map((one, at) => fc.sample(world(`${base}-w${at}`), { numRuns: 1, seed: one })[0]!);

/** A test of the release that the embedded cluster imitates; another one is passed over. */
function check(name: string, body: (t: TestContext) => Promise<void> | void): void {
  test(name, async (t) => {
    if (isVendored(plane)) await body(t);
    else t.diagnostic(`not checked: another release than ${plane.kubernetes} is imitated`);
  });
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

async function send(
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: JsonValue,
  headers: Headers = {},
): Promise<Answer> {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await request(plane, { method, path, headers, ...text });
  return { status: answer.status, body: JSON.parse(answer.text) as JsonObject };
}

function pathOf(object: JsonObject): string {
  const metadata = get(object, "metadata");
  const namespace = get(metadata, "namespace");
  const plural = `${textOf(get(object, "kind")).toLowerCase()}s`;
  return `${rbacPath}${namespace === undefined ? "" : `/namespaces/${textOf(namespace)}`}/${plural}`;
}

async function create(object: JsonObject): Promise<void> {
  const { status, body } = await send("POST", pathOf(object), object);
  assert.equal(status, 201, textOf(get(body, "message")));
  created.push(`${pathOf(object)}/${textOf(get(get(object, "metadata"), "name"))}`);
}

const created: string[] = [];
/** All roles and bindings of the server, as they are when the questions are asked. */
let stored: readonly JsonObject[];
let rbac: Rbac;

/** Roles and bindings of the server reach its authorizer in the order in which they are written, each kind by itself. */
async function settle(name: string): Promise<void> {
  const namespace = `${base}-w0-0`;
  const apiGroup = "rbac.authorization.k8s.io";
  const subjects = [{ kind: "User", apiGroup, name }];
  for (const [kind, metadata] of [
    ["Role", { name, namespace }],
    ["ClusterRole", { name }],
  ] as const) {
    await create({ kind, metadata, rules: [{ verbs: ["get"], apiGroups: ["settled.io"], resources: [kind] }] });
    await create({ kind: `${kind}Binding`, metadata, roleRef: { apiGroup, kind, name }, subjects });
  }
  const knows = async (resource: string): Promise<boolean> => {
    const resourceAttributes = { verb: "get", group: "settled.io", resource, namespace };
    const spec = { user: name, resourceAttributes };
    const { body } = await send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec });
    return get(get(body, "status"), "allowed") === true;
  };
  await until("the authorizer", async () => (await knows("Role")) && (await knows("ClusterRole")));
}

async function read(): Promise<void> {
  const lists = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"].map(async (plural) => {
    const { body } = await send("GET", `${rbacPath}/${plural}`);
    const kind = textOf(get(body, "kind")).slice(0, -"List".length);
    return (get(body, "items") as JsonObject[]).map((item) => ({ ...item, kind }));
  });
  stored = (await Promise.all(lists)).flat();
  rbac = createRbac(staticRbacObjects(stored));
}

before(async () => {
  if (!isVendored(plane)) return;
  for (const at of worlds.keys()) {
    for (const half of ["0", "1"]) {
      await send("POST", "/api/v1/namespaces", { metadata: { name: `${base}-w${at}-${half}` } });
      created.push(`/api/v1/namespaces/${base}-w${at}-${half}`);
    }
  }
  await mapBounded(worlds, 4, async ({ objects }) => {
    for (const object of objects) await create(object);
  });
  for (const name of ["escalator", "impersonators"] as const) await prepare[name]();
  await settle(`${base}-settled`);
  await read();
});

after(async () => {
  if (!isVendored(plane)) return;
  await mapBounded(created.toReversed(), 8, (path) => send("DELETE", path));
});

/** The reason of a refusal lists what could not be read, in the order of a hash. */
function unordered(reason: string): string {
  const list = /^RBAC: \[(.*)\]$/.exec(reason);
  return list === null ? reason : `RBAC: [${list[1]!.split(", ").sort().join(", ")}]`;
}

/** The reason that we give where no other binding than the one of this reason is there. */
async function reasonBy(reason: string, object: JsonObject): Promise<string> {
  const [, kind, named] = /^RBAC: allowed by (\w+) "([^"]+)"/.exec(reason)!;
  const [name, namespace] = named!.split("/");
  const only = stored.filter((one) => {
    const metadata = get(one, "metadata");
    if (!textOf(get(one, "kind")).endsWith("Binding")) return true;
    return get(one, "kind") === kind && get(metadata, "name") === name && get(metadata, "namespace") === namespace;
  });
  const review = { object, namespace: "", user: { name: "", groups: [] } };
  const answer = await answerAccessReview("SubjectAccessReview", review, createRbac(staticRbacObjects(only)));
  return textOf(get(get(answer, "status"), "reason"));
}

check("random requests of random users are allowed and refused alike, with the same reason", async (t) => {
  const specs = worlds.flatMap(({ questions }) => questions);
  const allowed = await mapBounded(specs, 8, async (spec) => {
    const object = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
    const real = (await send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", object)).body["status"];
    const review = { object, namespace: "", user: { name: "", groups: [] } };
    const ours = (await answerAccessReview("SubjectAccessReview", review, rbac))["status"] as JsonObject;
    const { reason = "", ...rest } = real as { reason?: string };
    const { reason: ourReason = "", ...ourRest } = ours as { reason?: string };
    assert.deepEqual(ourRest, rest, JSON.stringify(spec));
    if (!reason.includes("allowed by")) assert.equal(unordered(ourReason), unordered(reason), JSON.stringify(spec));
    else assert.equal(await reasonBy(reason, object), reason, JSON.stringify(spec));
    return { isAllowed: get(real, "allowed") === true, isReasoned: reason !== "" };
  });
  const count = (which: (one: (typeof allowed)[number]) => boolean): number => allowed.filter(which).length;
  const counts = [count((one) => one.isAllowed), count((one) => !one.isAllowed && one.isReasoned)];
  t.diagnostic(`${specs.length} questions, ${counts[0]} allowed, ${counts[1]} refused with a reason`);
  assert.ok(
    counts.every((one) => one > 20),
    "the worlds are too simple to tell anything",
  );
});

check("rules reviews list the same rules", async () => {
  for (const { user, group } of worlds) {
    const namespace = `${user.slice(0, -3)}-1`;
    const headers = { "impersonate-user": user, "impersonate-group": [group] };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    const { body } = await send("POST", path, { spec: { namespace } }, headers);
    const who = { name: user, groups: [group, "system:authenticated"] };
    const sorted = (status: JsonValue | undefined): unknown => ({
      ...(status as JsonObject),
      evaluationError: unordered(`RBAC: ${textOf(get(status, "evaluationError"))}`),
      ...Object.fromEntries(
        ["resourceRules", "nonResourceRules"].map((key) => {
          const rules = get(status, key) as JsonObject[];
          return [key, rules.map((rule) => JSON.stringify(Object.entries(rule).sort())).sort()];
        }),
      ),
    });
    assert.deepEqual(sorted(selfSubjectRules(who, namespace, rbac)), sorted(body["status"]));
  }
});

const prepare = {
  /** Whoever is in this group may write roles and bindings, as far as they are no escalation. */
  escalator: async (): Promise<void> => {
    const apiGroup = "rbac.authorization.k8s.io";
    const resources = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];
    const name = `${base}-escalator`;
    await create({
      kind: "ClusterRole",
      metadata: { name },
      rules: [{ verbs: ["create"], apiGroups: [apiGroup], resources }],
    });
    const subjects = [{ kind: "Group", apiGroup, name }];
    await create({
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup, kind: "ClusterRole", name },
      subjects,
    });
  },
  impersonators: async (): Promise<void> => {
    const apiGroup = "rbac.authorization.k8s.io";
    const namespace = `${base}-w0-0`;
    for (const [at, { rules }] of impersonators.entries()) {
      const name = `${base}-imp${at}`;
      await send("POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
      await create({ kind: "ClusterRole", metadata: { name }, rules: [...rules] });
      const subjects = [{ kind: "ServiceAccount", namespace, name }];
      await create({
        kind: "ClusterRoleBinding",
        metadata: { name },
        roleRef: { apiGroup, kind: "ClusterRole", name },
        subjects,
      });
    }
  },
};

check("random grants of what is not held are refused in the same words", async (t) => {
  const escalators = `${base}-escalator`;
  let refused = 0;
  const attempts = worlds.flatMap(({ user, group, grants, roleRefs }, at) => {
    const namespace = `${base}-w${at}-0`;
    const groups = [group, escalators, "system:authenticated"];
    const one = (resource: RbacWrite["resource"], kind: string, rest: JsonObject): RbacWrite & { kind: string } => {
      const cluster = resource.startsWith("cluster");
      const metadata = { name: "try", ...(cluster ? {} : { namespace }) };
      const object = { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata, ...rest };
      return {
        user: { name: user, groups },
        resource,
        namespace: cluster ? "" : namespace,
        pathName: "",
        object,
        kind,
      };
    };
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] };
    return [
      ...grants.map((rule) => one("clusterroles", "ClusterRole", { rules: [rule] })),
      one("clusterroles", "ClusterRole", { rules: [...grants] }),
      one("clusterroles", "ClusterRole", { rules: [], aggregationRule }),
      one("roles", "Role", { rules: grants.filter((rule) => get(rule, "resources") !== undefined) }),
      ...roleRefs.map((roleRef) => one("rolebindings", "RoleBinding", { roleRef })),
      ...roleRefs
        .filter((roleRef) => get(roleRef, "kind") === "ClusterRole")
        .map((roleRef) => one("clusterrolebindings", "ClusterRoleBinding", { roleRef })),
    ];
  });
  await mapBounded(attempts, 8, async (write) => {
    const headers = { "impersonate-user": write.user.name, "impersonate-group": write.user.groups.slice(0, 2) };
    const real = await send("POST", `${pathOf(write.object)}?dryRun=All`, write.object, headers);
    const ours = escalationProblem(write, rbac);
    if (ours === undefined) assert.equal(real.status, 201, textOf(get(real.body, "message")));
    else {
      refused += 1;
      assert.deepEqual(ours.status, real.body);
    }
  });
  t.diagnostic(`${attempts.length} writes, ${refused} refused`);
  assert.ok(refused > 20 && refused < attempts.length, "the worlds are too simple to tell anything");
});

const authentication = "authentication.k8s.io";

/** Service accounts and what they may impersonate; each sends all the requests below, one after another. */
const impersonators: readonly { readonly rules: readonly JsonObject[] }[] = [
  { rules: [] },
  { rules: [{ verbs: ["impersonate"], apiGroups: ["", authentication], resources: ["*"] }] },
  { rules: [{ verbs: ["impersonate"], apiGroups: [""], resources: ["users", "serviceaccounts"] }] },
  {
    rules: [
      { verbs: ["impersonate:user-info"], apiGroups: [authentication], resources: ["users", "uids", "userextras/*"] },
      { verbs: ["impersonate-on:user-info:create"], apiGroups: ["*"], resources: ["selfsubjectreviews"] },
      { verbs: ["impersonate"], apiGroups: [""], resources: ["users"], resourceNames: ["bob"] },
    ],
  },
  {
    rules: [
      {
        verbs: ["impersonate:serviceaccount", "impersonate:arbitrary-node"],
        apiGroups: [authentication],
        resources: ["*"],
      },
      {
        verbs: ["impersonate-on:serviceaccount:*", "impersonate-on:arbitrary-node:create"],
        apiGroups: ["*"],
        resources: ["*"],
      },
    ],
  },
  { rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] },
];

const wanted: readonly Headers[] = [
  { "impersonate-user": "jane" },
  { "impersonate-user": "system:serviceaccount:default:x" },
  { "impersonate-user": "system:serviceaccount:default:x", "impersonate-group": ["g"] },
  { "impersonate-user": "system:node:n1" },
  { "impersonate-user": "system:node:N1" },
  { "impersonate-user": "bob", "impersonate-group": ["g", "system:masters"] },
  { "impersonate-user": "bob", "impersonate-group": ["a", "b", "c", "d", "e"] },
  { "impersonate-user": "bob", "impersonate-group": ["system:unauthenticated"] },
  { "impersonate-user": "system:anonymous" },
  { "impersonate-user": "bob", "impersonate-uid": "7" },
  { "impersonate-user": "bob", "impersonate-extra-scopes": "view" },
  { "impersonate-user": "bob", "impersonate-extra-x.io%2fscopes": ["view", "edit"] },
  { "impersonate-user": "<bob>" },
  { "impersonate-group": ["a"], "impersonate-extra-x": "y" },
];

describe("impersonation", () => {
  for (const at of impersonators.keys()) {
    check(`by service account ${at} gives the same user, or is refused in the same words`, async () => {
      const namespace = `${base}-w0-0`;
      const account = `/api/v1/namespaces/${namespace}/serviceaccounts/${base}-imp${at}`;
      const { body } = await send("POST", `${account}/token`, { spec: {} });
      const token = textOf(get(get(body, "status"), "token"));
      const name = `system:serviceaccount:${namespace}:${base}-imp${at}`;
      const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
      const impersonate = createImpersonation(rbac);
      const attributes = (user: User): Attributes => ({
        kind: "resource",
        user,
        verb: "create",
        group: authentication,
        version: "v1",
        resource: "selfsubjectreviews",
        subresource: "",
        namespace: "",
        name: "",
      });
      for (const headers of wanted) {
        const answer = await send(
          "POST",
          "/apis/authentication.k8s.io/v1/selfsubjectreviews",
          {},
          {
            ...headers,
            authorization: `Bearer ${token}`,
          },
        );
        const outcome = impersonate(headers, attributes({ name, groups }));
        assert.ok(outcome.kind !== "none");
        if (outcome.kind === "refused") assert.deepEqual(outcome.error.status, answer.body);
        else {
          const { allowed, reason } = rbac.decide(attributes(outcome.user));
          const ours = allowed
            ? { userInfo: userInfo(outcome.user) }
            : forbiddenError(attributes(outcome.user), reason).status;
          assert.deepEqual(ours, allowed ? answer.body["status"] : answer.body);
        }
      }
    });
  }
});

describe("a review", () => {
  const attributes = { verb: "get", resource: "pods", namespace: "default" };
  const withSelectors = (fieldSelector: JsonObject, labelSelector?: JsonObject): JsonObject => ({
    user: "x",
    resourceAttributes: { ...attributes, fieldSelector, ...(labelSelector === undefined ? {} : { labelSelector }) },
  });
  const requirement = (key: string, operator: string, ...values: string[]): JsonObject =>
    values.length === 0 ? { key, operator } : { key, operator, values };
  const of = (...requirements: JsonObject[]): JsonObject => ({ requirements });
  const specs: [string, JsonObject][] = [
    ["of nothing", {}],
    [
      "of two things",
      { user: "x", resourceAttributes: attributes, nonResourceAttributes: { path: "/x", verb: "get" } },
    ],
    ["of a path", { user: "x", nonResourceAttributes: { path: "/version" } }],
    ["of nobody", { resourceAttributes: attributes }],
    ["of a group", { groups: ["system:masters"], resourceAttributes: attributes }],
    ["of another namespace", { user: "x", resourceAttributes: { ...attributes, namespace: "kube-system" } }],
    ["with an empty selector", withSelectors({})],
    ["with two selectors in one", withSelectors({ rawSelector: "a=b", ...of(requirement("a", "In", "b")) })],
    ["with selectors", withSelectors({ rawSelector: "a=b,c!=d" }, { rawSelector: "a in (b),!c" })],
    ["with selectors that cannot be read", withSelectors({ rawSelector: "a" }, { rawSelector: "a in" })],
    ["with escapes that are none", withSelectors({ rawSelector: "a=b\\c" }, { rawSelector: "a=b" })],
    ["with escapes", withSelectors({ rawSelector: "a=b\\,c\\=d\\\\,e==f,," }, { rawSelector: "" })],
    [
      "with a field of several values",
      withSelectors(of(requirement("a", "In", "b", "c"), requirement("d", "NotIn", "e"))),
    ],
    ["with a field that is to exist", withSelectors(of({ key: "a", operator: "Exists" }))],
    ["with operators that nobody knows", withSelectors(of(requirement("a", "Since")), of(requirement("a", "Since")))],
    ["with requirements that say nothing", withSelectors(of({ operator: "In" }), of({ operator: "In" }))],
    [
      "with values where none may be",
      withSelectors(of(requirement("a", "Exists", "b")), of(requirement("a", "Exists", "b"))),
    ],
    [
      "with labels that are none",
      withSelectors(of(requirement("a", "In", "b")), of(requirement("a b", "In", "-", "c d"))),
    ],
  ];
  const namespaced = "/apis/authorization.k8s.io/v1/namespaces/default";
  for (const [name, spec] of specs) {
    for (const kind of ["SubjectAccessReview", "LocalSubjectAccessReview", "SelfSubjectAccessReview"] as const) {
      check(`${name} is answered alike by ${kind}`, async () => {
        const isLocal = kind === "LocalSubjectAccessReview";
        const { user: _, groups: __, ...own } = spec;
        const object: JsonObject = {
          apiVersion: "authorization.k8s.io/v1",
          kind,
          metadata: isLocal ? { namespace: "default" } : {},
          spec: kind === "SelfSubjectAccessReview" ? own : spec,
        };
        const path = isLocal ? namespaced : "/apis/authorization.k8s.io/v1";
        const { body } = await send("POST", `${path}/${kind.toLowerCase()}s`, object);
        const review = {
          object,
          namespace: isLocal ? "default" : "",
          user: { name: "admin", groups: ["system:masters"] },
        };
        const ours = await answerAccessReview(kind, review, rbac).catch((error: ApiError) => error.status);
        if (typeof body["status"] === "string") assert.deepEqual(ours, body);
        else assert.deepEqual([ours["spec"], ours["status"]], [body["spec"], body["status"]]);
      });
    }
  }
});
