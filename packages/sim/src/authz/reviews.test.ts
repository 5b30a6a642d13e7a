import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import { ApiError } from "../errors.ts";
import type { AccessReviewKind } from "./access-review-problems.ts";
import { createRbac } from "./rbac.ts";
import { staticRbacObjects } from "./rbac-objects.ts";
import { answerAccessReview, answerRulesReview, type Review } from "./reviews.ts";

const jane: User = { name: "jane", groups: ["system:authenticated"] };

const rbac = createRbac(
  staticRbacObjects([
    {
      kind: "ClusterRole",
      metadata: { name: "reader" },
      rules: [
        { verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] },
        { verbs: ["get"], nonResourceURLs: ["/logs*"] },
      ],
    },
    {
      kind: "ClusterRoleBinding",
      metadata: { name: "reader" },
      roleRef: { kind: "ClusterRole", name: "reader" },
      subjects: [{ kind: "User", name: "jane" }],
    },
    {
      kind: "RoleBinding",
      metadata: { name: "dangling", namespace: "default" },
      roleRef: { kind: "Role", name: "gone" },
      subjects: [{ kind: "User", name: "jane" }],
    },
  ]),
);

const ask = (kind: AccessReviewKind, object: JsonObject, more: Partial<Review> = {}): Promise<JsonObject> =>
  answerAccessReview(kind, { object, namespace: "", user: jane, ...more }, rbac);

const pod = { verb: "get", resource: "pods", name: "a", namespace: "default" };
const allowed = 'RBAC: allowed by ClusterRoleBinding "reader" of ClusterRole "reader" to User "jane"';

describe("an access review", () => {
  test("answers for the subject it names, and for its sender", async () => {
    const object = { kind: "SubjectAccessReview", spec: { user: "jane", resourceAttributes: pod } };
    assert.deepEqual(await ask("SubjectAccessReview", object), {
      ...object,
      status: { allowed: true, reason: allowed },
    });
    const other = { spec: { user: "bob", resourceAttributes: pod } };
    assert.deepEqual((await ask("SubjectAccessReview", other))["status"], { allowed: false });
    const own = { spec: { nonResourceAttributes: { path: "/logs/x", verb: "get" } } };
    assert.deepEqual((await ask("SelfSubjectAccessReview", own))["status"], { allowed: true, reason: allowed });
  });

  test("says which selectors it could not read", async () => {
    const fieldSelector = { rawSelector: "a=b,c" };
    const labelSelector = {
      requirements: [
        { key: "a", operator: "Exists" },
        { key: "b", operator: "Since" },
      ],
    };
    const object = { spec: { resourceAttributes: { ...pod, name: "b", fieldSelector, labelSelector } } };
    assert.deepEqual((await ask("SelfSubjectAccessReview", object))["status"], {
      allowed: false,
      reason: 'RBAC: role.rbac.authorization.k8s.io "gone" not found',
      evaluationError:
        "spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector partially ignored due to parse error",
    });
    for (const rawSelector of ["metadata.name=a", "a!=b,,c==d\\,e\\=f", ""]) {
      const labels = { rawSelector: "a in (b)" };
      const fields =
        rawSelector === "" ? { requirements: [{ key: "a", operator: "In", values: ["b"] }] } : { rawSelector };
      const good = { spec: { resourceAttributes: { ...pod, fieldSelector: fields, labelSelector: labels } } };
      assert.deepEqual((await ask("SelfSubjectAccessReview", good))["status"], { allowed: true, reason: allowed });
    }
  });

  const refusals: [string, AccessReviewKind, JsonObject, string][] = [
    [
      "that asks for nothing of nobody",
      "SubjectAccessReview",
      { spec: {} },
      '[spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
    ],
    [
      "that asks for two things and has a name",
      "SubjectAccessReview",
      {
        metadata: { name: "x", managedFields: [{ manager: "m" }] },
        spec: {
          user: "x",
          resourceAttributes: { fieldSelector: {} },
          nonResourceAttributes: { path: "/x", verb: "get" },
        },
      },
      '[spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: cannot be specified in combination with resourceAttributes, spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required, metadata: Invalid value: {"name":"x","managedFields":[{"manager":"m"}]}: must be empty]',
    ],
    [
      "with requirements that say nothing",
      "SelfSubjectAccessReview",
      {
        spec: {
          resourceAttributes: {
            fieldSelector: { requirements: [{ operator: "In" }, { key: "a", operator: "Exists", values: ["x"] }] },
          },
        },
      },
      "[spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified, spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn', spec.resourceAttributes.fieldSelector.requirements[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist']",
    ],
    [
      "with a label key that is none",
      "SelfSubjectAccessReview",
      { spec: { resourceAttributes: { labelSelector: { requirements: [{ key: "a b", operator: "Exists" }] } } } },
      "spec.resourceAttributes.labelSelector.requirements[0].key: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      "of a namespace that is about another",
      "LocalSubjectAccessReview",
      { metadata: { namespace: "default" }, spec: { user: "x", resourceAttributes: { verb: "get" } } },
      'spec.resourceAttributes.namespace: Invalid value: "": must match metadata.namespace',
    ],
  ];
  for (const [name, kind, object, list] of refusals) {
    test(`${name} is invalid`, async () => {
      await assert.rejects(ask(kind, object, { namespace: "default" }), (error) => {
        assert.ok(error instanceof ApiError);
        assert.equal(error.message, `.authorization.k8s.io "" is invalid: ${list}`);
        const details = error.status["details"] as JsonObject;
        assert.deepEqual(Object.keys(details), ["group", "causes"]);
        return true;
      });
    });
  }

  test("of one namespace is not sent to another", async () => {
    const object = {
      metadata: { namespace: "other" },
      spec: { user: "x", resourceAttributes: { namespace: "other" } },
    };
    await assert.rejects(ask("LocalSubjectAccessReview", object, { namespace: "default" }), {
      message: "spec.resourceAttributes.namespace must match namespace: default",
      code: 400,
    });
  });

  test("is admitted before it is answered, and only when it is valid", async () => {
    const seen: JsonObject[] = [];
    const object = { spec: { resourceAttributes: pod } };
    const admit = (one: JsonObject): void => void seen.push(one);
    await ask("SelfSubjectAccessReview", object, { admit });
    await assert.rejects(ask("SelfSubjectAccessReview", { spec: {} }, { admit }));
    assert.deepEqual(seen, [object]);
  });
});

describe("a rules review", () => {
  const rules = (namespace?: string): Promise<JsonObject> => {
    const spec = namespace === undefined ? {} : { namespace };
    return answerRulesReview(
      { object: { apiVersion: "authorization.k8s.io/v1", spec }, namespace: "", user: jane },
      rbac,
    );
  };

  test("lists what the bindings grant, and what could not be read", async () => {
    assert.deepEqual(await rules("default"), {
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec: {},
      status: {
        resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] }],
        nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/logs*"] }],
        incomplete: false,
        evaluationError: 'role.rbac.authorization.k8s.io "gone" not found',
      },
    });
  });

  test("needs a namespace", async () => {
    await assert.rejects(rules(), { message: "no namespace on request", code: 400 });
  });
});
