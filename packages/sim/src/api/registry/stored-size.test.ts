import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { ApiError } from "../../errors.ts";
import { fitting } from "./stored-size.ts";

const mib = 1024 * 1024;

function secret(bytes: number, managers = 0): JsonObject {
  const managedFields = [{ manager: "x".repeat(managers), operation: "Update", fieldsType: "FieldsV1" }];
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "a", ...(managers === 0 ? {} : { managedFields }) },
    data: { a: Buffer.alloc(bytes).toString("base64") },
  };
}

function messageOf(object: JsonObject): string {
  try {
    fitting(object, "/registry/secrets/a");
    return "";
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return error.message;
  }
}

test("counts what is stored, not how it was sent", () => {
  // As JSON, base64 takes a third more.
  assert.equal(messageOf(secret(1.45 * mib)), "");
  assert.equal(messageOf(secret(1.55 * mib)), "etcdserver: request is too large");
  const custom: JsonObject = {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: {},
    data: "a".repeat(1.55 * mib),
  };
  assert.equal(messageOf(custom), "etcdserver: request is too large");
});

test("says of what is larger than a message that it is", () => {
  assert.match(
    messageOf(secret(2 * mib)),
    /^rpc error: code = ResourceExhausted desc = trying to send message larger than max \(\d+ vs\. 2097152\)$/,
  );
});

test("forgets managers before it refuses", () => {
  const object = secret(mib, mib);
  assert.deepEqual(fitting(object, "/registry/secrets/a"), secret(mib));
  const small = secret(10, 10);
  assert.equal(fitting(small, "/registry/secrets/a"), small);
});
