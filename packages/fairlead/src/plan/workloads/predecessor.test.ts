/** The defects of krm-functions that concern workloads; none may come back. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, container, planApp, planTask, taskSpec } from "../../../test/workloads/planning.ts";

describe("defects of the predecessor", () => {
  test("Service port names agree with the workload's container ports", () => {
    const planned = planApp(
      appSpec({ containers: [container({ http: { port: 8000 }, grpc: { port: 5000, name: "rpc" } })] }),
    );
    const containerPorts = (planned.container["ports"] as { name: string }[]).map(({ name }) => name);
    const targets = (planned.one("Service").spec["ports"] as { targetPort: string }[]).map(
      ({ targetPort }) => targetPort,
    );
    assert.deepEqual(targets, containerPorts);
  });

  test("the API versions are those that clusters serve", () => {
    const scaling = { min: 2, max: 3, cpu: 50, engine: "hpa" };
    const app = planApp(
      appSpec({ scaling, monitoring: { prometheus: {} }, rollout: { trafficRouter: "traefik", steps: [] } }),
    );
    const tasks = [planTask(taskSpec()), planTask(taskSpec({ schedule: "@daily" }))];
    const versions = [app, ...tasks].flatMap(({ objects }) =>
      objects.map(({ kind, apiVersion }) => `${kind} ${apiVersion}`),
    );
    assert.deepEqual([...new Set(versions)].sort(), [
      "CronJob batch/v1",
      "HorizontalPodAutoscaler autoscaling/v2",
      "Job batch/v1",
      "PodDisruptionBudget policy/v1",
      "PodMonitor monitoring.coreos.com/v1",
      "Rollout argoproj.io/v1alpha1",
      "Service v1",
      "ServiceAccount v1",
      "TraefikService traefik.io/v1alpha1",
    ]);
  });

  test("names are a content hash, never a random suffix", () => {
    const name = () => planTask(taskSpec({ uniqueName: true })).one("Job").metadata.name;
    assert.equal(name(), name());
  });

  test("a Job and a CronJob have a restartPolicy, in compat mode as well", () => {
    for (const compat of [false, true]) {
      for (const spec of [taskSpec(), taskSpec({ schedule: "@daily" })]) {
        assert.equal(planTask(spec, { compat }).template.spec["restartPolicy"], "OnFailure");
      }
    }
  });

  test("targets are numbers or strings", () => {
    const triggers = [5, "5"].map(
      (size) =>
        planApp(appSpec({ scaling: { max: 2, pubsub: [{ subscription: "s", size }] } })).one("ScaledObject").spec[
          "triggers"
        ],
    );
    assert.deepEqual(triggers[0], triggers[1]);
  });

  test("a Rollout has its Services and AnalysisTemplates", () => {
    const analysis = { datadog: { operation: "http.request", errorRPM: 5, p95latency: "500ms" } };
    const { list } = planApp(appSpec({ monitoring: { datadog: true }, rollout: { steps: [{ weight: 5 }], analysis } }));
    assert.deepEqual(list, [
      "AnalysisTemplate/orders-errors",
      "AnalysisTemplate/orders-latency",
      "Rollout/orders",
      "Service/orders",
      "Service/orders-canary",
      "Service/orders-stable",
      "ServiceAccount/orders",
    ]);
  });

  test("a latency is compared as a number of seconds", () => {
    const analysis = { datadog: { operation: "http.request", p95latency: "500ms" } };
    for (const compat of [false, true]) {
      const planned = planApp(appSpec({ rollout: { steps: [{ weight: 5 }], analysis } }), { compat });
      const strategy = planned.one("Rollout").spec["strategy"] as {
        canary: { analysis: { args: { name: string; value?: string }[] } };
      };
      assert.equal(strategy.canary.analysis.args.find(({ name }) => name === "p95latency")?.value, "0.5");
    }
  });

  test("namespace, labels and annotations are carried over", () => {
    const metadata = { labels: { team: "a" }, annotations: { "example.com/x": "y" } };
    for (const compat of [false, true]) {
      for (const object of planApp(appSpec(), { metadata, compat }).objects) {
        assert.equal(object.metadata.namespace, "shop");
        assert.equal(object.metadata.labels?.["team"], "a");
        assert.equal(object.metadata.annotations?.["example.com/x"], "y");
      }
    }
  });

  test("no main container is a finding, not a panic", () => {
    const containers = [container({ name: "a", http: { port: 80 } }), container({ name: "b" })];
    for (const compat of [false, true]) assert.ok(planApp(appSpec({ containers }), { compat }).codes.includes("FL200"));
  });

  test("a rollout without a strategy is planned", () => {
    for (const compat of [false, true]) {
      assert.ok(planApp(appSpec({ rollout: {} }), { compat }).has("Rollout"));
    }
  });

  test("a PDB cannot block the drain of a single replica", () => {
    assert.equal(planApp(appSpec({ replicas: 1 })).has("PodDisruptionBudget"), false);
    const { spec } = planApp(appSpec({ disruptionBudget: { enabled: true } })).one("PodDisruptionBudget");
    assert.equal(spec["maxUnavailable"], 1);
  });

  test("nothing is left over from typed structs", () => {
    const written = JSON.stringify(
      planApp(appSpec({ replicas: 2, rollout: { steps: [{ weight: 100 }] } }), { compat: true }).objects,
    );
    for (const leftover of ["creationTimestamp", "status", "{}", "null"])
      assert.ok(!written.includes(leftover), leftover);
  });
});
