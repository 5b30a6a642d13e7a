import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeErrorCode } from "../errors.ts";
import type { Resource } from "../resource.ts";
import { answerError } from "./answer-error.ts";

const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
const call = {
  verb: "get",
  path: "/api/v1/namespaces/shop/pods/a?x=1",
  resource: pods,
  key: { namespace: "shop", name: "a" },
};

function errorOf(httpStatus: number, text: string, headers: { [name: string]: string } = {}) {
  return answerError(call, "prod", { status: httpStatus, headers }, text, (one) => one);
}

function status(reason: string, code: number, more: object = {}): string {
  return JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message: "no", reason, code, ...more });
}

const reasons: readonly [reason: string, httpStatus: number, code: KubeErrorCode][] = [
  ["Unauthorized", 401, "unauthorized"],
  ["Forbidden", 403, "forbidden"],
  ["NotFound", 404, "not-found"],
  ["AlreadyExists", 409, "already-exists"],
  ["Conflict", 409, "conflict"],
  ["Gone", 410, "gone"],
  ["Expired", 410, "gone"],
  ["Invalid", 422, "invalid"],
  ["BadRequest", 400, "bad-request"],
  ["TooManyRequests", 429, "too-many-requests"],
  ["RequestEntityTooLarge", 413, "too-large"],
  ["MethodNotAllowed", 405, "unsupported"],
  ["NotAcceptable", 406, "unsupported"],
  ["UnsupportedMediaType", 415, "unsupported"],
  ["ServerTimeout", 500, "server-timeout"],
  ["Timeout", 504, "server-timeout"],
  ["ServiceUnavailable", 503, "unavailable"],
  ["InternalError", 500, "server-error"],
];

for (const [reason, httpStatus, code] of reasons) {
  test(`${reason} is ${code}`, () => assert.equal(errorOf(httpStatus, status(reason, httpStatus)).code, code));
}

const bare: readonly [httpStatus: number, code: KubeErrorCode][] = [
  [400, "bad-request"],
  [401, "unauthorized"],
  [404, "not-found"],
  [409, "conflict"],
  [418, "bad-request"],
  [429, "too-many-requests"],
  [500, "server-error"],
  [502, "unavailable"],
  [504, "server-timeout"],
  [599, "server-error"],
  [302, "bad-request"],
];

for (const [httpStatus, code] of bare) {
  test(`${httpStatus} without a Status is ${code}`, () => assert.equal(errorOf(httpStatus, "").code, code));
}

test("says what was asked for, what the server said, and keeps its Status whole", () => {
  const text = status("Invalid", 422, {
    details: { causes: [{ field: "spec.x", reason: "FieldValueRequired" }], big: 1 },
  });
  const error = errorOf(422, text);
  assert.equal(error.message, "get Pod shop/a: no");
  assert.equal(JSON.stringify(error.status), text);
  assert.deepEqual([error.httpStatus, error.cluster, error.object?.name], [422, "prod", "a"]);
});

test("takes the first line of a text, and nothing of a page of HTML", () => {
  assert.equal(errorOf(404, "404 page not found\nmore").message, "get Pod shop/a: 404 page not found");
  assert.equal(errorOf(502, "<html>proxy</html>").message, "get Pod shop/a: the server answered 502");
  assert.equal(errorOf(500, '{"kind":"Status"').message, 'get Pod shop/a: {"kind":"Status"');
});

test("reads when to come again from the header, or from the details", () => {
  assert.equal(errorOf(429, "", { "retry-after": "3" }).retryAfterMs, 3_000);
  assert.equal(errorOf(500, status("ServerTimeout", 500, { details: { retryAfterSeconds: 2 } })).retryAfterMs, 2_000);
  assert.equal(errorOf(429, "", { "retry-after": "Sat, 21 Nov 2026 10:00:00 GMT" }).retryAfterMs, undefined);
  assert.equal(errorOf(429, "").retryAfterMs, undefined);
});
