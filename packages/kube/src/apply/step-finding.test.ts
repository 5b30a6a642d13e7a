import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { ObjectRef } from "@fairlead/krm";
import { kubeError } from "../../test/fake-store.ts";
import { KubeError } from "../errors.ts";
import { stepFinding } from "./step-finding.ts";

const web: ObjectRef = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
const secret: ObjectRef = { apiVersion: "v1", kind: "Secret", namespace: "shop", name: "token" };

function causes(...list: JsonObject[]): JsonObject {
  return { details: { causes: list } };
}

const cases: readonly (readonly [string, unknown, ObjectRef, string, RegExp])[] = [
  [
    "fields of another manager",
    kubeError("conflict", 409, "Conflict", "Apply failed with 2 conflicts", {
      ...causes(
        {
          reason: "FieldManagerConflict",
          message: 'conflict with "kubectl-edit" using apps/v1',
          field: ".spec.replicas",
        },
        {
          reason: "FieldManagerConflict",
          message: 'conflict with "hpa" with subresource "scale" using apps/v1 at 2026-01-01T00:00:00Z',
          field: ".spec.paused",
        },
      ),
    }),
    web,
    "FL704",
    /^Deployment shop\/web: spec\.replicas set to another value by kubectl-edit; spec\.paused set to another value by hpa$/,
  ],
  [
    "a conflict of versions",
    kubeError("conflict", 409, "Conflict", "the object has been modified"),
    web,
    "FL713",
    /modified/,
  ],
  [
    "a field that cannot change",
    kubeError("invalid", 422, "Invalid", 'Deployment.apps "web" is invalid', {
      ...causes({
        reason: "FieldValueInvalid",
        message: "Invalid value: {…}: field is immutable",
        field: "spec.selector",
      }),
    }),
    web,
    "FL710",
    /spec\.selector cannot be changed once it exists/,
  ],
  [
    "a field of a StatefulSet that cannot change",
    kubeError("invalid", 422, "Invalid", "is invalid", {
      ...causes({
        reason: "FieldValueForbidden",
        message: "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
        field: "spec",
      }),
    }),
    { ...web, kind: "StatefulSet" },
    "FL710",
    /spec cannot be changed/,
  ],
  [
    "an invalid field",
    kubeError(
      "invalid",
      422,
      "Invalid",
      "spec.replicas: must not be negative",
      causes({ message: "must not be negative", field: "spec.replicas" }),
    ),
    web,
    "FL711",
    /must not be negative/,
  ],
  [
    "an invalid Secret, without its values",
    kubeError(
      "invalid",
      422,
      "Invalid",
      'data: Invalid value: "hunter2"',
      causes({ message: 'Invalid value: "hunter2"', field: "data[x y]" }),
    ),
    secret,
    "FL711",
    /does not accept data\[x y\]$/,
  ],
  [
    "an unknown field",
    kubeError(
      "server-error",
      500,
      "",
      'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): errors:\n  .spec.template.spec.containers[name="a"].foo: field not declared in schema\n  .spec.nope: field not declared in schema',
    ),
    web,
    "FL711",
    /does not fit the kind's schema: spec\.template\.spec\.containers\[name="a"\]\.foo: field not declared in schema; spec\.nope: field not declared in schema$/,
  ],
  [
    "one unknown field",
    kubeError(
      "server-error",
      500,
      "",
      "failed to create typed patch object (/x; v1, Kind=X): .spec.nope: field not declared in schema",
    ),
    web,
    "FL711",
    /schema: spec\.nope: field/,
  ],
  [
    "a Secret of a wrong shape, without its values",
    kubeError(
      "server-error",
      500,
      "",
      "failed to create typed patch object (shop/token; /v1, Kind=Secret): .data.a: expected string, got &value.valueUnstructured{Value:1234}",
    ),
    secret,
    "FL711",
    /schema$/,
  ],
  [
    "another error of the server",
    kubeError("server-error", 500, "InternalError", "etcdserver: no leader"),
    web,
    "FL713",
    /no leader/,
  ],
  [
    "a missing namespace",
    kubeError("not-found", 404, "NotFound", 'namespaces "shop" not found', {
      details: { kind: "namespaces", name: "shop" },
    }),
    web,
    "FL712",
    /namespaces "shop" not found/,
  ],
  [
    "a kind that is gone",
    kubeError("not-found", 404, "NotFound", "the server could not find the requested resource"),
    web,
    "FL701",
    /could not find/,
  ],
  ["a missing permission", kubeError("forbidden", 403, "Forbidden", "cannot patch"), web, "FL711", /cannot patch/],
  ["a lost connection", new KubeError("connection", "connect ECONNREFUSED"), web, "FL713", /ECONNREFUSED/],
  ["an interruption", new KubeError("aborted", "aborted"), web, "FL715", /interrupted/],
  ["what is no error of a cluster", new TypeError("x is not a function"), web, "FL713", /not a function/],
];

for (const [name, error, object, code, message] of cases) {
  test(`makes a finding of ${name}`, () => {
    const finding = stepFinding(error, object);
    assert.equal(finding.code, code);
    assert.match(finding.message, message);
    assert.deepEqual(finding.object, object);
    assert.doesNotMatch(JSON.stringify(finding), /hunter2|1234/);
  });
}
