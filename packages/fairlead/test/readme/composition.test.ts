/** What the README promises of container templates, composition and environments. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertFinding, assertValid, at, compileYaml, containersOf, objectOf } from "../support/compile.ts";

const template = `kind: LummoContainer
metadata: {name: foobar}
spec:
  image: foobar:1
  configs: [foobar-api]
  secrets: [foobar-api]
  readinessProbe: {httpGet: {path: /ready, port: 8000}}
  resources: {requests: {cpu: 100m}}
`;

describe("container template", () => {
  it("the same container is defined once and used in several workloads, each with its own command", async () => {
    const compiled = await compileYaml(`${template}---
kind: LummoDeployment
spec:
  app: api
  containers: [{name: api, base: foobar, command: [python, server.py]}]
---
kind: LummoJob
spec:
  app: batch
  container: {base: foobar, command: [python, batch.py]}
`);
    assertValid(compiled);
    const [api] = containersOf(objectOf(compiled, "Deployment"));
    const [batch] = containersOf(objectOf(compiled, "Job"));
    assert.deepEqual(api!["command"], ["python", "server.py"]);
    assert.deepEqual(batch!["command"], ["python", "batch.py"]);
    for (const container of [api!, batch!]) {
      assert.equal(container["image"], "foobar:1");
      assert.deepEqual(container["envFrom"], [
        { configMapRef: { name: "foobar-api" } },
        { secretRef: { name: "foobar-api" } },
      ]);
      assert.deepEqual(container["resources"], { requests: { cpu: "100m" } });
    }
  });

  it("a LummoContainer extends another, through several levels", async () => {
    const compiled = await compileYaml(`${template}---
kind: LummoContainer
metadata: {name: with-port}
spec: {base: foobar, http: {port: 8000}}
---
kind: LummoContainer
metadata: {name: verbose}
spec: {extends: with-port, env: [{name: LOG, value: debug}]}
---
kind: LummoDeployment
spec: {app: api, containers: [{base: verbose}]}
`);
    assertValid(compiled);
    const [container] = containersOf(objectOf(compiled, "Deployment"));
    assert.equal(container!["image"], "foobar:1");
    assert.deepEqual(container!["env"], [{ name: "LOG", value: "debug" }]);
    assert.equal(at(objectOf(compiled, "Service"), "spec", "ports", 0, "port"), 8000);
  });

  it("probes stand in the base container or in the workload, which wins", async () => {
    const compiled = await compileYaml(`${template}---
kind: LummoDeployment
spec: {app: api, containers: [{base: foobar, readinessProbe: {httpGet: {path: /other, port: 8000}}}]}
---
kind: LummoDeployment
spec: {app: plain, containers: [foobar]}
`);
    assertValid(compiled);
    const probe = (name: string) =>
      at(
        objectOf(compiled, "Deployment", name),
        "spec",
        "template",
        "spec",
        "containers",
        0,
        "readinessProbe",
        "httpGet",
        "path",
      );
    assert.equal(probe("api"), "/other");
    assert.equal(probe("plain"), "/ready");
  });

  it("a base that is missing or extends itself is a finding", async () => {
    const missing = await compileYaml("kind: LummoJob\nspec:\n  app: a\n  container: {base: foobaz}\n---\n" + template);
    assertFinding(missing, { severity: "error", code: "FL110", line: 4, name: "a", hint: /foobar/ });
    const circle = await compileYaml(
      "kind: LummoContainer\nmetadata: {name: a}\nspec: {base: a}\n---\nkind: LummoJob\nspec: {app: b, container: {base: a}}\n",
    );
    assertFinding(circle, { severity: "error", code: "FL111" });
  });
});

describe("workload composition", () => {
  it("an App starts from an abstract one", async () => {
    const compiled = await compileYaml(`apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: web-base}
spec:
  abstract: true
  partOf: shop
  scaling: {min: 2, max: 4, cpu: 50}
---
apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: api}
spec:
  extends: web-base
  scaling: {max: 8}
  containers: [{name: api, image: "api:1", resources: {requests: {cpu: 1}}}]
`);
    assertValid(compiled);
    const scaled = objectOf(compiled, "ScaledObject");
    assert.equal(at(scaled, "spec", "minReplicaCount"), 2);
    assert.equal(at(scaled, "spec", "maxReplicaCount"), 8);
  });
});

describe("environments", () => {
  const app = `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: api}
spec:
  replicas: 1
  containers: [{name: api, image: "api:1", resources: unlimited}]
  environments:
    prod: {replicas: 3, containers: [{name: api, env: [{name: LEVEL, value: warn}]}]}
`;

  it("an environment changes values of the base, and nothing else", async () => {
    const base = objectOf(await compileYaml(app), "Deployment");
    const prod = objectOf(await compileYaml(app, { environment: "prod" }), "Deployment");
    assert.equal(at(base, "spec", "replicas"), 1);
    assert.equal(at(prod, "spec", "replicas"), 3);
    assert.deepEqual(containersOf(prod)[0]!["env"], [{ name: "LEVEL", value: "warn" }]);
    assert.equal(containersOf(prod)[0]!["image"], "api:1");
  });

  it("an environment that nobody knows is a finding", async () => {
    const { findings } = await compileYaml(app, { environment: "prdo" });
    assert.ok(findings.some(({ code, severity }) => code === "FL120" && severity === "error"));
  });
});
