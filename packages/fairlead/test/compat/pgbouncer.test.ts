/** pgbouncer in compat mode: the predecessor's objects, and where they differ on purpose. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertFinding, assertValid, at, compileYaml, containersOf, kindsOf, objectOf } from "../support/compile.ts";

const pool = `apiVersion: LummoKRM/v1
kind: pgbouncer
metadata: {name: anything}
spec:
  app: shop-api
  part-of: shop
  connectionSecret: shop-postgres-creds
  config: {PGBOUNCER_POOL_MODE: transaction, PGBOUNCER_DEFAULT_POOL_SIZE: "200"}
`;
const externalSecret = (keys: readonly string[]) => `---
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata: {name: creds}
spec:
  secretStoreRef: {name: vault}
  target: {name: shop-postgres-creds}
  data:
${keys.map((key) => `  - {secretKey: POSTGRESQL_${key}, remoteRef: {key: infra/postgres, property: ${key}}}`).join("\n")}
`;
const keys = ["PASSWORD", "HOST", "PORT", "USERNAME", "DATABASE"];
const compat = { compat: true };
const render = () => compileYaml(pool + externalSecret(keys), compat);
const labels = { app: "shop-pgbouncer", "part-of": "shop" };

describe("compat mode renders the predecessor's pgbouncer", () => {
  it("as ConfigMap, Service, Deployment, PodMonitor and PodDisruptionBudget named after part-of", async () => {
    const compiled = await render();
    assertValid(compiled);
    const kinds = ["ConfigMap", "Deployment", "PodDisruptionBudget", "PodMonitor", "Service"];
    assert.deepEqual(kindsOf(compiled), kinds);
    for (const kind of kinds) {
      const { metadata } = objectOf(compiled, kind);
      assert.equal(metadata.name, "shop-pgbouncer");
      assert.deepEqual(metadata.labels, labels);
    }
  });

  it("with its settings, its Service and its monitor", async () => {
    const compiled = await render();
    assert.deepEqual(objectOf(compiled, "ConfigMap")["data"], {
      PGBOUNCER_DEFAULT_POOL_SIZE: "200",
      PGBOUNCER_POOL_MODE: "transaction",
    });
    assert.deepEqual(objectOf(compiled, "Service")["spec"], {
      ports: [{ name: "pgbouncer", protocol: "TCP", port: 6432, targetPort: 6432 }],
      selector: { app: "shop-pgbouncer" },
    });
    assert.deepEqual(objectOf(compiled, "PodMonitor")["spec"], {
      selector: { matchLabels: { app: "shop-pgbouncer" } },
      podMetricsEndpoints: [{ port: "pgb-metrics", path: "/pgbouncer-metrics", honorLabels: true }],
    });
  });

  it("with its containers, their environment in order, resources and probes", async () => {
    const deployment = objectOf(await render(), "Deployment");
    assert.deepEqual(at(deployment, "spec", "selector", "matchLabels"), { app: "shop-pgbouncer" });
    assert.deepEqual(at(deployment, "spec", "strategy", "rollingUpdate"), { maxSurge: 2, maxUnavailable: 0 });
    const [pgbouncer, exporter] = containersOf(deployment);
    assert.equal(pgbouncer!["image"], "gcr.io/beecash-prod/pgbouncer:bitnami-1.17.0-debian-11-r7");
    assert.deepEqual(pgbouncer!["envFrom"], [
      { configMapRef: { name: "shop-pgbouncer" } },
      { secretRef: { name: "shop-postgres-creds" } },
    ]);
    assert.deepEqual(pgbouncer!["resources"], {
      requests: { cpu: "10m", memory: "50Mi" },
      limits: { cpu: "500m", memory: "500Mi" },
    });
    assert.deepEqual(pgbouncer!["livenessProbe"], {
      tcpSocket: { port: 6432 },
      initialDelaySeconds: 60,
      periodSeconds: 10,
    });
    assert.deepEqual(pgbouncer!["readinessProbe"], {
      tcpSocket: { port: 6432 },
      initialDelaySeconds: 20,
      periodSeconds: 10,
      failureThreshold: 6,
    });
    assert.equal(exporter!["name"], "prometheus-pgbouncer-exporter");
    assert.deepEqual(exporter!["env"], [
      { name: "PGBOUNCER_EXPORTER_HOST", value: "0.0.0.0" },
      { name: "PGBOUNCER_USER", value: "$(POSTGRESQL_USERNAME)" },
      { name: "PGBOUNCER_PASS", value: "$(POSTGRESQL_PASSWORD)" },
      { name: "PGBOUNCER_PORT", value: "6432" },
    ]);
  });

  it("with its messages and their place", async () => {
    assertFinding(await compileYaml(pool, compat), {
      severity: "error",
      line: 7,
      name: "shop-pgbouncer",
      message:
        /External secret named shop-postgres-creds is not found or ConnectionSecret name doesn't match the ExternalSecret target name/,
    });
    const incomplete = await compileYaml(pool + externalSecret(["HOST"]), compat);
    assertFinding(incomplete, { severity: "error", name: "shop-pgbouncer", message: /^ConnectionSecret is invalid/ });
    const named = /Required fields are missing: \[([^\]]*)\]/.exec(
      incomplete.findings.map(({ message }) => message).join("\n"),
    );
    assert.deepEqual(
      named?.[1]?.split(" ").sort(),
      ["DATABASE", "PASSWORD", "PORT", "USERNAME"].map((key) => `POSTGRESQL_${key}`),
    );
  });
});

describe("compat mode departs from the predecessor's pgbouncer", () => {
  it("the budget is of a version that is served and never blocks a drain", async () => {
    const budget = objectOf(await render(), "PodDisruptionBudget");
    assert.equal(budget.apiVersion, "policy/v1");
    assert.deepEqual(budget["spec"], { maxUnavailable: 1, selector: { matchLabels: { app: "shop-pgbouncer" } } });
  });

  it("changed settings roll the pods", async () => {
    const annotations = async (text: string) =>
      at(objectOf(await compileYaml(text, compat), "Deployment"), "spec", "template", "metadata", "annotations");
    const before = await annotations(pool + externalSecret(keys));
    const after = await annotations((pool + externalSecret(keys)).replace('"200"', '"100"'));
    assert.notDeepEqual(before, after);
  });

  it("stopping waits without a command whose variables nobody provides", async () => {
    const [pgbouncer] = containersOf(objectOf(await render(), "Deployment"));
    assert.deepEqual(pgbouncer!["lifecycle"], { preStop: { sleep: { seconds: 15 } } });
  });

  it("the exporter's image has a tag, and the pool's container its port", async () => {
    const [pgbouncer, exporter] = containersOf(objectOf(await render(), "Deployment"));
    assert.equal(exporter!["image"], "spreaker/prometheus-pgbouncer-exporter:2.1.1");
    assert.deepEqual(pgbouncer!["ports"], [{ name: "pgbouncer", containerPort: 6432, protocol: "TCP" }]);
  });
});
