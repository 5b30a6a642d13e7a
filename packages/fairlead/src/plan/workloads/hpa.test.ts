import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, planApp } from "../../../test/workloads/planning.ts";

describe("the HorizontalPodAutoscaler", () => {
  const scaling = { min: 2, max: 5, cpu: 60, memory: 80, behavior: { scaleUp: { stabilizationWindowSeconds: 0 } } };

  test("stands in for KEDA when the App or the Environment says so", () => {
    const own = planApp(appSpec({ scaling: { ...scaling, engine: "hpa" } }));
    const shared = planApp(appSpec({ scaling }), { settings: { scaling: { engine: "hpa" } } });
    for (const planned of [own, shared]) {
      assert.equal(planned.has("ScaledObject"), false);
      assert.deepEqual(planned.codes, []);
      const { apiVersion, spec } = planned.one("HorizontalPodAutoscaler");
      assert.equal(apiVersion, "autoscaling/v2");
      const metric = (name: string, averageUtilization: number) => ({
        type: "Resource",
        resource: { name, target: { type: "Utilization", averageUtilization } },
      });
      assert.deepEqual(spec, {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "orders" },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [metric("cpu", 60), metric("memory", 80)],
        behavior: scaling.behavior,
      });
    }
  });

  test("gives way to KEDA when the App says so", () => {
    const planned = planApp(appSpec({ scaling: { ...scaling, engine: "keda" } }), {
      settings: { scaling: { engine: "hpa" } },
    });
    assert.equal(planned.has("HorizontalPodAutoscaler"), false);
    assert.equal(planned.has("ScaledObject"), true);
  });

  test("cannot count a queue, nor rest at zero", () => {
    const queue = { engine: "hpa", max: 2, cpu: 50, pubsub: [{ subscription: "s", size: 1 }] };
    const [finding] = planApp(appSpec({ scaling: queue })).findings;
    assert.equal(finding?.code, "FL215");
    assert.deepEqual(finding?.field, ["spec", "scaling", "pubsub"]);
    assert.deepEqual(planApp(appSpec({ scaling: { engine: "hpa", min: 0, max: 2, cpu: 50 } })).codes, ["FL216"]);
  });
});
