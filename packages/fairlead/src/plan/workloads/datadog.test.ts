import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, container, planApp } from "../../../test/workloads/planning.ts";
import { imageVersion } from "./datadog.ts";

describe("monitoring by Datadog", () => {
  const monitoring = { datadog: true };

  test("gives every container its variables, and the workload and its pods the unified service tags", () => {
    const containers = [container(), container({ name: "sidecar", image: "x:9" })];
    const planned = planApp(appSpec({ monitoring, containers }), { environment: "prod" });
    for (const one of planned.template.spec.containers) {
      assert.deepEqual(one["env"], [
        { name: "DD_AGENT_HOST", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
        { name: "DD_ENV", value: "prod" },
        { name: "DD_SERVICE", value: "orders" },
        { name: "DD_VERSION", value: "1.4.2" },
      ]);
    }
    for (const { labels } of [planned.one("Deployment").metadata, planned.template.metadata]) {
      assert.equal(labels?.["tags.datadoghq.com/env"], "prod");
      assert.equal(labels?.["tags.datadoghq.com/service"], "orders");
      assert.equal(labels?.["tags.datadoghq.com/version"], "1.4.2");
    }
    assert.deepEqual(planned.codes, []);
  });

  test("never sets a variable that the container sets", () => {
    const containers = [container({ env: [{ name: "DD_SERVICE", value: "mine" }] })];
    const env = planApp(appSpec({ monitoring, containers })).container["env"] as { name: string; value: string }[];
    assert.deepEqual(
      env.filter(({ name }) => name === "DD_SERVICE"),
      [{ name: "DD_SERVICE", value: "mine" }],
    );
  });

  test("says which tag is not known", () => {
    const containers = [container({ image: "registry:5000/orders" })];
    const planned = planApp(appSpec({ monitoring, containers }));
    assert.deepEqual(planned.codes, ["FL227", "FL227"]);
    const names = (planned.container["env"] as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, ["DD_AGENT_HOST", "DD_SERVICE"]);
  });

  test("reads the version from the image's tag", () => {
    const rows: [image: string, version: string | undefined][] = [
      ["orders:1.4.2", "1.4.2"],
      ["registry.example:5000/shop/orders:1.4.2", "1.4.2"],
      ["registry.example:5000/shop/orders", undefined],
      ["orders:1.4.2@sha256:0123", "1.4.2"],
      ["orders@sha256:0123", undefined],
      ["orders", undefined],
    ];
    for (const [image, version] of rows) assert.equal(imageVersion(image), version, image);
  });
});
