import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterOf, namespaceOf, partsOf, placeOf, placeParts } from "./keys.ts";

for (const cluster of ["east", "arn:aws:eks:eu-west-1:111122223333:cluster/prod", "a/b/c"]) {
  test(`keys are told apart into their parts in a cluster called ${cluster}`, () => {
    const key = `${cluster}/shop/Deployment.apps/web`;
    const parts = { kind: "Deployment.apps", name: "web", local: "Deployment.apps/web" };
    assert.deepEqual(partsOf(key), { cluster, namespace: "shop", ...parts });
    assert.deepEqual([clusterOf(key), namespaceOf(key), placeOf(key)], [cluster, "shop", `${cluster}/shop`]);
    assert.deepEqual(placeParts(placeOf(key)), { cluster, namespace: "shop" });
  });
}
