import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isWritten, unwanted } from "./compare.ts";

const desired: KrmObject = {
  apiVersion: "networking.istio.io/v1",
  kind: "ServiceEntry",
  metadata: { name: "a", namespace: "mesh", labels: { "admiral.io/env": "prd" }, annotations: { identity: "a" } },
  spec: { hosts: ["a.global"], ports: [{ number: 80, name: "http" }], locality: {} },
};

function observed(change: { metadata?: JsonObject; spec?: JsonObject; status?: JsonObject } = {}): JsonObject {
  const { metadata = {}, spec = {}, ...rest } = change;
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "ServiceEntry",
    metadata: { ...desired.metadata, uid: "u", resourceVersion: "1", generation: 3, ...metadata },
    spec: { locality: {}, ports: [{ name: "http", number: 80 }], hosts: ["a.global"], ...spec },
    ...rest,
  };
}

test("what the server adds, the version and the order of members are no difference", () => {
  assert.ok(isWritten(desired, observed({ status: { conditions: [] } })));
});

test("labels and annotations of others are theirs", () => {
  const labels = { "admiral.io/env": "prd", team: "x" };
  assert.ok(isWritten(desired, observed({ metadata: { labels, annotations: { identity: "a", note: "y" } } })));
});

const differences: { readonly [what: string]: Parameters<typeof observed>[0] } = {
  "another value": { spec: { hosts: ["b.global"] } },
  "a member that nobody asked for": { spec: { resolution: "DNS" } },
  "an element more": { spec: { hosts: ["a.global", "b.global"] } },
  "a map instead of a list": { spec: { hosts: { 0: "a.global" } } },
  "an empty map that is missing": { spec: { locality: null } },
  "a label that is missing": { metadata: { labels: {} } },
  "an annotation of ours that is not wanted": { metadata: { annotations: { identity: "a", "dns-prefix": "west" } } },
  "a name in another case": { metadata: { annotations: { identity: "A" } } },
};
for (const [what, change] of Object.entries(differences)) {
  test(`${what} is a difference`, () => assert.ok(!isWritten(desired, observed(change))));
}

test("a member that is null is one that is absent", () => {
  assert.ok(isWritten(desired, observed({ spec: { exportTo: null } })));
});

test("names the marks that have to go", () => {
  assert.deepEqual(unwanted({ a: "1" }, { a: "1", "fairlead.dev/owner": "x", "associated-gtp": "y", b: "2" }), [
    "fairlead.dev/owner",
    "associated-gtp",
  ]);
});
