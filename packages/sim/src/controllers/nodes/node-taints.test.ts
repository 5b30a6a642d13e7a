import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { planTaints } from "./node-lifecycle-controller.ts";
import { tolerationSeconds } from "./taint-eviction-controller.ts";

const now = Date.UTC(2026, 0, 1);

function node(conditions: readonly JsonObject[], spec: JsonObject = {}): JsonObject {
  return { metadata: { name: "one" }, spec, status: { conditions: [...conditions] } };
}

const short = (taints: readonly unknown[]): string[] =>
  (taints as JsonObject[]).map(({ key, effect }) => `${String(key)}:${String(effect)}`);

test("taints a node that is not ready so that nothing comes and what is there goes", () => {
  const taints = planTaints(node([{ type: "Ready", status: "False" }]), now);
  assert.deepEqual(short(taints), [
    "node.kubernetes.io/not-ready:NoSchedule",
    "node.kubernetes.io/not-ready:NoExecute",
  ]);
});

test("keeps the taints of others and drops its own when they hold no longer", () => {
  const spec = {
    taints: [
      { key: "own", effect: "NoSchedule" },
      { key: "node.kubernetes.io/disk-pressure", effect: "NoSchedule" },
    ],
  };
  assert.deepEqual(short(planTaints(node([{ type: "DiskPressure", status: "False" }], spec), now)), ["own:NoSchedule"]);
});

test("tolerates all taints as long as the shortest toleration says", () => {
  const taints = [
    { key: "a", effect: "NoExecute" },
    { key: "b", effect: "NoExecute" },
  ];
  const tolerating = (...tolerations: JsonObject[]): JsonObject => ({ spec: { tolerations } });
  const of = (key: string, seconds?: number): JsonObject => ({
    key,
    operator: "Exists",
    ...(seconds === undefined ? {} : { tolerationSeconds: seconds }),
  });
  assert.equal(tolerationSeconds(tolerating(of("a", 30), of("b", 10)), taints), 10);
  assert.equal(tolerationSeconds(tolerating(of("a", 30), of("b")), taints), 30);
  assert.equal(tolerationSeconds(tolerating(of("a"), of("b")), taints), undefined);
  assert.equal(tolerationSeconds(tolerating(of("a")), taints), 0);
  assert.equal(tolerationSeconds(tolerating(of("a", -5), of("b")), taints), 0);
});

test("lets pods stay where no node is left for them", () => {
  const taints = planTaints(node([{ type: "Ready", status: "Unknown" }]), now, true);
  assert.deepEqual(short(taints), ["node.kubernetes.io/unreachable:NoSchedule"]);
});
