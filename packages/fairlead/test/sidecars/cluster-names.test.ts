/** Clusters are called as their contexts are: those of EKS hold colons and a slash. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { answersBy, decideAll, istio, namespaceOf, viewOf, workload } from "./plan-world.ts";

const named = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const older = { version: "1.28.0" };
const newer = { version: "1.29.0" };

test("what is decided does not depend on what a cluster is called", () => {
  const shop = namespaceOf("shop", { "istio-injection": "enabled" });
  const objects = [
    ...istio(newer),
    shop,
    ...workload("Deployment", "web", { injectedBy: older }),
    ...workload("StatefulSet", "db", { injectedBy: newer }),
  ];
  const [plain, slashed] = ["east", named].map((cluster) => {
    const decisions = decideAll(viewOf(objects, { cluster }), answersBy([newer]));
    return [...decisions.values()].map(({ kind, workload: { key, namespace, name } }) => ({
      kind,
      key: key.replace(cluster, "CLUSTER"),
      namespace,
      name,
    }));
  });
  assert.deepEqual(slashed, plain);
  assert.ok(plain!.some(({ kind }) => kind === "outdated") && plain!.some(({ kind }) => kind === "current"));
});

test("a namespace that changes touches its workloads in such a cluster, too", () => {
  const view = viewOf(workload("Deployment", "web", { injectedBy: older }), { cluster: named });
  const fact = {
    fact: "namespace" as const,
    cluster: named,
    namespace: "",
    name: "shop",
    uid: "1",
    labels: { a: "b" },
    annotations: {},
    terminating: false,
    createdAt: "2026-01-01T00:00:00Z",
  };
  const { keys } = view.with([{ kind: "set", fact }]);
  assert.deepEqual([...keys], [`${named}/shop/Deployment.apps/web`]);
});
