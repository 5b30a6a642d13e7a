import assert from "node:assert/strict";
import { test } from "node:test";
import { isKubeError } from "../errors.ts";
import type { Resource } from "../resource.ts";
import { collectionIn, pathOf, withQuery } from "./paths.ts";

const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
const roles: Resource = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
};

test("places an object where its key says, else where the access does", () => {
  assert.equal(pathOf(pods, { name: "a" }, "shop", "log"), "/api/v1/namespaces/shop/pods/a/log");
  assert.equal(pathOf(pods, { name: "a", namespace: "b" }, "shop"), "/api/v1/namespaces/b/pods/a");
  assert.equal(
    pathOf(roles, { name: "system:node", namespace: "b" }, "shop"),
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
  );
  assert.equal(collectionIn(pods, undefined), "/api/v1/pods");
});

for (const name of ["", ".", "..", "a/b", "a%2fb"]) {
  test(`makes no path of the name ${JSON.stringify(name)}: a deletion would hit something else`, () => {
    const isRefused = (error: unknown): boolean => isKubeError(error, "bad-request");
    assert.throws(() => pathOf(pods, { name }, "shop"), isRefused);
    assert.throws(() => pathOf(pods, { name: "a", namespace: name }, "shop"), isRefused);
    assert.throws(() => collectionIn(pods, name), isRefused);
  });
}

test("adds a query to a path with and without one", () => {
  const query = { a: "1&2", b: undefined, c: true };
  assert.equal(withQuery("/x", query), "/x?a=1%262&c=true");
  assert.equal(withQuery("/x?y=1", query), "/x?y=1&a=1%262&c=true");
  assert.equal(withQuery("/x", {}), "/x");
});
