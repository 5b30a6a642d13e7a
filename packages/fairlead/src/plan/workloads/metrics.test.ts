import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, container, planApp, planTask, taskSpec } from "../../../test/workloads/planning.ts";

const prometheus = (settings: object, more: object = {}) =>
  planApp(appSpec({ monitoring: { prometheus: settings }, ...more }));

describe("a PodMonitor", () => {
  const endpoint = (settings: object, more: object = {}) => {
    const [first] = prometheus(settings, more).one("PodMonitor").spec["podMetricsEndpoints"] as object[];
    return first;
  };

  test("scrapes the http port's /metrics unless said otherwise", () => {
    assert.deepEqual(endpoint({}), { port: "http", path: "/metrics" });
    assert.deepEqual(endpoint({ endpoint: "/m", interval: "30s" }), { port: "http", path: "/m", interval: "30s" });
  });

  test("scrapes a sidecar's port by its name, or by its number where it has none", () => {
    const sidecar = (port: object) => ({
      containers: [container({ http: { port: 80 } }), container({ name: "exporter", ports: [port] })],
    });
    assert.deepEqual(endpoint({ port: 9121 }, sidecar({ name: "exp", containerPort: 9121 })), {
      port: "exp",
      path: "/metrics",
    });
    assert.deepEqual(endpoint({ port: "exp" }, sidecar({ name: "exp", containerPort: 9121 })), {
      port: "exp",
      path: "/metrics",
    });
    assert.deepEqual(endpoint({ port: 9121 }, sidecar({ containerPort: 9121 })), {
      portNumber: 9121,
      path: "/metrics",
    });
  });

  test("has the main container declare a port that nobody lists, and keeps it out of the Service", () => {
    const planned = prometheus({ port: 9000 });
    assert.deepEqual((planned.container["ports"] as object[])[1], { name: "metrics", containerPort: 9000 });
    assert.equal((planned.one("Service").spec["ports"] as object[]).length, 1);
    assert.deepEqual(planned.codes, []);
  });

  test("selects the pods, and carries the labels by which a Prometheus selects it", () => {
    const planned = planApp(appSpec({ monitoring: { prometheus: { labels: { release: "main" } } } }), {
      settings: { monitoring: { labels: { team: "sre" } } },
    });
    const { metadata, spec } = planned.one("PodMonitor");
    assert.deepEqual(spec["selector"], { matchLabels: { "app.kubernetes.io/name": "orders" } });
    assert.equal(metadata.labels?.["release"], "main");
    assert.equal(metadata.labels?.["team"], "sre");
  });

  test("watches a Task, too", () => {
    const planned = planTask(taskSpec({ monitoring: { prometheus: { port: 9000 } } }));
    assert.deepEqual(planned.one("PodMonitor").spec["podMetricsEndpoints"], [{ port: "metrics", path: "/metrics" }]);
  });
});

describe("a ServiceMonitor", () => {
  const settings = { port: 9000, via: "ServiceMonitor" };

  test("scrapes through the Service, which gets the port", () => {
    const planned = prometheus(settings);
    assert.deepEqual(planned.one("ServiceMonitor").spec["endpoints"], [{ port: "metrics", path: "/metrics" }]);
    assert.deepEqual((planned.one("Service").spec["ports"] as object[])[1], {
      name: "metrics",
      port: 9000,
      targetPort: "metrics",
    });
    assert.equal(planned.has("PodMonitor"), false);
  });

  test("does not scrape the same pods through the Services beside the main one", () => {
    const planned = prometheus(settings, { workload: "StatefulSet" });
    const { selector } = planned.one("ServiceMonitor").spec as { selector: { matchExpressions: object[] } };
    assert.deepEqual(selector.matchExpressions, [{ key: "fairlead.dev/service-role", operator: "DoesNotExist" }]);
    assert.equal(planned.one("Service", "orders-headless").metadata.labels?.["fairlead.dev/service-role"], "headless");
    assert.equal(planned.one("Service", "orders").metadata.labels?.["fairlead.dev/service-role"], undefined);
  });

  test("is what the environment says", () => {
    const planned = planApp(appSpec({ monitoring: { prometheus: {} } }), {
      settings: { monitoring: { via: "ServiceMonitor" } },
    });
    assert.equal(planned.has("ServiceMonitor"), true);
  });

  test("needs a Service that leads to the metrics", () => {
    assert.deepEqual(prometheus(settings, { service: { enabled: false } }).codes, ["FL208"]);
    const service = { ports: [{ name: "web", port: 80, targetPort: "http" }] };
    assert.deepEqual(prometheus(settings, { service }).codes, ["FL208"]);
  });
});

test("scrape annotations go to the pods, whose own word stands", () => {
  const annotations = (more: object) =>
    prometheus({ via: "annotations", path: "/m" }, more).template.metadata.annotations;
  assert.deepEqual(annotations({}), {
    "prometheus.io/path": "/m",
    "prometheus.io/port": "8000",
    "prometheus.io/scrape": "true",
  });
  assert.equal(
    annotations({ pod: { annotations: { "prometheus.io/scrape": "false" } } })?.["prometheus.io/scrape"],
    "false",
  );
});

describe("a metrics port that cannot be found", () => {
  test("is missing where there is no http port", () => {
    const containers = [container({ grpc: { port: 5000 } })];
    assert.deepEqual(prometheus({}, { containers }).codes, ["FL226"]);
  });

  test("is named wrongly", () => {
    const { findings } = prometheus(
      { port: "metrcs" },
      { containers: [container({ ports: [{ name: "metrics", containerPort: 1 }] })] },
    );
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL208"],
    );
    assert.match(findings[0]!.hint ?? "", /did you mean metrics/);
  });
});
