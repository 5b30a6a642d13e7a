/**
 * What users of krm-functions tripped on, each of its kinds for workloads: what was valid is accepted, and everything
 * else is a finding with its place. The table is docs/explanation/predecessor-traps.md.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import {
  assertFinding,
  assertValid,
  at,
  compileAccepted,
  compileValid,
  compileYaml,
  containersOf,
  kindsOf,
  objectOf,
  objectsOf,
} from "../support/compile.ts";

const image = "registry.example/api:1.0.0";

describe("valid input that was refused", () => {
  it("renders in any working directory: the schemas are part of the program", async () => {
    const before = process.cwd();
    const empty = mkdtempSync(path.join(tmpdir(), "fairlead-traps-"));
    try {
      process.chdir(empty);
      const workload = `kind: LummoDeployment\nspec: {app: api, containers: [{name: api, image: "${image}"}]}\n`;
      await compileValid(workload);
      await compileValid("kind: pgbouncer\nspec: {app: api, part-of: shop, connectionSecret: creds}\n");
    } finally {
      process.chdir(before);
      rmdirSync(empty);
    }
  });

  it("takes the targets of cpu and memory as numbers", async () => {
    const compiled = await compileValid(`
apiVersion: LummoKRM
kind: LummoDeployment
metadata: {name: shop-app}
spec:
  part-of: shop
  app: shop-api
  reloader: false
  containers:
    - name: shop-api
      image: ${image}
      grpc: {port: 3000}
      http: {port: 2000}
      secrets: [shop-api-database]
      configs: [shop-api-config]
  scaling:
    minreplica: 1
    maxreplica: 10
    cpu: {target: 60}
    memory: {target: 80}
    pubsubTopic: {name: dev-orders.product-added, size: "500"}
`);
    const triggers = at(objectOf(compiled, "ScaledObject"), "spec", "triggers") as { type: string }[];
    assert.deepEqual(
      triggers.map(({ type }) => type),
      ["cpu", "memory", "gcp-pubsub"],
    );
  });

  it("takes a production rollout with numeric targets and the annotation that ran the function", async () => {
    const compiled = await compileValid(`
apiVersion: lummoKRM/v1
kind: LummoRollout
metadata:
  name: test-app
  namespace: test
  annotations:
    config.kubernetes.io/function: |
      container:
        image: registry.example/krm-functions/workloads:1
spec:
  part-of: shop
  app: shop-api
  env: prod
  reloader: true
  containers:
    - name: shop-api
      image: ${image}
      command: ["python", "server.py"]
      secrets: [shop-api-database]
      configs: [shop-api-config]
  strategy:
    metrics:
      datadog: {operation: graphql.execute, errorRPM: "0.1", p95latency: "500ms"}
  scaling:
    minreplica: 1
    maxreplica: 10
    cpu: {target: 60}
    memory: {target: 80}
`);
    const rollout = objectOf(compiled, "Rollout");
    assert.equal(rollout.metadata.namespace, "test");
    assert.equal(rollout.metadata.annotations?.["config.kubernetes.io/function"], undefined);
  });

  it("reports a spec without app at its place instead of repeating the input", async () => {
    const compiled = await compileYaml("kind: LummoDeployment\nspec:\n  containers: []\n");
    assertFinding(compiled, { severity: "error", code: "FL156", line: 3, message: /spec\.app is missing/ });
    assert.deepEqual(objectsOf(compiled), []);
  });

  it("accepts an object without metadata", async () => {
    await compileValid(`kind: LummoDeployment\nspec: {app: api, containers: [{image: "${image}"}]}\n`);
  });

  it("accepts containers without configs and secrets, also as null", async () => {
    for (const lists of ["", ", configs: null, secrets: null", ", configs: [], secrets: []"]) {
      const compiled = await compileValid(
        `kind: LummoJob\nspec: {app: api, containers: [{name: api, image: x${lists}}]}\n`,
      );
      assert.equal(containersOf(objectOf(compiled, "Job"))[0]!["envFrom"], undefined);
    }
  });

  it("accepts a port written as a string", async () => {
    const compiled = await compileValid(
      `kind: LummoDeployment\nspec: {app: api, containers: [{name: api, image: "${image}", http: {port: "80"}}]}\n`,
    );
    assert.equal(at(objectOf(compiled, "Service"), "spec", "ports", 0, "port"), 80);
  });

  it("accepts numbers where a string was wanted, and refuses a quantity that is none", async () => {
    const compiled = await compileYaml(
      `kind: LummoJob\nspec: {app: 123, part-of: 7, containers: [{name: main, image: x, env: [{name: A, value: 1}]}]}\n`,
    );
    assertFinding(compiled, { severity: "error", line: 2, column: 13, message: /"123"/ });
    const named = await compileYaml(
      `kind: LummoJob\nspec: {app: a123, part-of: 7, containers: [{name: main, image: x, env: [{name: A, value: 1}]}]}\n`,
    );
    assertValid(named);
    assert.deepEqual(containersOf(objectOf(named, "Job"))[0]!["env"], [{ name: "A", value: "1" }]);
    assertFinding(
      await compileYaml(
        "kind: LummoJob\nspec:\n  app: api\n  containers:\n  - name: api\n    image: x\n    resources:\n      limits: {cpu: lots}\n",
      ),
      { severity: "error", line: 8, name: "api", message: /lots/ },
    );
  });
});

describe("input that made it panic", () => {
  it("takes the only container as the main one, and names the choice when there are several", async () => {
    assertValid(
      await compileYaml(`kind: LummoDeployment\nspec: {app: api, containers: [{name: other, image: "${image}"}]}\n`),
    );
    const several = await compileYaml(
      `kind: LummoDeployment\nspec:\n  app: api\n  containers:\n  - {name: one, image: x, http: {port: 80}}\n  - {name: two, image: x}\n`,
    );
    assertFinding(several, { code: "FL200", name: "api", line: 5 });
  });

  it("reports an App without containers", async () => {
    for (const containers of ["", "\n  containers: []", "\n  containers: null"]) {
      const compiled = await compileYaml(`kind: LummoDeployment\nspec:\n  app: api${containers}\n`);
      assertFinding(compiled, { severity: "error", code: "FL201", name: "api" });
    }
  });

  it("renders a LummoRollout without a strategy", async () => {
    const compiled = await compileValid(
      `kind: LummoRollout\nspec: {app: api, containers: [{name: api, image: "${image}"}]}\n`,
    );
    assert.deepEqual(at(objectOf(compiled, "Rollout"), "spec", "strategy", "canary", "steps"), [{ setWeight: 100 }]);
  });

  it("reports a key that is written twice, with both places", async () => {
    const compiled = await compileYaml("kind: LummoDeployment\nspec:\n  app: a\n  app: b\n");
    assertFinding(compiled, { severity: "error", line: 4, column: 3, message: /`app`.*line 3/ });
  });

  it("reports YAML that does not end", async () => {
    assertFinding(await compileYaml("kind: LummoDeployment\nfoo: [1,\n"), { severity: "error", line: 2 });
  });
});

describe("nonsense that was accepted silently", () => {
  it("reports unknown fields, with what was meant", async () => {
    const compiled = await compileYaml(`kind: LummoDeployment
spec:
  app: api
  replicas: 3
  scalling: {minreplica: 1}
  containers:
    - name: api
      image: ${image}
      htpp: {port: 80}
`);
    assertFinding(compiled, { severity: "warning", line: 4, name: "api", message: /spec\.replicas/ });
    assertFinding(compiled, { severity: "error", line: 5, column: 3, name: "api", hint: /scaling/ });
    assertFinding(compiled, { severity: "error", line: 9, column: 7, name: "api", hint: /http/ });
  });

  it("reports a kind that does not exist, with what was meant", async () => {
    for (const apiVersion of ["apiVersion: LummoKRM\n", "apiVersion: lummoKRM/v1\n", "apiVersion: v1\n", ""]) {
      const compiled = await compileYaml(`${apiVersion}kind: LummoDeploymnet\nspec: {app: api}\n`);
      assertFinding(compiled, { severity: "error", line: apiVersion === "" ? 1 : 2, hint: /LummoDeployment/ });
    }
  });

  it("refuses an empty name of the app or of a container", async () => {
    assertFinding(await compileYaml(`kind: LummoDeployment\nspec:\n  app: ""\n  containers: [{name: a, image: x}]\n`), {
      severity: "error",
      line: 3,
    });
    assertFinding(
      await compileYaml(`kind: LummoDeployment\nspec:\n  app: api\n  containers:\n  - name: ""\n    image: x\n`),
      {
        severity: "error",
        line: 5,
        name: "api",
      },
    );
  });

  it("refuses an invalid name, two containers of one name and two ports of one number; a doubled config is named", async () => {
    assertFinding(await compileYaml(`kind: LummoDeployment\nspec:\n  app: Bad_Name!\n  containers: [{image: x}]\n`), {
      severity: "error",
      line: 3,
      message: /Bad_Name!/,
      hint: /bad-name/,
    });
    const compiled = await compileYaml(`kind: LummoDeployment
spec:
  app: api
  containers:
    - {name: api, image: x, http: {port: 80}, grpc: {port: 80}, configs: [c, c]}
    - {name: api, image: x}
`);
    assertFinding(compiled, { severity: "error", line: 6, name: "api", message: /api/ });
    const ports = await compileYaml(`kind: LummoDeployment
spec:
  app: api
  containers:
    - name: api
      image: x
      http: {port: 80}
      grpc: {port: 80}
      configs: [c, c]
`);
    assertFinding(ports, { severity: "error", name: "api", code: "FL207" });
    assertFinding(ports, { name: "api", code: "FL224", line: 9 });
  });

  it("refuses a port out of range, limits that contradict each other, a container without image, scaling by nothing", async () => {
    const compiled = async (containers: string, scaling: string) =>
      compileYaml(
        `kind: LummoDeployment\nspec:\n  app: api\n  containers:\n  - ${containers}\n  scaling: ${scaling}\n`,
      );
    assertFinding(
      await compiled(
        "{name: api, image: x, http: {port: 700000}}",
        "{minreplica: 1, maxreplica: 2, cpu: {target: 50}}",
      ),
      {
        severity: "error",
        line: 5,
        name: "api",
        message: /700000|65535/,
      },
    );
    assertFinding(await compiled("{name: api, image: x}", "{minreplica: 5, maxreplica: 1, cpu: {target: 50}}"), {
      severity: "error",
      code: "FL212",
      line: 6,
      name: "api",
    });
    assertFinding(await compiled("{name: api}", "{minreplica: 1, maxreplica: 2, cpu: {target: 50}}"), {
      severity: "error",
      code: "FL202",
      line: 5,
      name: "api",
    });
    assertFinding(await compiled("{name: api, image: x}", "{minreplica: 1, maxreplica: 2}"), {
      code: "FL213",
      line: 6,
      name: "api",
    });
  });

  it("refuses a LummoCron without schedule, an invented restartPolicy and no containers", async () => {
    const compiled = await compileYaml("kind: LummoCron\nspec:\n  app: api\n  containers: [{name: api, image: x}]\n");
    assertFinding(compiled, { severity: "error", code: "FL156", line: 3, name: "api", message: /schedule/ });
    const policy = await compileYaml(
      'kind: LummoCron\nspec:\n  app: api\n  schedule: "* * * * *"\n  restartPolicy: Sometimes\n  containers: [{name: api, image: x}]\n',
    );
    assertFinding(policy, { severity: "error", line: 5, name: "api", message: /Sometimes/ });
    const none = await compileYaml('kind: LummoCron\nspec:\n  app: api\n  schedule: "* * * * *"\n');
    assertFinding(none, { severity: "error", code: "FL201", name: "api" });
  });

  it("carries namespace, labels and annotations over, and says when metadata.name is not the name", async () => {
    const compiled = await compileAccepted(`kind: LummoDeployment
metadata:
  name: other
  namespace: shop
  labels: {team: a}
  annotations: {example.com/note: b}
spec:
  app: api
  containers: [{name: api, image: "${image}", http: {port: 80}}]
`);
    assertFinding(compiled, { line: 3, name: "api", message: /other.*api/ });
    for (const object of objectsOf(compiled)) {
      assert.equal(object.metadata.name, "api");
      assert.equal(object.metadata.namespace, "shop");
      assert.equal(object.metadata.labels?.["team"], "a");
      assert.equal(object.metadata.annotations?.["example.com/note"], "b");
    }
  });
});

describe("items that were lost", () => {
  it("renders every document of a file", async () => {
    const compiled = await compileValid(`kind: LummoCron
spec: {app: nightly, schedule: "0 3 * * *", containers: [{image: "${image}"}]}
---
kind: LummoJob
spec: {app: once, containers: [{image: "${image}"}]}
`);
    assert.deepEqual(
      kindsOf(compiled).filter((kind) => kind.endsWith("Job")),
      ["CronJob", "Job"],
    );
  });

  it("passes objects through that are not its own", async () => {
    const compiled = await compileAccepted(`kind: LummoJob
spec: {app: once, containers: [{image: "${image}"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kept}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: hand-written}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: d}]}}}
`);
    assert.deepEqual(compiled.passed.map(({ metadata }) => metadata.name).sort(), ["hand-written", "kept"]);
  });
});

describe("its earlier design, apps as items", () => {
  it("names the app whose field is wrong, among many", async () => {
    const app = (name: string, port: string) =>
      `kind: LummoDeployment\nspec:\n  app: ${name}\n  containers:\n  - name: ${name}\n    image: x\n    http: {port: ${port}}\n`;
    const compiled = await compileYaml([app("one", '"80"'), app("two", "[80]"), app("three", "80")].join("---\n"));
    assertFinding(compiled, { severity: "error", line: 15, name: "two" });
    assert.ok(!compiled.findings.some(({ severity, object }) => severity === "error" && object?.name !== "two"));
  });

  it("refuses two apps of one name", async () => {
    const job = `kind: LummoJob\nspec: {app: once, containers: [{image: "${image}"}]}\n`;
    const compiled = await compileYaml(`${job}---\n${job}`);
    assertFinding(compiled, { severity: "error", code: "FL105", line: 5, name: "once", message: /app\.yaml:1/ });
  });

  it("says which app has no strategy or an empty spec, and renders the others", async () => {
    const compiled = await compileYaml(
      `kind: LummoRollout\nspec: {app: one, containers: [{image: x}]}\n---\nkind: LummoDeployment\nspec: {}\n---\nkind: LummoDeployment\nspec: {app: three}\n`,
    );
    assertFinding(compiled, { severity: "error", code: "FL156", line: 5 });
    assertFinding(compiled, { severity: "error", code: "FL201", name: "three" });
    assert.equal(objectOf(compiled, "Rollout").metadata.name, "one");
  });
});
