import assert from "node:assert/strict";
import { test } from "node:test";
import { definition, type JsonObject } from "@fairlead/apimachinery";
import { admit, context, pod, request, resources, shop } from "../../../test/admission.ts";
import { testHost } from "../../../test/admission-host.ts";
import { field } from "../objects.ts";
import { mutatingPolicies } from "./mutating.ts";

const rules = [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }];

const policy = (name: string, mutations: JsonObject[], more: JsonObject = {}): JsonObject => ({
  metadata: { name },
  spec: { matchConstraints: { resourceRules: rules }, mutations, ...more },
});
const configuration = (expression: string): JsonObject => ({
  patchType: "ApplyConfiguration",
  applyConfiguration: { expression },
});
const patch = (expression: string): JsonObject => ({ patchType: "JSONPatch", jsonPatch: { expression } });

function pluginOf(...policies: JsonObject[]) {
  const group = "admissionregistration.k8s.io";
  const bindings = policies.map((one) => ({
    metadata: { name: `${(one["metadata"] as { name: string }).name}-b` },
    spec: { policyName: (one["metadata"] as { name: string }).name },
  }));
  const store = context({
    namespaces: [shop],
    [`mutatingadmissionpolicies.${group}`]: policies,
    [`mutatingadmissionpolicybindings.${group}`]: bindings,
  });
  const schema = definition("io.k8s.api.core.v1.Pod");
  return mutatingPolicies({ ...testHost({ context: store }), schemaOf: () => ({ schema }) });
}

const mutate = (...policies: JsonObject[]) => admit(pluginOf(...policies), request(resources.pods, pod()));

test("merges a configuration by the schema of the kind", async () => {
  const expression = `Object{
    metadata: Object.metadata{labels: {"by": request.userInfo.username}},
    spec: Object.spec{containers: [Object.spec.containers{name: "main", tty: true}, Object.spec.containers{name: "side"}]}
  }`;
  const { object } = await mutate(policy("p", [configuration(expression)]));
  assert.deepEqual(field(object, "metadata", "labels"), { by: "admin" });
  assert.deepEqual(field(object, "spec", "containers"), [
    { name: "main", image: "web:1", tty: true },
    { name: "side" },
  ]);
  assert.equal(field(object, "spec", "defaulted"), true);
});

test("patches, with keys escaped", async () => {
  const expression = `[
    JSONPatch{op: "add", path: "/metadata/labels", value: {}},
    JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "c"}
  ]`;
  const { object } = await mutate(policy("p", [patch(expression)]));
  assert.deepEqual(field(object, "metadata", "labels"), { "a/b": "c" });
});

test("does nothing where a test of a patch does not hold", async () => {
  const expression = `[
    JSONPatch{op: "test", path: "/metadata/name", value: "other"},
    JSONPatch{op: "add", path: "/metadata/labels", value: {}}
  ]`;
  const { object } = await mutate(policy("p", [patch(expression)]));
  assert.equal(field(object, "metadata", "labels"), undefined);
});

test("shows each policy what those before it made, and the first again if it wants that", async () => {
  const count = configuration(
    `Object{metadata: Object.metadata{labels: {"seen": string(size(object.metadata.?labels.orValue({})))}}}`,
  );
  const label = configuration(`Object{metadata: Object.metadata{labels: {"b": "1"}}}`);
  const once = await mutate(policy("a", [count]), policy("b", [label]));
  assert.deepEqual(field(once.object, "metadata", "labels"), { seen: "0", b: "1" });
  const again = await mutate(policy("a", [count], { reinvocationPolicy: "IfNeeded" }), policy("b", [label]));
  assert.deepEqual(field(again.object, "metadata", "labels"), { seen: "2", b: "1" });
});

const denied = (why: string): string => `policy 'p' with binding 'p-b' denied request: ${why}`;

const failures: readonly [string, JsonObject, string][] = [
  [
    "an atomic list",
    configuration(`Object{spec: Object.spec{tolerations: [Object.spec.tolerations{key: "a"}]}}`),
    denied(
      "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.tolerations",
    ),
  ],
  [
    "a field that is not there",
    configuration("Object{spec: Object.spec{none: 1}}"),
    denied(
      "error applying patch: failed to convert patch object to typed object: .spec.none: field not declared in schema",
    ),
  ],
  [
    "an expression that fails",
    configuration("Object{metadata: Object.metadata{labels: {'a': object.none}}}"),
    denied(
      `expression 'Object{metadata: Object.metadata{labels: {'a': object.none}}}' resulted in error: no such key: none`,
    ),
  ],
  [
    "an expression that is none",
    patch("[foo]"),
    denied("compilation failed: ERROR: <input>:1:2: undeclared reference to 'foo' (in container '')\n | [foo]\n | .^"),
  ],
];

for (const [title, mutation, message] of failures) {
  test(`refuses ${title}`, async () => {
    const { refused } = await mutate(policy("p", [mutation]));
    assert.equal(refused?.["message"], message);
    assert.equal(refused["reason"], "Invalid");
    assert.equal(refused["code"], 403);
    assert.deepEqual(field(refused, "details", "causes"), [{ message }]);
    assert.ok((await mutate(policy("p", [mutation], { failurePolicy: "Ignore" }))).object);
  });
}
