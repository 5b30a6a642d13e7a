import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded } from "../../test/recorded.ts";
import type { JsonObject } from "../json.ts";
import { schemaForKind } from "../openapi/definitions.ts";
import type { Schema } from "../schema/schema.ts";
import { jsonMerge } from "./json-merge.ts";
import { strategicMerge } from "./strategic-merge.ts";

type Request = { kind: string; group: string; object: JsonObject; patch: JsonObject };
type Answer = { error?: string; value?: JsonObject };

test("merges patches of built-in kinds as kube-apiserver does", () => {
  for (const { request, answer } of recorded<Request, Answer>("merges")) {
    const before = JSON.stringify(request);
    const schema = schemaForKind(request.group, request.kind)!;
    assert.deepEqual(
      strategicMerge(request.object, request.patch, schema),
      answer.value,
      JSON.stringify(request.patch),
    );
    assert.equal(JSON.stringify(request), before);
  }
});

const pods = schemaForKind("v1", "Pod")!;

test("leaves no directive and no null in an item that is new, where Kubernetes passes them on", () => {
  const patch = {
    spec: {
      containers: [
        {
          name: "new",
          env: [
            { name: "A", value: null },
            { name: "B", $patch: "delete" },
          ],
        },
      ],
    },
  };
  assert.deepEqual(strategicMerge({ spec: { containers: [] } }, patch, pods), {
    spec: { containers: [{ name: "new", env: [{ name: "A" }] }] },
  });
});

test("replaces lists when there is no schema", () => {
  assert.deepEqual(strategicMerge({ a: [{ name: "x" }], b: { c: 1, d: 2 } }, { a: [{ name: "y" }], b: { d: null } }), {
    a: [{ name: "y" }],
    b: { c: 1 },
  });
});

test("merges the lists of a custom resource by their list type", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      ports: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
        items: {
          type: "object",
          properties: {
            port: { type: "integer" },
            protocol: { type: "string", default: "TCP" },
            name: { type: "string" },
          },
        },
      },
      tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
      template: { $ref: "io.k8s.api.core.v1.PodTemplateSpec" },
    },
  };
  const base = {
    ports: [{ port: 53 }, { port: 53, protocol: "UDP" }],
    tags: ["a"],
    template: { spec: { containers: [{ name: "a", image: "1" }] } },
  };
  const patch = {
    ports: [
      { port: 53, protocol: "UDP", name: "dns" },
      { port: 53, protocol: "TCP", name: "dns-tcp" },
    ],
    tags: ["b", "a"],
    template: { spec: { containers: [{ name: "a", image: "2" }] } },
  };
  assert.deepEqual(strategicMerge(base, patch, schema), {
    ports: [
      { port: 53, protocol: "UDP", name: "dns" },
      { port: 53, name: "dns-tcp", protocol: "TCP" },
    ],
    tags: ["b", "a"],
    template: { spec: { containers: [{ name: "a", image: "2" }] } },
  });
});

test("reports what Kubernetes would refuse and merges the rest", () => {
  const told: string[] = [];
  const patch = {
    spec: { containers: [{ image: "x" }, { name: "a", $patch: "remove" }, { $patch: "delete" }], $patch: "zap" },
  };
  const merged = strategicMerge({ spec: { containers: [{ name: "a" }] } }, patch, pods, {
    report: (path, message) => told.push(`${path.join(".")}: ${message}`),
  });
  assert.deepEqual(merged, { spec: { containers: [{ name: "a" }, { image: "x" }] } });
  assert.deepEqual(told, [
    'spec: unknown directive "zap" under $patch',
    'spec.containers: unknown directive "remove" under $patch',
    "spec.containers: an item with $patch: delete has no name",
    "spec.containers.0: the item has no name, by which the list merges",
  ]);
});

test("takes keys of Object's prototype for ordinary keys", () => {
  const patch = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as JsonObject;
  assert.equal(JSON.stringify(strategicMerge({}, patch)), '{"__proto__":{"a":1},"constructor":2}');
  assert.equal(JSON.stringify(jsonMerge({}, patch)), '{"__proto__":{"a":1},"constructor":2}');
});

test("merges JSON by the examples of RFC 7386", () => {
  for (const [base, patch, result] of [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as const) {
    assert.deepEqual(jsonMerge(base as never, patch as never), result);
  }
});
