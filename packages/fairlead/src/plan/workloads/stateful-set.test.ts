import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, planApp } from "../../../test/workloads/planning.ts";

const claim = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

describe("a StatefulSet", () => {
  test("has claims, and a headless Service that gives its pods names", () => {
    const planned = planApp(appSpec({ workload: "StatefulSet", replicas: 3, volumeClaimTemplates: [claim] }));
    const { spec } = planned.one("StatefulSet");
    assert.equal(spec["serviceName"], "orders-headless");
    assert.deepEqual(spec["volumeClaimTemplates"], [claim]);
    assert.deepEqual(planned.one("Service", "orders-headless").spec, {
      clusterIP: "None",
      selector: { "app.kubernetes.io/name": "orders" },
      ports: [{ name: "http", port: 8000, targetPort: "http" }],
    });
    assert.deepEqual(planned.codes, []);
  });

  test("uses the headless Service that it names, and none when the name is empty", () => {
    const named = planApp(appSpec({ workload: "StatefulSet", serviceName: "peers" }));
    assert.equal(named.one("StatefulSet").spec["serviceName"], "peers");
    const none = planApp(appSpec({ workload: "StatefulSet", serviceName: "" }));
    assert.equal(none.one("StatefulSet").spec["serviceName"], undefined);
    for (const planned of [named, none]) assert.equal(planned.has("Service", "orders-headless"), false);
  });

  test("passes its own fields on", () => {
    const own = {
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "OnDelete" },
      ordinals: { start: 1 },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
      minReadySeconds: 5,
      revisionHistoryLimit: 2,
    };
    const { spec } = planApp(appSpec({ workload: "StatefulSet", ...own })).one("StatefulSet");
    for (const [field, value] of Object.entries(own)) assert.deepEqual(spec[field], value);
  });

  test("has a name that leaves room for its revision label", () => {
    const name = "a".repeat(53);
    const { findings } = planApp(appSpec({ workload: "StatefulSet" }), { name });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL240"],
    );
    assert.deepEqual(planApp(appSpec({ workload: "StatefulSet" }), { name: name.slice(1) }).codes, []);
  });
});

describe("a DaemonSet", () => {
  test("runs on every node, without replicas, scaling or budget", () => {
    const planned = planApp(
      appSpec({ workload: "DaemonSet", updateStrategy: { type: "OnDelete" }, minReadySeconds: 3 }),
    );
    assert.deepEqual(planned.list, ["DaemonSet/orders", "Service/orders", "ServiceAccount/orders"]);
    const { template: _, ...spec } = planned.one("DaemonSet").spec;
    assert.deepEqual(spec, {
      selector: { matchLabels: { "app.kubernetes.io/name": "orders" } },
      updateStrategy: { type: "OnDelete" },
      minReadySeconds: 3,
    });
  });

  test("is not scaled", () => {
    const planned = planApp(appSpec({ workload: "DaemonSet", scaling: { max: 2, cpu: 50 } }));
    assert.deepEqual(planned.codes, ["FL210"]);
    assert.equal(planned.has("ScaledObject"), false);
  });
});

describe("a field that another kind of workload has", () => {
  const rows: [field: string, value: unknown, workload: string][] = [
    ["serviceName", "x", "Deployment"],
    ["podManagementPolicy", "Parallel", "Deployment"],
    ["volumeClaimTemplates", [claim], "Deployment"],
    ["ordinals", { start: 1 }, "DaemonSet"],
    ["persistentVolumeClaimRetentionPolicy", { whenScaled: "Delete" }, "Rollout"],
    ["rollout", { steps: [{ weight: 5 }] }, "StatefulSet"],
    ["rollout", { steps: [{ weight: 5 }] }, "Deployment"],
    ["progressDeadlineSeconds", 60, "StatefulSet"],
    ["paused", true, "DaemonSet"],
    ["replicas", 2, "DaemonSet"],
    ["updateStrategy", { type: "Recreate" }, "Rollout"],
    ["restartPolicy", "Never", "Deployment"],
    ["activeDeadlineSeconds", 5, "Deployment"],
  ];
  for (const [field, value, workload] of rows) {
    test(`is a finding: ${field} of a ${workload}`, () => {
      const { findings } = planApp(appSpec({ workload, [field]: value }));
      assert.deepEqual(
        findings.map(({ code }) => code),
        ["FL210"],
      );
      assert.deepEqual(findings[0]!.field, ["spec", field]);
    });
  }
});
