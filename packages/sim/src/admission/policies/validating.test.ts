import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admit, context, pod, request, resources, shop } from "../../../test/admission.ts";
import { testHost } from "../../../test/admission-host.ts";
import type { AdmissionRequest } from "../admission.ts";
import { validatingPolicies } from "./validating.ts";

const rules = [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }];

const policy = (spec: JsonObject): JsonObject => ({
  metadata: { name: "p" },
  spec: { matchConstraints: { resourceRules: rules }, ...spec },
});
const binding = (spec: JsonObject = {}, name = "b"): JsonObject => ({
  metadata: { name },
  spec: { policyName: "p", validationActions: ["Deny"], ...spec },
});

function pluginOf(policies: JsonObject[], bindings: JsonObject[], more: Record<string, JsonObject[]> = {}) {
  const group = "admissionregistration.k8s.io";
  const store = context({
    namespaces: [{ ...shop, metadata: { name: "shop", labels: { tier: "one" } } }],
    [`validatingadmissionpolicies.${group}`]: policies,
    [`validatingadmissionpolicybindings.${group}`]: bindings,
    ...more,
  });
  return validatingPolicies(testHost({ context: store, allows: (verb) => verb === "approve" }));
}

const judge = (spec: JsonObject, asked: AdmissionRequest = request(resources.pods, pod()), bound = binding()) =>
  admit(pluginOf([policy(spec)], [bound]), asked);

const validation = (expression: string, more: JsonObject = {}): JsonObject => ({
  validations: [{ expression, ...more }],
});

const denied = (why: string): string =>
  `pods "web" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${why}`;

test("answers with the whole Status of a denial", async () => {
  const { refused } = await judge(validation("object.metadata.name != 'web'"));
  assert.deepEqual(refused, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: denied("failed expression: object.metadata.name != 'web'"),
    reason: "Invalid",
    details: {
      name: "web",
      kind: "pods",
      causes: [
        {
          message:
            "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: object.metadata.name != 'web'",
        },
      ],
    },
    code: 422,
  });
});

const cases: readonly [string, JsonObject, string | undefined][] = [
  ["what holds", validation("object.spec.containers.size() == 1"), undefined],
  ["a message", validation("false", { message: " no " }), denied("no")],
  [
    "an expression for the message",
    validation("false", { messageExpression: "'not ' + object.metadata.name", message: "x" }),
    denied("not web"),
  ],
  ["a message of several lines", validation("false", { messageExpression: "'a\\nb'", message: "x" }), denied("x")],
  [
    "a message that fails",
    validation("false", { messageExpression: "object.none" }),
    denied("failed expression: false"),
  ],
  [
    "a field that is not there",
    validation("object.spec.none == 1"),
    denied("expression 'object.spec.none == 1' resulted in error: no such key: none"),
  ],
  [
    "an expression that is none",
    validation("foo"),
    denied(
      "compilation error: compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo\n | ^",
    ),
  ],
  [
    "an expression of another type",
    validation("'a'"),
    denied("compilation error: must evaluate to bool but got string"),
  ],
  ["errors that do not count", { ...validation("object.spec.none == 1"), failurePolicy: "Ignore" }, undefined],
  [
    "the namespace",
    validation("namespaceObject.metadata.labels.tier == 'two'"),
    denied("failed expression: namespaceObject.metadata.labels.tier == 'two'"),
  ],
  ["the authorizer", validation("authorizer.group('').resource('pods').check('approve').allowed()"), undefined],
  [
    "variables of variables",
    {
      variables: [
        { name: "count", expression: "size(object.spec.containers)" },
        { name: "few", expression: "variables.count < 1" },
      ],
      ...validation("variables.few", { messageExpression: "'there are ' + string(variables.count)" }),
    },
    denied("there are 1"),
  ],
  [
    "a variable that fails",
    { variables: [{ name: "v", expression: "object.none" }], ...validation("variables.v == 1") },
    denied(
      `expression 'variables.v == 1' resulted in error: composited variable "v" fails to evaluate: no such key: none`,
    ),
  ],
  [
    "conditions that keep it out",
    { ...validation("false"), matchConditions: [{ name: "c", expression: "request.operation == 'DELETE'" }] },
    undefined,
  ],
  [
    "conditions that fail",
    { ...validation("true"), matchConditions: [{ name: "c", expression: "object.none" }] },
    denied("compilation error: must evaluate to bool but got dyn"),
  ],
  [
    "what rules leave out",
    { ...validation("false"), matchConstraints: { resourceRules: rules, excludeResourceRules: rules } },
    undefined,
  ],
];

for (const [title, spec, message] of cases) {
  test(`judges by ${title}`, async () => {
    assert.equal((await judge(spec)).message, message);
  });
}

test("gives a denial the reason that a policy wants", async () => {
  const { refused } = await judge(validation("false", { reason: "Forbidden", message: "no" }));
  assert.equal(refused?.["code"], 403);
  assert.equal(refused["reason"], "Forbidden");
});

test("warns and writes down what a binding does not deny", async () => {
  const notes: string[] = [];
  const asked = {
    ...request(resources.pods, pod()),
    annotate: (key: string, value: string) => void notes.push(`${key} ${value}`),
  };
  const bound = binding({ validationActions: ["Warn", "Audit"] });
  assert.ok((await judge(validation("false", { message: "no" }), asked, bound)).object);
  assert.deepEqual(asked.warnings, ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no"]);
  assert.deepEqual(notes, [
    `validation.policy.admission.k8s.io/validation_failure [{"message":"no","policy":"p","binding":"b","expressionIndex":0,"validationActions":["Warn","Audit"]}]`,
  ]);
});

test("publishes audit annotations under the policy's name", async () => {
  const notes: string[] = [];
  const asked = {
    ...request(resources.pods, pod()),
    annotate: (key: string, value: string) => void notes.push(`${key}=${value}`),
  };
  const auditAnnotations = [
    { key: "who", valueExpression: "request.userInfo.username" },
    { key: "none", valueExpression: "null" },
  ];
  assert.ok((await judge({ auditAnnotations }, asked)).object);
  assert.deepEqual(notes, ["p/who=admin"]);
});

const limit = (name: string, most: string, labels: JsonObject = {}): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop", labels },
  data: { most },
});
const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
const withParams = {
  paramKind,
  ...validation("params.data.most == 'many'", { messageExpression: "'most is ' + params.data.most" }),
};

const params: readonly [string, JsonObject, JsonObject[], string | undefined][] = [
  ["by name", { name: "a" }, [limit("a", "few")], denied("most is few")],
  [
    "by labels, each",
    { selector: { matchLabels: { on: "yes" } } },
    [limit("a", "few"), limit("b", "many", { on: "yes" }), limit("c", "none", { on: "yes" })],
    denied("most is none"),
  ],
  [
    "that are not there",
    { name: "a", parameterNotFoundAction: "Deny" },
    [],
    denied("failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"),
  ],
  ["that may be missing", { name: "a", parameterNotFoundAction: "Allow" }, [], undefined],
];

for (const [title, paramRef, configmaps, message] of params) {
  test(`hands parameters over ${title}`, async () => {
    const plugin = pluginOf([policy(withParams)], [binding({ paramRef })], { configmaps });
    assert.equal((await admit(plugin, request(resources.pods, pod()))).message, message);
  });
}

test("refuses what a policy matches whose parameters are of no kind", async () => {
  const { message } = await judge({ ...validation("true"), paramKind: { apiVersion: "x.com/v1", kind: "Limit" } });
  assert.equal(
    message,
    `pods "web" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'x.com/v1, Kind=Limit'`,
  );
});

test("takes a binding's own rules, and nothing without a binding", async () => {
  const matchResources = { namespaceSelector: { matchLabels: { tier: "two" } } };
  assert.ok((await judge(validation("false"), request(resources.pods, pod()), binding({ matchResources }))).object);
  assert.ok((await admit(pluginOf([policy(validation("false"))], []), request(resources.pods, pod()))).object);
});

test("stops a policy that would go on for ever", async () => {
  const endless = "lists.range(1000).all(x, lists.range(1000).all(y, true))";
  const { message } = await judge(validation(endless));
  assert.equal(
    message,
    denied(`expression '${endless}' resulted in error: operation cancelled: actual cost limit exceeded`),
  );
});
