/** What the README promises of workloads, autoscaling, monitoring, canary and reloader. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import {
  assertFinding,
  at,
  compileAccepted,
  compileValid,
  compileYaml,
  containersOf,
  kindsOf,
  objectOf,
} from "../support/compile.ts";

const deployment = (body: string) => `kind: LummoDeployment
spec:
  part-of: shop
  app: api
  containers:
    - name: api
      image: registry.example/api:1.2.3
      http: {port: 8000}
${body}`;

describe("runs your containers for servers and jobs", () => {
  it("a server is a Deployment with its Service", async () => {
    const compiled = await compileValid(deployment(""));
    assert.ok(kindsOf(compiled).includes("Deployment"));
    assert.deepEqual(at(objectOf(compiled, "Service"), "spec", "ports"), [
      { name: "http", port: 8000, targetPort: "http" },
    ]);
  });

  it("a job is a Job, with a schedule a CronJob", async () => {
    const container = 'container: {image: "api:1", command: ["python", "cron.py"]}';
    await compileValid(`kind: LummoJob\nspec: {app: once, ${container}}\n`);
    const compiled = await compileValid(
      `kind: LummoCron\nspec: {app: nightly, schedule: "*/10 * * * *", ${container}}\n`,
    );
    const cron = objectOf(compiled, "CronJob");
    assert.equal(at(cron, "spec", "schedule"), "*/10 * * * *");
    assert.equal(at(cron, "spec", "jobTemplate", "spec", "template", "spec", "restartPolicy"), "OnFailure");
  });

  it("configs and secrets are the environment, in this order", async () => {
    const compiled = await compileYaml(deployment("      configs: [a, b]\n      secrets: [c]\n"));
    assert.deepEqual(containersOf(objectOf(compiled, "Deployment"))[0]!["envFrom"], [
      { configMapRef: { name: "a" } },
      { configMapRef: { name: "b" } },
      { secretRef: { name: "c" } },
    ]);
  });

  it("resources are required in the modern kind, and asked for in the old one", async () => {
    assertFinding(await compileYaml(deployment("")), { severity: "warning", code: "FL154", name: "api" });
    const modern = `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: api}
spec: {containers: [{name: api, image: "api:1"}]}
`;
    assertFinding(await compileYaml(modern), { severity: "error", code: "FL203", line: 4, name: "api" });
  });
});

describe("monitoring", () => {
  it("datadog: true just adds the DD environment variables, and the unified tags", async () => {
    const compiled = await compileValid(
      `${deployment("  monitoring: {datadog: true}\n")}---\napiVersion: fairlead.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\n`,
      { environment: "prod" },
    );
    const workload = objectOf(compiled, "Deployment");
    const env = containersOf(workload)[0]!["env"] as { name: string; value?: string }[];
    const value = (name: string) => env.find((entry) => entry.name === name)?.value;
    assert.equal(value("DD_ENV"), "prod");
    assert.equal(value("DD_SERVICE"), "api");
    assert.equal(value("DD_VERSION"), "1.2.3");
    assert.ok(env.some(({ name }) => name === "DD_AGENT_HOST"));
    const labels = at(workload, "spec", "template", "metadata", "labels") as JsonObject;
    assert.equal(labels["tags.datadoghq.com/service"], "api");
  });

  it("prometheus scrapes the endpoint at the port, which may be a sidecar's", async () => {
    const compiled = await compileValid(`kind: LummoDeployment
spec:
  app: api
  containers:
    - {name: api, image: "api:1", http: {port: 8000}}
    - {name: exporter, image: "exporter:1", ports: [{name: metrics, containerPort: 1234}]}
  monitoring: {prometheus: {endpoint: /metrics, port: 1234}}
`);
    const endpoints = at(objectOf(compiled, "PodMonitor"), "spec", "podMetricsEndpoints") as JsonObject[];
    assert.equal(endpoints[0]!["path"], "/metrics");
    assert.equal(endpoints[0]!["port"], "metrics");
  });
});

describe("canary", () => {
  it("strategy: {} as it is produces a Rollout", async () => {
    const compiled = await compileValid(deployment("  strategy: {}\n"));
    assert.ok(kindsOf(compiled).includes("Rollout"));
    assert.ok(!kindsOf(compiled).includes("Deployment"));
  });

  it("Argo's own strategy is passed on as it is", async () => {
    const compiled = await compileValid(
      deployment("  strategy: {canary: {steps: [{setWeight: 5}, {pause: {}}], maxSurge: 1}}\n"),
    );
    const canary = at(objectOf(compiled, "Rollout"), "spec", "strategy", "canary") as JsonObject;
    assert.deepEqual(canary["steps"], [{ setWeight: 5 }, { pause: {} }]);
    assert.equal(canary["maxSurge"], 1);
  });

  it("a LummoRollout measures by Datadog and brings the templates and the Service along", async () => {
    const compiled = await compileValid(
      deployment(
        "  env: prod\n  strategy: {metrics: {datadog: {operation: http.request, errorRPM: 5, p95latency: 500ms}}}\n",
      ).replace("LummoDeployment", "LummoRollout"),
    );
    const kinds = kindsOf(compiled);
    for (const kind of ["AnalysisTemplate", "Rollout", "Service"]) assert.ok(kinds.includes(kind), kind);
    const rollout = objectOf(compiled, "Rollout");
    const used = at(rollout, "spec", "strategy", "canary", "analysis", "templates") as { templateName: string }[];
    for (const { templateName } of used) objectOf(compiled, "AnalysisTemplate", templateName);
    assert.ok(used.length > 0);
  });
});

describe("autoscaling", () => {
  it("always uses KEDA", async () => {
    const compiled = await compileValid(
      deployment("  scaling: {minreplica: 1, maxreplica: 10, cpu: {target: 50}, memory: {target: 80}}\n"),
    );
    assert.ok(!kindsOf(compiled).includes("HorizontalPodAutoscaler"));
    const scaled = objectOf(compiled, "ScaledObject");
    assert.equal(at(scaled, "spec", "minReplicaCount"), 1);
    assert.equal(at(scaled, "spec", "maxReplicaCount"), 10);
    assert.deepEqual(at(scaled, "spec", "triggers"), [
      { type: "cpu", metricType: "Utilization", metadata: { value: "50" } },
      { type: "memory", metricType: "Utilization", metadata: { value: "80" } },
    ]);
  });

  it("scales by the backlog of a queue, written as a list or as one", async () => {
    for (const queue of ["[{name: some-queue, size: 10000}]", "{name: some-queue, size: '10000'}"]) {
      const compiled = await compileAccepted(
        deployment(`  scaling: {minreplica: 1, maxreplica: 10, pubsubTopic: ${queue}}\n`),
      );
      const trigger = at(objectOf(compiled, "ScaledObject"), "spec", "triggers", 0) as JsonObject;
      assert.equal(trigger["type"], "gcp-pubsub");
      const metadata = trigger["metadata"] as JsonObject;
      assert.equal(metadata["value"] ?? metadata["subscriptionSize"], "10000");
    }
  });

  it("allows higher-level controls like latency and throughput", async () => {
    const compiled = await compileAccepted(
      deployment(
        "  scaling: {minreplica: 1, maxreplica: 10, pubsubTopic: [{name: a, latency: 90s}, {name: b, throughput: 50}]}\n",
      ),
    );
    const triggers = at(objectOf(compiled, "ScaledObject"), "spec", "triggers") as { metadata: JsonObject }[];
    assert.equal(triggers[0]!.metadata["mode"], "OldestUnackedMessageAge");
    assert.equal(triggers[0]!.metadata["value"], "90");
    // KEDA counts over a time: five minutes of fifty a second.
    assert.equal(triggers[1]!.metadata["mode"], "SentMessageCount");
    assert.equal(triggers[1]!.metadata["value"], "15000");
  });
});

describe("reloader", () => {
  it("a changed ConfigMap rolls the pods, without Reloader where the content is known", async () => {
    const render = async (value: string) => {
      const compiled = await compileAccepted(
        `${deployment("      configs: [settings]\n  reloader: true\n")}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {A: "${value}"}\n`,
      );
      return at(objectOf(compiled, "Deployment"), "spec", "template", "metadata", "annotations");
    };
    assert.notDeepEqual(await render("1"), await render("2"));
    assert.deepEqual(await render("1"), await render("1"));
  });

  it("content that is not known keeps the annotation that Reloader reads", async () => {
    const compiled = await compileAccepted(deployment("      secrets: [creds]\n  reloader: true\n"));
    assert.match(JSON.stringify(objectOf(compiled, "Deployment")), /reloader\.stakater\.com/);
  });
});
