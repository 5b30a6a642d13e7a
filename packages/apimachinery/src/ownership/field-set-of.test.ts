import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../json.ts";
import type { Schema } from "../schema/schema.ts";
import { fieldSetOf, type FieldSetOptions } from "./field-set-of.ts";
import { fieldsV1 } from "./fields-v1.ts";

function owned(object: JsonObject, schema?: Schema, options?: FieldSetOptions): JsonObject {
  return fieldsV1(fieldSetOf(object, schema, options));
}

function thing(spec: JsonObject): JsonObject {
  return { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "x", namespace: "y" }, spec };
}

function specSchema(properties: { [name: string]: Schema }): Schema {
  return { type: "object", properties: { spec: { type: "object", properties } } };
}

test("identity is nobody's: names, versions and what the server sets", () => {
  const metadata = {
    name: "x",
    namespace: "y",
    uid: "1",
    resourceVersion: "2",
    generation: 3,
    creationTimestamp: null,
    managedFields: [],
    selfLink: "s",
  };
  assert.deepEqual(owned({ apiVersion: "v1", kind: "ConfigMap", metadata }), {});
  assert.deepEqual(owned({ apiVersion: "v1", kind: "ConfigMap", metadata: { ...metadata, labels: { a: "b" } } }), {
    "f:metadata": { "f:labels": { "f:a": {} } },
  });
});

test("the keys of a map are owned, the fields of a struct only as leaves", () => {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { a: "1", b: "2" } };
  assert.deepEqual(owned(object), { "f:data": { "f:a": {}, "f:b": {} } });
});

test("a container port without protocol is owned under the default", () => {
  const template = { spec: { containers: [{ name: "app", ports: [{ containerPort: 80 }] }] } };
  assert.deepEqual(owned({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" }, spec: { template } }), {
    "f:spec": {
      "f:template": {
        "f:spec": {
          "f:containers": {
            'k:{"name":"app"}': {
              ".": {},
              "f:name": {},
              "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
            },
          },
        },
      },
    },
  });
});

test("atomic maps and lists are one field", () => {
  const spec = { selector: { a: "b" }, ports: [{ port: 80 }], loadBalancerSourceRanges: ["10.0.0.0/8"] };
  assert.deepEqual(owned({ apiVersion: "v1", kind: "Service", metadata: { name: "x" }, spec }), {
    "f:spec": {
      "f:loadBalancerSourceRanges": {},
      "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {} } },
      "f:selector": {},
    },
  });
});

test("an empty map is owned as itself, an empty associative list is not, null is", () => {
  const spec = { template: { spec: { containers: [], securityContext: {}, volumes: null } } };
  assert.deepEqual(owned({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" }, spec }), {
    "f:spec": { "f:template": { "f:spec": { "f:securityContext": {}, "f:volumes": {} } } },
  });
});

test("the status is nobody's where the kind has such a subresource", () => {
  const object = { ...thing({}), status: { phase: "x" } };
  assert.deepEqual(owned(object), { "f:spec": {} });
  assert.deepEqual(owned(object, undefined, { hasStatus: false }), {
    "f:spec": {},
    "f:status": { ".": {}, "f:phase": {} },
  });
  assert.deepEqual(owned({ ...thing({ a: 1 }), status: { phase: "x" } }, undefined, { subresource: "status" }), {
    "f:status": { ".": {}, "f:phase": {} },
  });
});

test("without a schema maps go by key and lists are one field", () => {
  assert.deepEqual(owned(thing({ a: { b: [1, 2] }, c: [] })), {
    "f:spec": { ".": {}, "f:a": { ".": {}, "f:b": {} }, "f:c": {} },
  });
});

test("sets are owned by value, lists of maps by their keys", () => {
  const schema = specSchema({
    tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    rows: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["b", "a"],
      items: {
        type: "object",
        properties: { a: { type: "integer" }, b: { type: "string", default: "z" }, c: { type: "string" } },
      },
    },
  });
  assert.deepEqual(owned(thing({ tags: ["y", "x"], rows: [{ a: 1, c: "c" }] }), schema), {
    "f:spec": {
      "f:rows": { 'k:{"a":1,"b":"z"}': { ".": {}, "f:a": {}, "f:c": {} } },
      "f:tags": { 'v:"x"': {}, 'v:"y"': {} },
    },
  });
});

test("items that share their keys are owned as one", () => {
  const schema = specSchema({
    rows: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["a"],
      items: { type: "object", properties: { a: { type: "integer" }, b: { type: "string" } } },
    },
  });
  assert.deepEqual(owned(thing({ rows: [{ a: 1, b: "x" }, { a: 1, b: "y" }, { b: "lost" }] }), schema), {
    "f:spec": { "f:rows": { 'k:{"a":1}': {} } },
  });
});

test("unknown fields that are kept are owned by key", () => {
  const schema = specSchema({ free: { type: "object", "x-kubernetes-preserve-unknown-fields": true } });
  assert.deepEqual(owned(thing({ free: { a: { b: [] } } }), schema), {
    "f:spec": {
      "f:free": { "f:a": { ".": {}, "f:b": {} } },
    },
  });
});

test("an embedded object has the metadata of every object", () => {
  const schema = specSchema({
    template: {
      type: "object",
      "x-kubernetes-embedded-resource": true,
      "x-kubernetes-preserve-unknown-fields": true,
    },
  });
  const template = { apiVersion: "v1", kind: "Pod", metadata: { finalizers: ["a/b"], labels: { a: "b" } } };
  assert.deepEqual(owned(thing({ template }), schema), {
    "f:spec": {
      "f:template": {
        "f:apiVersion": {},
        "f:kind": {},
        "f:metadata": { "f:finalizers": { 'v:"a/b"': {} }, "f:labels": { "f:a": {} } },
      },
    },
  });
});

test("references are followed as the server publishes them, and a map type beside one stands over its target", () => {
  const defs: { [name: string]: Schema } = {
    "com.example.Part": { type: "object", properties: { a: { type: "string" } } },
  };
  const resolve = (name: string): Schema | undefined => defs[name];
  const reference = { $ref: "#/components/schemas/com.example.Part" };
  const schema = specSchema({
    one: { allOf: [reference], default: {} },
    two: { allOf: [reference], "x-kubernetes-map-type": "atomic" },
  });
  assert.deepEqual(owned(thing({ one: { a: "1" }, two: { a: "1" } }), schema, { resolve }), {
    "f:spec": { "f:one": { "f:a": {} }, "f:two": {} },
  });
});

test("a key that Go always writes counts with its zero value where it is left out", () => {
  const spec = { template: { spec: { imagePullSecrets: [{}], containers: [{ image: "a" }] } } };
  assert.deepEqual(owned({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" }, spec }), {
    "f:spec": {
      "f:template": {
        "f:spec": {
          "f:containers": { 'k:{"name":""}': { ".": {}, "f:image": {} } },
          "f:imagePullSecrets": { 'k:{"name":""}': {} },
        },
      },
    },
  });
  // This one it does not write: there is nothing to tell the items apart.
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "x" }, secrets: [{}] };
  assert.deepEqual(owned(account), {});
});
