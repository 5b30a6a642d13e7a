import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { patchedPod } from "./patched-pod.ts";
import { readReview } from "./review.ts";

const pod: JsonObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "question", namespace: "shop", labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "web:1" }] },
  status: {},
};
const patchOf = (operations: JsonValue): string => Buffer.from(JSON.stringify(operations)).toString("base64");
const review = (response: JsonObject, envelope: JsonObject = {}): string =>
  JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", ...envelope, response });
const proxy = { name: "istio-proxy", image: "proxyv2" };

describe("an answer of an injector", () => {
  test("without a patch leaves the pod as it is", () => {
    assert.deepEqual(readReview(review({ uid: "u", allowed: true }), "u"), { kind: "allowed", operations: [] });
  });

  test("that refuses the pod is no pod without proxy", () => {
    const refused = review({ uid: "u", allowed: false, status: { message: "bad\u001b[31m annotation" } });
    assert.deepEqual(readReview(refused, "u"), { kind: "refused", message: "bad [31m annotation" });
  });

  test("may hold texts that look nested, with quotes and backslashes in them", () => {
    for (const message of [
      "[".repeat(100),
      '"'.repeat(3) + "{".repeat(100),
      '\\\\" \\'.repeat(40) + "[".repeat(100),
      "\\",
    ]) {
      const refused = review({ uid: "u", allowed: false, status: { message: message.slice(-120) } });
      assert.equal(readReview(refused, "u").kind, "refused", message);
    }
  });

  const invalid: readonly (readonly [string, string])[] = [
    ["no JSON", "<html>"],
    ["nested without end", "[".repeat(100_000)],
    ["nested too deep behind a text", `{"a\\\\\\"[": ${"[".repeat(65)}${"]".repeat(65)}}`],
    ["a text without end", '{"a\\\\'],
    ["of another version", review({ uid: "u", allowed: true }, { apiVersion: "admission.k8s.io/v1beta1" })],
    ["of another kind", review({ uid: "u", allowed: true }, { kind: "Status" })],
    ["without a response", JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" })],
    ["to another question", review({ uid: "v", allowed: true })],
    ["that does not decide", review({ uid: "u" })],
    ["with a patch of another kind", review({ uid: "u", allowed: true, patch: patchOf([]), patchType: "Merge" })],
    ["with a patch that is no list", review({ uid: "u", allowed: true, patch: patchOf({}), patchType: "JSONPatch" })],
    ["with a patch that is no JSON", review({ uid: "u", allowed: true, patch: "!!", patchType: "JSONPatch" })],
    [
      "with too many operations",
      review({
        uid: "u",
        allowed: true,
        patch: patchOf(Array.from({ length: 5_001 }, () => ({}))),
        patchType: "JSONPatch",
      }),
    ],
  ];
  for (const [what, text] of invalid) {
    test(`${what} is refused`, () => assert.equal(readReview(text, "u").kind, "invalid"));
  }
});

describe("a patch", () => {
  test("adds what it injects, and may say that there is no status", () => {
    const operations = [
      { op: "add", path: "/spec/containers/0", value: proxy },
      { op: "add", path: "/metadata/annotations", value: { "sidecar.istio.io/status": "{}" } },
      { op: "add", path: "/status", value: {} },
    ];
    const patched = patchedPod(pod, operations);
    assert.ok(patched.kind === "pod");
    assert.deepEqual((patched.pod["spec"] as JsonObject)["containers"], [proxy, { name: "web", image: "web:1" }]);
    assert.deepEqual(pod["metadata"], { name: "question", namespace: "shop", labels: { app: "web" } });
  });

  const refused: readonly (readonly [string, JsonValue[]])[] = [
    ["the kind", [{ op: "replace", path: "/kind", value: "Node" }]],
    ["the status", [{ op: "add", path: "/status/phase", value: "Running" }]],
    ["the whole pod", [{ op: "replace", path: "", value: {} }]],
    ["something copied out of the status", [{ op: "copy", from: "/status", path: "/metadata/annotations" }]],
    ["a path that only looks like the spec", [{ op: "add", path: "/specification", value: 1 }]],
    ["the name", [{ op: "replace", path: "/metadata/name", value: "other" }]],
    ["the namespace", [{ op: "remove", path: "/metadata/namespace" }]],
    ["the spec, as a text", [{ op: "replace", path: "/spec", value: "x" }]],
    ["containers without names", [{ op: "add", path: "/spec/containers/-", value: {} }]],
    ["labels that are no texts", [{ op: "add", path: "/metadata/labels/x", value: 1 }]],
    ["what is not there", [{ op: "remove", path: "/spec/nodeName" }]],
    ["a failed test", [{ op: "test", path: "/spec/containers/0/name", value: "other" }]],
    ["an unknown operation", [{ op: "merge", path: "/spec", value: {} }]],
    ["no operation at all", ["add"]],
    [
      "copies of copies",
      [
        { op: "add", path: "/metadata/annotations", value: { a: "x".repeat(100_000) } },
        ...Array.from({ length: 60 }, () => ({
          op: "copy",
          from: "/metadata/annotations",
          path: "/metadata/annotations/b",
        })),
      ],
    ],
  ];
  for (const [what, operations] of refused) {
    test(`is refused as a whole: ${what}`, () => {
      const patched = patchedPod(pod, [{ op: "add", path: "/spec/containers/0", value: proxy }, ...operations]);
      assert.equal(patched.kind, "invalid");
    });
  }
});
