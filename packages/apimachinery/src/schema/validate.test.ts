// oxlint-disable typescript/no-explicit-any -- these tests break well-typed objects on purpose
import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../test/processor-time.ts";
import { Ajv } from "ajv";
import * as fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { clone, type JsonObject, type JsonValue } from "../json.ts";
import { schemaForKind } from "../openapi/definitions.ts";
import { formatProblem } from "./problem.ts";
import type { Schema } from "./schema.ts";
import { validate } from "./validate.ts";

const deployment: JsonObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "orders", namespace: "shop", labels: { app: "orders" } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "orders" } },
    template: {
      metadata: { labels: { app: "orders" } },
      spec: {
        containers: [
          {
            name: "orders",
            image: "registry.example/orders:1.4.2",
            ports: [{ name: "http", containerPort: 8080 }],
            env: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ name: `VARIABLE_${n}`, value: `the value of variable ${n}` })),
            resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "1Gi" } },
            readinessProbe: { httpGet: { path: "/ready", port: "http" } },
            livenessProbe: { httpGet: { path: "/live", port: 8080 }, initialDelaySeconds: 5 },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          },
          { name: "proxy", image: "registry.example/proxy:2", args: ["--listen", ":9000", "--to", "127.0.0.1:8080"] },
        ],
        volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }],
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 100,
                podAffinityTerm: { topologyKey: "zone", labelSelector: { matchLabels: { app: "orders" } } },
              },
            ],
          },
        },
      },
    },
  },
};

function deploymentProblems(change: (spec: any, container: any, object: any) => void): string[] {
  const object = clone(deployment) as any;
  change(object.spec.template.spec, object.spec.template.spec.containers[0], object);
  return validate(object, schemaForKind("apps/v1", "Deployment")!).map(formatProblem);
}

const at = "spec.template.spec";

test("finds nothing wrong with a good Deployment", () => {
  assert.deepEqual(
    deploymentProblems(() => {}),
    [],
  );
});

test("says what a field should have been called, and what its value should be", () => {
  assert.deepEqual(
    deploymentProblems((_, container) => {
      container.imagePullPolcy = "Always";
      container.imagePullPolicy = "always";
      container.livenesProbe = {};
      container.zebra = 1;
    }),
    [
      `${at}.containers[0].imagePullPolcy: unknown field "imagePullPolcy"; did you mean "imagePullPolicy"?`,
      `${at}.containers[0].imagePullPolicy: expected one of Always, IfNotPresent, Never, found string "always"; did you mean "Always"?`,
      `${at}.containers[0].livenesProbe: unknown field "livenesProbe"; did you mean "livenessProbe"?`,
      `${at}.containers[0].zebra: unknown field "zebra"`,
    ],
  );
});

test("tells types, ranges and formats of built-in kinds apart", () => {
  assert.deepEqual(
    deploymentProblems((pod, container, object) => {
      object.spec.replicas = "3";
      object.spec.minReadySeconds = 2 ** 40;
      pod.terminationGracePeriodSeconds = 2.5;
      pod.hostNetwork = "yes";
      container.resources.requests.cpu = "1 core";
      container.resources.limits.memory = 1024;
      container.readinessProbe.httpGet.port = true;
      container.args = "--verbose";
      object.metadata.creationTimestamp = "yesterday";
    }),
    [
      'metadata.creationTimestamp: expected a time such as 2006-01-02T15:04:05Z, found string "yesterday"',
      'spec.replicas: expected integer, found string "3"',
      `${at}.containers[0].resources.requests.cpu: expected a quantity such as 500m or 1Gi, found string "1 core"`,
      `${at}.containers[0].readinessProbe.httpGet.port: expected integer or string, found boolean true`,
      `${at}.containers[0].args: expected a list, found string "--verbose"`,
      `${at}.terminationGracePeriodSeconds: expected integer, found number 2.5`,
      `${at}.hostNetwork: expected boolean, found string "yes"`,
      "spec.minReadySeconds: expected a 32-bit integer, found integer 1099511627776",
    ],
  );
});

test("takes null for absent, as Go's decoder does", () => {
  assert.deepEqual(
    deploymentProblems((pod, container, object) => {
      pod.nodeSelector = null;
      object.metadata.annotations = { note: null };
      container.name = null;
    }),
    [`${at}.containers[0]: required field "name" is missing`],
  );
});

test("reports repeated list keys, and marks those that the API server lets pass", () => {
  const object = clone(deployment) as any;
  const { containers } = object.spec.template.spec;
  containers[1].name = "orders";
  containers[0].env.push({ name: "VARIABLE_1" });
  const problems = validate(object, schemaForKind("apps/v1", "Deployment")!);
  assert.deepEqual(
    problems.map((problem) => [formatProblem(problem), problem.tolerated === true]),
    [
      [`${at}.containers[0].env[8]: duplicate name "VARIABLE_1"`, true],
      [`${at}.containers[1]: duplicate name "orders"`, false],
    ],
  );
});

test("follows a reference from an own schema, also below anyOf", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      resources: {
        anyOf: [{ type: "string", enum: ["unlimited"] }, { $ref: "io.k8s.api.core.v1.ResourceRequirements" }],
        "x-kubernetes-preserve-unknown-fields": true,
      },
    },
  };
  const problems = (resources: JsonValue) => validate({ resources }, schema).map(formatProblem);
  assert.deepEqual(problems("unlimited"), []);
  assert.deepEqual(problems({ limits: { cpu: "1" } }), []);
  assert.deepEqual(problems("unlimted"), [
    'resources: expected one of unlimited, found string "unlimted"; did you mean "unlimited"?',
  ]);
  assert.deepEqual(problems({ limit: {} }), ['resources.limit: unknown field "limit"; did you mean "limits"?']);
  assert.deepEqual(problems(5), [
    "resources: expected at least one of unlimited, ResourceRequirements, found integer 5",
  ]);
});

test("says what a text is instead of its pattern where the schema has a title", () => {
  const duration: Schema = { type: "string", title: "a duration such as 5m", pattern: "^[0-9]+m$" };
  const { title: _, ...untitled } = duration;
  const told = (schema: Schema, value: JsonValue) => validate(value, schema).map(formatProblem);
  assert.deepEqual(told(duration, "5 minutes"), ['expected a duration such as 5m, found string "5 minutes"']);
  assert.deepEqual(told(untitled, "5 minutes"), ['expected text matching ^[0-9]+m$, found string "5 minutes"']);
  assert.deepEqual(told({ anyOf: [duration, { type: "string", title: "a word", pattern: "^[a-z]+$" }] }, "5 m"), [
    'expected at least one of a duration such as 5m, a word, found string "5 m"',
  ]);
});

test("names the fields that there are beside an unknown one that is like none of them", () => {
  const schema: Schema = { type: "object", properties: { min: {}, max: {} } };
  const told = (value: JsonValue) => validate(value, schema).map(({ suggestion, known }) => [suggestion, known]);
  assert.deepEqual(told({ zebra: 1 }), [[undefined, ["min", "max"]]]);
  assert.deepEqual(told({ mx: 1 }), [["max", undefined]]);
});

test("knows exactly-one-of by the fields it asks for", () => {
  const schema: Schema = {
    type: "object",
    properties: { cpu: { type: "string" }, queue: { type: "string" } },
    oneOf: [{ required: ["cpu"] }, { required: ["queue"] }],
  };
  assert.deepEqual(validate({ cpu: "1", queue: "a" }, schema).map(formatProblem), [
    "expected exactly one of cpu, queue, found 2: cpu, queue",
  ]);
});

test("checks a CustomResourceDefinition, whose schema refers to itself", () => {
  const schema = schemaForKind("apiextensions.k8s.io/v1", "CustomResourceDefinition")!;
  const crd = (leaf: JsonObject): JsonObject => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.com" },
    spec: {
      group: "example.com",
      names: { kind: "Thing", plural: "things" },
      scope: "Namespaced",
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: "object", properties: { a: { type: "object", properties: { b: leaf } } } },
          },
        },
      ],
    },
  });
  assert.deepEqual(validate(crd({ type: "string" }), schema), []);
  const [problem] = validate(crd({ typ: "string" }), schema);
  assert.equal(problem?.suggestion, "type");
});

test("treats keys of Object's prototype as ordinary keys", () => {
  const schema: Schema = { type: "object", properties: { name: { type: "string" } }, required: ["constructor"] };
  const value = JSON.parse('{"__proto__": 1, "toString": 2}') as JsonObject;
  assert.deepEqual(
    validate(value, schema).map(({ kind, found }) => [kind, found]),
    [
      ["required", "constructor"],
      ["unknown", "__proto__"],
      ["unknown", "toString"],
    ],
  );
});

test("ends on a schema that refers to itself without end and on a value nested without end", () => {
  const resolve = (name: string): Schema => ({ $ref: name });
  assert.deepEqual(validate({}, { $ref: "loop" }, { resolve }), []);
  const tree: Schema = { type: "array", items: { $ref: "tree" } };
  let value: JsonValue = [];
  for (let depth = 0; depth < 5000; depth++) value = [value];
  assert.deepEqual(
    validate(value, tree, { resolve: () => tree }).map(({ kind }) => kind),
    ["depth"],
  );
});

test("stops counting problems at the limit", () => {
  const value = Array.from({ length: 50 }, () => 1);
  const problems = validate(value, { type: "array", items: { type: "string" } }, { limit: 10 });
  assert.equal(problems.length, 11);
  assert.equal(problems.at(-1)!.kind, "count");
});

test("reads integers that a double cannot hold digit by digit", () => {
  const schema: Schema = { type: "integer", format: "int64" };
  assert.deepEqual(validate(JSON.rawJSON("9223372036854775807"), schema), []);
  assert.deepEqual(validate(JSON.rawJSON("9223372036854775808"), schema).map(formatProblem), [
    "expected a 64-bit integer, found integer 9223372036854775808",
  ]);
});

test("validates 5,000 Deployments in well under a second", async (t) => {
  const schema = schemaForKind("apps/v1", "Deployment")!;
  validate(deployment, schema);
  const took = await processorMs(() => {
    for (let round = 0; round < 5000; round++) validate(deployment, schema);
  });
  t.diagnostic(`${took.toFixed(0)} ms for ${JSON.stringify(deployment).length} bytes, 5,000 times`);
  assert.ok(took < 1500, `took ${took} ms`);
});

// The keywords that ajv and the API server mean alike: no formats, nulls or unknown fields.
const { schema: anySchema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Schema>(
      { type: "string", minLength: 1, maxLength: 2 },
      { type: "string", pattern: "^a" },
      { type: "string", enum: ["a", "b"] },
      { type: "integer", minimum: 0, maximum: 2 },
      { type: "number", multipleOf: 0.5 },
      { type: "boolean" },
    ),
    tie("schema").map((items): Schema => ({ type: "array", items, maxItems: 2 })),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("schema")).map((properties): Schema => ({
      type: "object",
      properties,
      required: Object.keys(properties).slice(0, 1),
    })),
    tie("schema").map((values): Schema => ({ type: "object", additionalProperties: values, minProperties: 1 })),
    fc.tuple(tie("schema"), tie("schema")).map((anyOf): Schema => ({ anyOf })),
    fc.tuple(tie("schema"), tie("schema")).map((oneOf): Schema => ({ oneOf })),
    fc.tuple(tie("schema"), tie("schema")).map((allOf): Schema => ({ allOf })),
    tie("schema").map((not): Schema => ({ not })),
  ),
}));
const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonValue>("", "a", "b", "abc", 0, 1, 3, -1, 0.5, 0.3, true, "😀"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("value")),
  ),
}));

test("agrees with ajv on the keywords that both have", () => {
  const ajv = new Ajv({ strict: false, multipleOfPrecision: 9, unicodeRegExp: true });
  let refused = 0;
  fc.assert(
    fc.property(anySchema, fc.array(anyValue, { minLength: 4, maxLength: 8 }), (schema, values) => {
      const theirs = ajv.compile(schema);
      for (const value of values) {
        const problems = validate(value, schema).filter(({ kind }) => kind !== "unknown");
        if (problems.length > 0) refused++;
        assert.equal(problems.length === 0, theirs(value), `${JSON.stringify(schema)} ${JSON.stringify(value)}`);
      }
    }),
    runs(150),
  );
  assert.ok(refused > 100);
});
